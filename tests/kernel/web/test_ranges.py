"""Ranges, conditions and names of downloads: what the standard says, for every number and any nonsense."""

from http import HTTPStatus
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from opencall.kernel.web.ranges import (
    Answer,
    ByteRange,
    Caching,
    Unsatisfiable,
    answer,
    content_disposition,
    parse_range,
)

SHA = "ab" * 32
TAG = f'"{SHA}"'


def ask(method: str = "GET", length: int = 100, caching: Caching = Caching.PRIVATE, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer(named, method=method, sha256=SHA, length=length, media_type="audio/mp4", caching=caching)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-0", ByteRange(0, 1)),
        ("bytes=0-99", ByteRange(0, 100)),
        ("bytes=0-100", ByteRange(0, 100)),
        ("bytes=90-", ByteRange(90, 100)),
        ("bytes=99-", ByteRange(99, 100)),
        ("bytes=100-", Unsatisfiable()),
        ("bytes=100-200", Unsatisfiable()),
        ("bytes=-1", ByteRange(99, 100)),
        ("bytes=-100", ByteRange(0, 100)),
        ("bytes=-1000", ByteRange(0, 100)),
        ("bytes=-0", Unsatisfiable()),
        ("Bytes=1-2", ByteRange(1, 3)),
        ("bytes= 1-2 ", ByteRange(1, 3)),
        ("bytes=2-1", None),
        ("bytes=-", None),
        ("bytes=1", None),
        ("bytes=0-1,5-6", None),
        ("seconds=1-2", None),
        ("bytes=١-٢", None),
        ("bytes=--1", None),
        (f"bytes=0-{'9' * 5000}", None),
    ],
)
def test_a_range_is_read_as_the_standard_says(header: str | None, expected: ByteRange | Unsatisfiable | None) -> None:
    assert parse_range(header, 100) == expected


@given(st.integers(0, 1000), st.integers(0, 2000), st.integers(0, 2000))
def test_a_range_holds_the_very_bytes_that_were_asked_for(length: int, first: int, last: int) -> None:
    content = bytes(index % 251 for index in range(length))

    def cut(header: str) -> bytes | None:
        match parse_range(header, length):
            case ByteRange(start, stop):
                assert 0 <= start < stop <= length
                return content[start:stop]
            case Unsatisfiable():
                return b""
            case None:
                return None

    assert cut(f"bytes={first}-") == content[first:]
    assert cut(f"bytes=-{last}") == (content[-last:] if last else b"")
    assert cut(f"bytes={first}-{last}") == (content[first : last + 1] if first <= last else None)


@given(st.text(max_size=40) | st.from_regex(r"bytes=\d{0,30}-\d{0,30}(,\d*-\d*)?"), st.integers(0, 10**15))
@example("bytes=0-", 0)
def test_no_header_at_all_breaks_it(header: str, length: int) -> None:
    how = ask(length=length, range=header)
    assert how.status in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
    assert 0 <= how.start <= how.stop <= length
    assert how.headers["Content-Length"] == str(how.stop - how.start)


def test_a_part_says_where_it_belongs_and_a_whole_that_parts_may_be_asked_for() -> None:
    whole = ask()
    assert (whole.status, whole.start, whole.stop) == (200, 0, 100)
    assert whole.headers == {
        "ETag": TAG,
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Type": "audio/mp4",
        "Content-Length": "100",
    }
    part = ask(range="bytes=10-19", caching=Caching.IMMUTABLE)
    assert (part.status, part.start, part.stop) == (206, 10, 20)
    assert part.headers["Content-Range"] == "bytes 10-19/100"
    assert part.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    beyond = ask(range="bytes=100-")
    assert (beyond.status, beyond.headers["Content-Range"], beyond.stop) == (416, "bytes */100", 0)


@pytest.mark.parametrize(
    ("if_range", "status"),
    [(TAG, 206), (f" {TAG} ", 206), ('"other"', 200), (f"W/{TAG}", 200), ("Wed, 21 Oct 2015 07:28:00 GMT", 200)],
)
def test_a_part_is_sent_only_of_the_file_that_the_first_part_was_of(if_range: str, status: int) -> None:
    assert ask(range="bytes=1-2", if_range=if_range).status == status


@pytest.mark.parametrize(
    ("if_none_match", "status"),
    [(TAG, 304), (f"W/{TAG}", 304), (f'"x", {TAG}', 304), ("*", 304), ('"x"', 200), (SHA, 200)],
)
def test_who_has_the_file_is_sent_nothing_whatever_part_it_asks_for(if_none_match: str, status: int) -> None:
    for method in ("GET", "HEAD"):
        how = ask(method, if_none_match=if_none_match)
        assert how.status == status
    how = ask(if_none_match=TAG, range="bytes=500-")
    assert (how.status, how.stop, "Content-Length" in how.headers) == (304, 0, False)


def test_a_range_means_nothing_to_head() -> None:
    assert ask("HEAD", range="bytes=1-2") == ask("HEAD")
    assert ask("HEAD", range="bytes=500-").headers["Content-Length"] == "100"


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("mix.wav", 'attachment; filename="mix.wav"'),
        ("Café.wav", "attachment; filename=\"Cafe.wav\"; filename*=UTF-8''Caf%C3%A9.wav"),
        ("雨.wav", "attachment; filename=\".wav\"; filename*=UTF-8''%E9%9B%A8.wav"),
        ('a"b\\c.wav', "attachment; filename=\"a_b_c.wav\"; filename*=UTF-8''a%22b%5Cc.wav"),
        ("50%.wav", "attachment; filename=\"50_.wav\"; filename*=UTF-8''50%25.wav"),
        ("", "attachment; filename=\"file\"; filename*=UTF-8''"),
    ],
)
def test_a_download_keeps_its_name(name: str, header: str) -> None:
    assert content_disposition(name) == header
    assert content_disposition(name, inline=True) == header.replace("attachment", "inline")


@given(st.text())
def test_no_name_can_break_out_of_its_header(name: str) -> None:
    header = content_disposition(name)
    assert header.isascii()
    assert header.isprintable()
    plain = header.removeprefix('attachment; filename="').partition('"')[0]
    assert plain
    assert not set(plain) & set('"\\/%')
    _, star, coded = header.partition("; filename*=UTF-8''")
    assert (unquote(coded) if star else plain) == name.encode("utf-8", "replace").decode()
