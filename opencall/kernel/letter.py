"""A letter: what it says once, in the two shapes that mail programs want. Pure functions.

The subject says the news and so does the first line. The text is the letter; the HTML says the same and no more, with
its styles inline, because mail programs drop everything else.
"""

from html import escape
from typing import Final

import msgspec

# A subject line is folded by mail programs and cut by people; the table of letters holds this much.
LONGEST_SUBJECT: Final = 300
_FONT: Final = "system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_LINE: Final = "border-top:1px solid #dfdfda"


class Action(msgspec.Struct, frozen=True):
    """The one thing that the letter asks for, and where it is done."""

    label: str
    url: str


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter to one person.

    `news` is its first line; `facts` are label and value, one a line; `quote` is what a person wrote, after `quoting`
    who it was; `action` is the one link; `more` comes after it. `about` names what the letter belongs to, `why` says
    why the person gets it.
    """

    subject: str
    news: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    quoting: str = ""
    quote: str = ""
    action: Action | None = None
    more: tuple[str, ...] = ()
    closing: str = "Opencall"
    about: str = "Opencall"
    why: str = ""

    @property
    def subject_line(self) -> str:
        """The subject on one line, no longer than a letter's may be."""
        return " ".join(self.subject.split())[:LONGEST_SUBJECT]


def as_text(letter: Letter) -> str:
    """The letter as plain text; lines are not broken, so that a link stays one."""
    width = max((len(label) for label, _ in letter.facts), default=0)
    blocks = [
        letter.news,
        *letter.paragraphs,
        "\n".join(f"{label:<{width}}  {value}" for label, value in letter.facts),
        letter.quoting,
        "\n".join(f"> {line}" for line in letter.quote.strip().splitlines()),
        f"{letter.action.label}:\n{letter.action.url}" if letter.action else "",
        *letter.more,
        letter.closing,
        f"--\n{letter.why}" if letter.why else "",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def as_html(letter: Letter) -> str:
    """The letter as a page of its own: one column, one button, readable where styles are taken away."""
    rows = "".join(_row(label, value) for label, value in letter.facts)
    parts = [
        f'<p style="margin:0 0 24px;font-size:14px;color:#5d5f66">{_lines(letter.about)}</p>',
        '<h1 style="margin:0 0 16px;font-size:26px;line-height:1.2;letter-spacing:-.02em;font-weight:600">'
        f"{_lines(letter.news)}</h1>",
        *(_paragraph(text) for text in letter.paragraphs),
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" '
        f'style="margin:0 0 24px;font-size:15px">{rows}</table>'
        if rows
        else "",
        _paragraph(letter.quoting) if letter.quoting else "",
        '<blockquote style="margin:0 0 24px;padding-left:16px;border-left:2px solid #17181b;font-style:italic">'
        f"{_lines(letter.quote.strip())}</blockquote>"
        if letter.quote.strip()
        else "",
        _button(letter.action) if letter.action else "",
        *(_paragraph(text, "#44464c") for text in letter.more),
        f'<p style="margin:0">{_lines(letter.closing)}</p>',
    ]
    why = (
        f'<p style="margin:20px 0 0;font:13px/1.5 {_FONT};color:#5d5f66">{_lines(letter.why)}</p>' if letter.why else ""
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(letter.subject_line)}</title></head>"
        '<body style="margin:0;background:#f7f7f5">'
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f7f7f5">'
        '<tr><td align="center" style="padding:32px 16px">'
        '<table role="presentation" width="560" cellpadding="0" cellspacing="0" style="max-width:560px;width:100%;'
        'text-align:left;background:#ffffff;border:1px solid #dfdfda;border-radius:14px">'
        f'<tr><td style="padding:32px;font:16px/1.6 {_FONT};color:#17181b;overflow-wrap:anywhere">'
        f"{''.join(parts)}</td></tr></table>{why}</td></tr></table></body></html>\n"
    )


def _paragraph(text: str, colour: str = "#17181b") -> str:
    return f'<p style="margin:0 0 24px;color:{colour}">{_lines(text)}</p>'


def _row(label: str, value: str) -> str:
    return (
        f'<tr><td valign="top" style="padding:10px 16px 10px 0;{_LINE};color:#5d5f66;white-space:nowrap">'
        f'{_lines(label)}</td><td style="padding:10px 0;{_LINE}">{_lines(value)}</td></tr>'
    )


def _button(action: Action) -> str:
    return (
        f'<p style="margin:0 0 24px"><a href="{escape(action.url)}" style="display:inline-block;background:#17181b;'
        'color:#ffffff;text-decoration:none;font-weight:600;padding:13px 22px;border-radius:8px">'
        f"{_lines(action.label)}</a></p>"
    )


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
