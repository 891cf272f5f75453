"""A letter says the same in both of its shapes."""

import re
from html import unescape

import pytest

from opencall.kernel.letter import Action, Letter, as_html, as_text

FULL = Letter(
    subject="“Salt”\n was chosen",
    news="“Salt” was chosen for Water, Two Ways.",
    paragraphs=("Here is what we offer.",),
    facts=(("Reward", "EUR 1,500.00"), ("Answer by", "Fri 12 February")),
    quoting="A curator wrote:",
    quote="I have not been able\nto look at my fridge the same way.\n",
    action=Action("See the offer", "https://opencall.example/submissions/1/offer?a=1&b=2"),
    more=("You can also decline.",),
    closing="The people of Water",
    about="Water, Two Ways",
    why="You sent us a song.",
)


def test_the_text_is_the_whole_letter():
    assert as_text(FULL) == (
        "“Salt” was chosen for Water, Two Ways.\n\n"
        "Here is what we offer.\n\n"
        "Reward     EUR 1,500.00\nAnswer by  Fri 12 February\n\n"
        "A curator wrote:\n\n"
        "> I have not been able\n> to look at my fridge the same way.\n\n"
        "See the offer:\nhttps://opencall.example/submissions/1/offer?a=1&b=2\n\n"
        "You can also decline.\n\n"
        "The people of Water\n\n"
        "--\nYou sent us a song.\n"
    )


def test_what_is_not_said_leaves_no_gap():
    assert as_text(Letter(subject="Hello", news="It is done.")) == "It is done.\n\nOpencall\n"
    html = as_html(Letter(subject="Hello", news="It is done."))
    assert ("<blockquote" in html, "href" in html, html.count("<table")) == (False, False, 2)


def test_the_html_says_every_word_of_the_text():
    words = unescape(re.sub(r"<[^>]+>", " ", as_html(FULL)))
    shown = set(words.split())
    told = set(
        re.sub(
            r"https?://\S+|^> |^--$", "", as_text(FULL).replace("See the offer:", "See the offer"), flags=re.M
        ).split()
    )
    assert told - shown == set()
    assert 'href="https://opencall.example/submissions/1/offer?a=1&amp;b=2"' in as_html(FULL)


@pytest.mark.parametrize("field", ["subject", "news", "quoting", "quote", "closing", "about", "why"])
def test_what_somebody_typed_stays_text(field):
    html = as_html(Letter(**{"subject": "Hello", "news": "It is done.", field: "<script>alert(1)</script>&"}))
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;" in html


def test_a_subject_is_one_line_that_fits_the_table():
    assert FULL.subject_line == "“Salt” was chosen"
    assert len(Letter(subject="x" * 400, news="").subject_line) == 300
