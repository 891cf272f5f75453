"""Numbers, moments and prose as people read them: the filters of every template. Pure functions."""

import html
import re
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

MINUS = "−"
_STORY_TAGS = {"p", "br", "em", "strong", "a", "ul", "ol", "li", "blockquote", "h2", "h3", "h4", "hr", "code", "del"}
_HEADING = re.compile(r"<h([1-6])>.*?</h\1>", re.DOTALL)
_SENTENCE_END = re.compile(r"[.!?…][”’»\"')]*(?=\s)")
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": True}).enable(
    ["strikethrough", "replacements", "smartquotes"]
)


@lru_cache(maxsize=64)
def exponent_of(currency: str) -> int:
    """How many decimal places the minor unit of an ISO 4217 currency has."""
    from iso4217 import Currency  # reads the whole list of currencies when imported

    return Currency(currency).exponent or 0


def money(amount_minor: int, currency: str) -> str:
    """An amount for reading, as in `EUR 1,500.00`: no sign of a currency stands for two of them."""
    digits = exponent_of(currency)
    sign = MINUS if amount_minor < 0 else ""
    whole, part = divmod(abs(amount_minor), 10**digits)
    return f"{sign}{currency}\u00a0{whole:,}" + (f".{part:0{digits}d}" if digits else "")


def number(value: float | None, digits: int = 0) -> str:
    """A number with a true minus sign and thousands apart; a dash where there is none."""
    if value is None:
        return "–"
    text = f"{value:,.{digits}f}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.,") else MINUS + text[1:]
    return text


def clock_time(seconds: float) -> str:
    """A length or a place in a song: `3:07`, `1:02:09`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def size(n_bytes: int) -> str:
    """A size in decimal units, as download pages give it: `41.3 MB`."""
    value = float(n_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")


def percent(fraction: float, digits: int = 0) -> str:
    """A share of one: `55 %`."""
    return f"{number(100 * fraction, digits)}\u00a0%"


def moment(at: datetime, timezone: str = "UTC", style: str = "full") -> Markup:
    """A `<time>` in the zone of the call, which a script rewrites in the reader's own.

    `style`: `full` (Mon 14 December 2026, 23:59), `day` (14 December 2026) or `time` (15:04).
    """
    local = at.astimezone(ZoneInfo(timezone))
    words = {
        "full": f"{local:%a} {local.day} {local:%B %Y, %H:%M}",
        "day": f"{local.day} {local:%B %Y}",
        "time": f"{local:%H:%M}",
    }[style]
    return Markup('<time datetime="{}" data-local="{}" title="{} ({})">{}</time>').format(
        at.isoformat(), style, words, timezone.replace("_", " "), words
    )


def markdown(text: str) -> Markup:
    """Markdown that somebody typed, as safe HTML: headings from the second level on, links that vouch for nobody."""
    rendered = _MARKDOWN.render(text)
    for level in (3, 2, 1):  # the page has its h1 already
        rendered = rendered.replace(f"<h{level}>", f"<h{level + 1}>").replace(f"</h{level}>", f"</h{level + 1}>")
    clean = nh3.clean(
        rendered,
        tags=_STORY_TAGS,
        attributes={"a": {"href"}, "*": set()},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noopener ugc",
    )
    return Markup(clean)  # noqa: S704 - cleaned one line above


def excerpt(text: str, longest: int = 180) -> str:
    """The beginning of a Markdown text as plain words without headings, cut behind a sentence, or at a word."""
    rendered = _HEADING.sub(" ", _MARKDOWN.render(text))
    plain = html.unescape(" ".join(nh3.clean(rendered, tags=set()).split()))
    if len(plain) <= longest:
        return plain
    sentences = [found.end() for found in _SENTENCE_END.finditer(plain[: longest + 1])]
    if sentences and sentences[-1] >= longest / 2:
        return plain[: sentences[-1]].rstrip()
    return plain[:longest].rsplit(" ", 1)[0].rstrip(",;:.–— ") + " …"


def count_of(n: int, one: str, many: str | None = None) -> str:
    """`1 song`, `3 songs`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
