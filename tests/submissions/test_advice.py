"""Every finding has words for artists, and no jargon in them."""

import re

import pytest

from audio_pipeline.intake.findings import Code
from submissions.advice import ADVICE, advice_on

JARGON = re.compile(r"\b(dBFS|dBTP|LUFS|NaN|RIFF|frame|sample rate|header|codec|DC|phase|null)\b", re.IGNORECASE)


def test_every_code_of_the_machine_has_its_words_and_no_other_has():
    assert set(ADVICE) == {code.value for code in Code}


@pytest.mark.parametrize("code", sorted(ADVICE))
def test_the_words_are_everyday_words_and_say_what_to_do(code):
    advice = ADVICE[code]
    for text in (advice.heading, advice.meaning, advice.remedy):
        assert JARGON.findall(text) == []
        assert text.strip() == text != ""
    assert not advice.heading.endswith(".")
    assert advice.meaning.endswith(".")
    assert advice.remedy.endswith(".")
    assert "please" not in f"{advice}".casefold()


def test_a_code_that_this_version_does_not_know_sends_to_the_exact_words():
    assert "exact sentence" in advice_on("BRAND_NEW").meaning
