"""Files are sent from a real browser: they stop, go on, survive a reload, and an error belongs to its file."""

import hashlib
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from submissions.queries import song_page

SLOW = 1_000_000  # bytes a second, so that a pause finds something to stop, on a busy machine too


def sound(folder: Path, name: str, n_bytes: int) -> Path:
    path = folder / name
    path.write_bytes(b"RIFF\xff\xff\xff\xffWAVE" + os.urandom(n_bytes - 12))
    return path


class Line:
    """The connection of a page, which can be slow, or gone."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def __call__(self, bytes_a_second: int = -1, *, offline: bool = False) -> None:
        conditions = {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
        self._session.send("Network.emulateNetworkConditions", conditions)


def choose(page: Page, *paths: Path) -> None:
    page.locator("#up").set_input_files([str(path) for path in paths])


def received(page: Page, name: str):
    return page.locator("#received li", has_text=name)


def sending(page: Page, name: str):
    return page.locator("#sending li", has_text=name)


@pytest.fixture(autouse=True)
def late_bytes(visit):
    """A paused connection may still bring bytes, or hold its lease, for a moment.

    Who goes on at once is then told so, asks again, and the browser logs it.
    """
    visit.expected += ["423 (Locked)", "409 (Conflict)"]


@pytest.fixture
def song_id(programme):
    return programme.draft(programme.call())


@pytest.fixture
def files_of(programme, song_id):
    """What the server has: names with the SHA-256 of what they hold, and whether each is the mix."""

    def files() -> dict[str, tuple[str, str, str]]:
        found = programme.do(programme.artist, song_page, song_id).files
        return {file.name: (file.sha256, file.part.value, file.role) for file in found}

    return files


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_many_files_at_once_arrive_as_they_are(visit, programme, song_id, files_of, tmp_path):
    sizes = {"final-mix.wav": 9_000_001, "voice.wav": 64 * 1024, "bass.wav": 55, "drums.wav": 119}
    paths = [sound(tmp_path, name, size) for name, size in sizes.items()]
    page = visit(programme.artist, f"/submissions/{song_id}#files")
    choose(page, *paths)
    for path in paths:
        expect(received(page, path.name)).to_be_visible()
    expect(page.locator("#sending li")).to_have_count(0)
    expect(page.locator("[data-totals]")).to_contain_text("4 files")
    expect(page.locator("#ready")).to_contain_text("Files: a mix, 3 stems")
    assert files_of() == {
        path.name: (sha256_of(path), "mix" if path.name == "final-mix.wav" else "stem", "") for path in paths
    }


def test_a_role_is_chosen_while_a_file_is_on_its_way(visit, programme, song_id, files_of, tmp_path):
    path = sound(tmp_path, "low.wav", 3_000_000)
    page = visit(programme.artist, f"/submissions/{song_id}#files")
    line = Line(page)
    line(SLOW)
    choose(page, path)
    page.get_by_label("Role of low.wav").select_option("stem:bass")
    expect(received(page, "low.wav").get_by_role("combobox")).to_have_value("stem:bass")
    assert files_of() == {"low.wav": (sha256_of(path), "stem", "bass")}


def test_a_file_is_paused_by_keyboard_and_goes_on(visit, programme, song_id, files_of, house, tmp_path):
    path = sound(tmp_path, "voice.wav", 12_000_000)
    page = visit(programme.artist, f"/submissions/{song_id}#files")
    line = Line(page)
    line(SLOW)
    choose(page, path)
    row = sending(page, "voice.wav")
    expect(row).to_contain_text(re.compile(r"[1-9]\d? %"))
    row.get_by_role("button", name="Pause voice.wav").focus()
    page.keyboard.press("Enter")
    expect(row).to_contain_text("Paused at")
    expect(row.get_by_role("button", name="Go on with voice.wav")).to_be_focused()
    assert files_of() == {}
    line()
    page.keyboard.press("Enter")
    expect(received(page, "voice.wav")).to_be_visible()
    assert files_of()["voice.wav"][0] == sha256_of(path)


def test_all_files_pause_and_go_on_together(visit, programme, song_id, files_of, tmp_path):
    paths = [sound(tmp_path, f"stem-{n}.wav", 4_000_000) for n in range(3)]
    page = visit(programme.artist, f"/submissions/{song_id}#files")
    line = Line(page)
    line(SLOW)
    choose(page, *paths)
    page.get_by_role("button", name="Pause all").click()
    for path in paths:
        expect(sending(page, path.name)).to_contain_text("Paused")
    line()
    page.get_by_role("button", name="Go on with all").click()
    for path in paths:
        expect(received(page, path.name)).to_be_visible()
    assert {name: file[0] for name, file in files_of().items()} == {path.name: sha256_of(path) for path in paths}


def test_after_a_reload_the_same_file_goes_on_where_it_stopped(visit, programme, song_id, files_of, house, tmp_path):
    path = sound(tmp_path, "voice.wav", 20_000_000)
    page = visit(programme.artist, f"/submissions/{song_id}#files")
    line = Line(page)
    line(6_000_000)
    choose(page, path)
    expect(sending(page, "voice.wav")).to_contain_text(re.compile(r"(4[5-9]|[5-9]\d) %"))  # the first piece is there
    page.reload()
    (stopped,) = programme.do(programme.artist, song_page, song_id).uploads
    arrived = house.uploads.received(stopped)
    assert 0 < arrived < 20_000_000
    expect(sending(page, "voice.wav")).to_contain_text("Choose the same file again and it goes on from there")
    line()
    with page.expect_request(lambda request: request.method == "PATCH") as first:
        choose(page, path)
    assert int(first.value.headers["upload-offset"]) >= arrived
    expect(received(page, "voice.wav")).to_be_visible()
    assert files_of() == {"voice.wav": (sha256_of(path), "stem", "")}


def test_a_file_that_two_tabs_send_arrives_once_and_both_see_it(visit, programme, song_id, files_of, tmp_path):
    path = sound(tmp_path, "voice.wav", 12_000_000)
    first = visit(programme.artist, f"/submissions/{song_id}#files")
    line = Line(first)
    line(SLOW)
    choose(first, path)
    expect(sending(first, "voice.wav")).to_contain_text(re.compile(r"[1-9]\d? %"))
    second = first.context.new_page()
    second.goto(first.url)
    choose(second, path)
    expect(sending(second, "voice.wav")).to_contain_text("Another tab is sending this file")
    line()
    for page in (first, second):
        expect(received(page, "voice.wav")).to_be_visible()
        expect(page.locator("#sending li")).to_have_count(0)
    assert files_of() == {"voice.wav": (sha256_of(path), "stem", "")}
    second.close()


def test_an_announcement_whose_answer_gets_lost_is_made_once(visit, programme, song_id, files_of, tmp_path):
    path = sound(tmp_path, "voice.wav", 100_000)
    page = visit(programme.artist, f"/submissions/{song_id}#files")
    lost: list[str] = []

    def loses_the_first(route: Route) -> None:
        if lost:
            return route.continue_()
        lost.append(route.fetch().headers["location"])
        return route.abort("connectionreset")

    visit.expected.append("net::ERR_CONNECTION_RESET")
    page.route("**/api/uploads", loses_the_first)
    with page.expect_request(lambda request: request.method == "PATCH") as piece:
        choose(page, path)
    assert piece.value.url.endswith(lost[0])
    expect(received(page, "voice.wav")).to_be_visible()
    assert files_of() == {"voice.wav": (sha256_of(path), "stem", "")}
    assert programme.do(programme.artist, song_page, song_id).uploads == ()


def test_files_are_dropped_onto_the_page(visit, programme, song_id, files_of):
    page = visit(programme.artist, f"/submissions/{song_id}#files")
    transfer = page.evaluate_handle(
        """() => {
            const transfer = new DataTransfer();
            for (const name of ["voice.ogg", "bass.ogg"]) {
                transfer.items.add(new File(["OggS" + name], name));
            }
            return transfer;
        }"""
    )
    page.locator("[data-uploader]").dispatch_event("drop", {"dataTransfer": transfer})
    for name in ("voice.ogg", "bass.ogg"):
        expect(received(page, name)).to_be_visible()
    assert set(files_of()) == {"voice.ogg", "bass.ogg"}


def test_another_file_of_the_same_name_is_not_mistaken_for_the_one_that_was_begun(
    visit, programme, song_id, files_of, tmp_path
):
    first = sound(tmp_path, "voice.wav", 12_000_000)
    page = visit(programme.artist, f"/submissions/{song_id}#files")
    line = Line(page)
    line(SLOW)
    choose(page, first)
    expect(sending(page, "voice.wav")).to_contain_text(re.compile(r"[1-9]\d? %"))
    page.reload()
    (tmp_path / "other").mkdir()
    choose(page, sound(tmp_path / "other", "voice.wav", 11_000_000))
    expect(page.locator("#sending .err:visible")).to_contain_text("is not the file that you began to send")
    assert files_of() == {}


def test_other_content_of_the_same_length_is_noticed_and_sent_from_its_beginning(
    visit, programme, song_id, files_of, tmp_path
):
    first = sound(tmp_path, "voice.wav", 12_000_000)
    page = visit(programme.artist, f"/submissions/{song_id}#files")
    line = Line(page)
    line(SLOW)
    choose(page, first)
    expect(sending(page, "voice.wav")).to_contain_text(re.compile(r"[1-9]\d? %"))
    page.reload()
    line()
    (tmp_path / "other").mkdir()
    second = sound(tmp_path / "other", "voice.wav", 12_000_000)
    visit.expected.append("460")  # a browser logs every refusal; this one told the two files apart
    choose(page, second)
    expect(received(page, "voice.wav")).to_be_visible()
    assert files_of()["voice.wav"][0] == sha256_of(second)


def test_an_archive_is_told_so_and_holds_nobody_else_up(visit, programme, song_id, files_of, tmp_path):
    good = sound(tmp_path, "bass.wav", 100_000)
    archive = tmp_path / "drums.wav"  # its name says WAV, its bytes say ZIP
    archive.write_bytes(b"PK\x03\x04" + os.urandom(5_000))
    page = visit(programme.artist, f"/submissions/{song_id}#files")
    choose(page, archive, good)
    expect(received(page, "bass.wav")).to_be_visible()
    error = page.locator("#sending .err:visible")
    expect(error).to_contain_text("drums.wav is a ZIP archive, and archives are not opened.")
    expect(error).to_contain_text("The other files are not affected.")
    expect(page.locator("#needs-you")).to_contain_text("One file needs you")
    page.get_by_role("button", name="Remove drums.wav").click()
    expect(page.locator("#needs-you")).to_be_hidden()
    assert set(files_of()) == {"bass.wav"}


def test_a_connection_that_drops_is_said_so_and_taken_up_again(visit, programme, song_id, files_of, tmp_path):
    path = sound(tmp_path, "voice.wav", 12_000_000)
    page = visit(programme.artist, f"/submissions/{song_id}#files")
    line = Line(page)
    line(SLOW)
    choose(page, path)
    expect(sending(page, "voice.wav")).to_contain_text(re.compile(r"[1-9]\d? %"))
    visit.expected.append("net::ERR_INTERNET_DISCONNECTED")
    line(offline=True)
    expect(sending(page, "voice.wav")).to_contain_text("The connection dropped at")
    line()
    expect(received(page, "voice.wav")).to_be_visible()
    assert files_of()["voice.wav"][0] == sha256_of(path)


def test_a_file_is_replaced_by_a_new_export(visit, programme, song_id, files_of, tmp_path):
    page = visit(programme.artist, f"/submissions/{song_id}#files")
    choose(page, sound(tmp_path, "final-mix.wav", 1000))
    (tmp_path / "new").mkdir()
    again = sound(tmp_path / "new", "final-mix-2.wav", 2000)
    with page.expect_file_chooser() as chooser:
        received(page, "final-mix.wav").get_by_role("button", name="Replace final-mix.wav").click()
    chooser.value.set_files(str(again))
    expect(received(page, "final-mix-2.wav")).to_be_visible()
    assert files_of() == {"final-mix-2.wav": (sha256_of(again), "mix", "")}
