"""A file may stop anywhere and go on there; what arrives is what was sent, or nothing."""

import base64
import contextlib
import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from opencall.app.house import bring_up_to_date, open_house
from opencall.app.settings import settings_of
from opencall.app.sweep import LEFT_OVERS_AFTER, Sweep
from opencall.kernel.clock import SystemClock
from opencall.kernel.ids import RandomIds
from opencall.kernel.principal import NotYours
from opencall.kernel.unit_of_work import Work
from submissions import uploads as uploads_module
from submissions.errors import UploadGone
from submissions.files import UPLOADS_KEPT, remove_file
from submissions.queries import song_page
from submissions.receiving import drop_upload, receive_piece
from submissions.uploads import FolderUploads
from submissions.web import tus
from tests.conftest import PROJECT
from tests.site import admit, session_of
from tests.submissions.conftest import DEADLINE, Programme

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = TUS | {"Content-Type": "application/offset+octet-stream"}
SOUND = bytes(range(256)) * 40
LENGTH = len(SOUND)


def words(**values: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())


def announce(client, song_id, length=LENGTH, **values):
    values = {"song": song_id, "filename": "voice.wav", "part": "stem"} | values
    return client.post("/api/uploads", headers=TUS | {"Upload-Length": str(length), "Upload-Metadata": words(**values)})


def begun(client, song_id, length=LENGTH, **values) -> str:
    answer = announce(client, song_id, length, **values)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def send(client, url, offset, content, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.patch(url, content=content, headers=PIECE | {"Upload-Offset": str(offset)} | headers)


def offset_of(client, url) -> int:
    answer = client.head(url, headers=TUS)
    assert answer.status_code == 200
    return int(answer.headers["upload-offset"])


def refusal(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def checksum_of(content: bytes) -> str:
    return "sha256 " + base64.b64encode(hashlib.sha256(content).digest()).decode()


@pytest.fixture
def song_id(programme):
    return programme.draft(programme.call())


@pytest.fixture
def client(browser, programme):
    return browser(programme.artist)


def files(programme, song_id):
    return programme.do(programme.artist, song_page, song_id).files


def test_the_server_says_what_it_understands(browser):
    answer = browser(None).options("/api/uploads")
    assert answer.status_code == 204
    assert {
        name: answer.headers[name]
        for name in ("tus-version", "tus-extension", "tus-max-size", "tus-checksum-algorithm")
    } == {
        "tus-version": "1.0.0",
        "tus-checksum-algorithm": "sha1,sha256",
        "tus-extension": "creation,expiration,checksum,termination",
        "tus-max-size": str(4 << 30),
    }


def test_pieces_become_a_file_of_the_song_with_a_receipt(client, programme, song_id, store):
    url = begun(client, song_id, role="bass")
    first = send(client, url, 0, SOUND[:1000])
    assert (first.status_code, first.headers["upload-offset"], "opencall-sha256" in first.headers) == (
        204,
        "1000",
        False,
    )
    assert offset_of(client, url) == 1000
    state = client.get(url).json()
    assert (state["offset"], state["length"], state["finished"]) == (1000, len(SOUND), False)
    last = send(client, url, 1000, SOUND[1000:])
    (file,) = files(programme, song_id)
    assert (last.status_code, last.headers["opencall-file"]) == (204, file.id)
    assert last.headers["opencall-sha256"] == file.sha256 == sha256_of(SOUND)
    assert (file.name, file.part, file.role, file.bytes) == ("voice.wav", "stem", "bass", len(SOUND))
    with store.open(file.sha256) as stored:
        assert stored.read() == SOUND
    assert client.get(url).json()["sha256"] == file.sha256


def test_bytes_on_their_way_are_gone_from_the_folder_once_the_file_is_in_the_song(client, house, song_id):
    url = begun(client, song_id)
    send(client, url, 0, SOUND)
    assert list(house.uploads.folder.iterdir()) == []


def test_the_last_piece_may_be_repeated_and_gives_the_same_receipt(client, programme, song_id):
    url = begun(client, song_id)
    first = send(client, url, 0, SOUND)
    again = send(client, url, len(SOUND), b"")
    assert first.headers["opencall-file"] == again.headers["opencall-file"]
    assert refusal(send(client, url, 0, SOUND)) == (409, "OffsetWrong")
    assert len(files(programme, song_id)) == 1


def test_bytes_that_are_all_there_without_a_receipt_are_finished_by_an_empty_piece(client, house, programme, song_id):
    url = begun(client, song_id)
    (upload,) = programme.do(programme.artist, song_page, song_id).uploads
    house.uploads.append(upload, 0, [SOUND])  # as a machine leaves it that dies between the last byte and the receipt
    assert offset_of(client, url) == len(SOUND)
    assert send(client, url, len(SOUND), b"").headers["opencall-sha256"] == sha256_of(SOUND)


def test_a_file_of_many_mebibytes_streams_through(client, programme, song_id):
    sound = os.urandom(1 << 20) * 5 + b"the end"
    url = begun(client, song_id, len(sound))
    assert send(client, url, 0, sound).headers["opencall-sha256"] == sha256_of(sound)


def test_a_piece_at_another_offset_is_refused_and_says_where_to_go_on(client, song_id):
    url = begun(client, song_id)
    send(client, url, 0, SOUND[:10])
    answer = send(client, url, 5, SOUND[5:20])
    assert refusal(answer) == (409, "OffsetWrong")
    assert "10 have arrived" in answer.json()["error"]["message"]
    assert offset_of(client, url) == 10


def test_an_announcement_whose_answer_got_lost_is_repeated_with_its_key(client, programme, song_id, house):
    url = begun(client, song_id, key="one-tab")
    send(client, url, 0, SOUND[:10])
    again = announce(client, song_id, key="one-tab")
    assert (again.status_code, again.headers["location"], again.headers["upload-offset"]) == (201, url, "10")
    send(client, url, 10, SOUND[10:])
    assert announce(client, song_id, key="one-tab").headers["opencall-sha256"] == sha256_of(SOUND)
    assert refusal(announce(client, song_id, LENGTH + 1, key="one-tab")) == (409, "KeyTaken")
    assert refusal(announce(client, song_id, key="one tab")) == (400, "KeyWrong")
    assert len(files(programme, song_id)) == 1


def test_a_call_without_room_says_so(client, programme):
    small = programme.draft(programme.call(song_limit_bytes=10, artist_limit_bytes=15, call_limit_bytes=15))
    assert refusal(announce(client, small, 11)) == (413, "SongTooLarge")
    begun(client, small, 10)
    other = programme.draft(programme.call(song_limit_bytes=10, artist_limit_bytes=10, call_limit_bytes=10), "Other")
    begun(client, other, 10)


def test_a_disk_without_room_refuses_the_announcement_and_keeps_nothing_of_it(
    client, programme, song_id, house, monkeypatch
):
    with monkeypatch.context() as full:
        full.setattr(uploads_module, "RESERVE_BYTES", 1 << 60)
        assert refusal(announce(client, song_id)) == (507, "NoSpace")
    assert programme.do(programme.artist, song_page, song_id).uploads == ()
    assert list(house.uploads.folder.iterdir()) == []


def test_an_upload_that_is_dropped_just_before_its_bytes_come_leaves_nothing(client, house, programme, song_id):
    url = begun(client, song_id)
    upload_id = url.rpartition("/")[2]

    class DroppedMeanwhile(FolderUploads):
        """Somebody ends the upload in the moment between the question whose it is and the first byte."""

        def reserve(self, upload):
            drop_upload(programme.work, self, programme.artist, upload.id)
            return super().reserve(upload)

    uploads = DroppedMeanwhile(house.uploads.folder, house.store)
    with pytest.raises(NotYours):
        receive_piece(programme.work, uploads, programme.artist, upload_id, 0, [SOUND])
    assert list(house.uploads.folder.iterdir()) == []


def test_more_than_was_announced_is_never_kept(client, programme, song_id):
    url = begun(client, song_id, 100)
    assert refusal(send(client, url, 0, SOUND)) == (413, "UploadTooLong")
    assert offset_of(client, url) == 0
    assert files(programme, song_id) == ()


def test_a_damaged_piece_does_not_count(client, song_id):
    url = begun(client, song_id)
    good, rest = SOUND[:100], SOUND[100:]
    assert send(client, url, 0, good, Upload_Checksum=checksum_of(good)).status_code == 204
    damaged = send(client, url, 100, b"x" + rest[1:], Upload_Checksum=checksum_of(rest))
    assert refusal(damaged) == (460, "PieceDamaged")
    assert offset_of(client, url) == 100
    assert send(client, url, 100, rest, Upload_Checksum=checksum_of(rest)).headers["opencall-sha256"] == sha256_of(
        SOUND
    )


def test_a_piece_may_have_a_sha1_as_every_sender_of_tus_knows_it(client, song_id):
    url = begun(client, song_id)
    sha1 = "sha1 " + base64.b64encode(hashlib.sha1(SOUND[:100], usedforsecurity=False).digest()).decode()
    assert refusal(send(client, url, 0, b"x" * 100, Upload_Checksum=sha1)) == (460, "PieceDamaged")
    assert send(client, url, 0, SOUND[:100], Upload_Checksum=sha1).headers["upload-offset"] == "100"


def test_what_was_said_of_a_file_is_said_again(client, song_id):
    url = begun(client, song_id, filename="Süd.wav", role="bass")
    metadata = client.head(url, headers=TUS).headers["upload-metadata"]
    assert tus.metadata_of(metadata) == {"song": song_id, "filename": "Süd.wav", "part": "stem", "role": "bass"}


@pytest.mark.parametrize("when", ["when it was announced", "with the last piece"])
def test_a_file_that_hashes_to_something_else_begins_anew(client, programme, song_id, when):
    wrong, at_first = sha256_of(b"another"), when == "when it was announced"
    url = begun(client, song_id, **({"sha256": wrong} if at_first else {}))
    answer = send(client, url, 0, SOUND, **({} if at_first else {"Opencall_Sha256": wrong}))
    assert refusal(answer) == (460, "ContentMismatch")
    assert offset_of(client, url) == 0
    assert files(programme, song_id) == ()


def test_a_second_connection_waits_for_the_first(client, house, programme, song_id):
    url = begun(client, song_id)
    (upload,) = programme.do(programme.artist, song_page, song_id).uploads

    def meanwhile() -> Iterator[bytes]:
        yield SOUND[:10]
        assert refusal(send(client, url, 0, SOUND)) == (423, "UploadBusy")
        yield SOUND[10:20]

    house.uploads.append(upload, 0, meanwhile())
    assert offset_of(client, url) == 20


def test_a_sender_who_goes_on_with_a_dropped_upload_does_not_keep_its_room(client, house, programme, song_id):
    url = begun(client, song_id)
    (upload,) = programme.do(programme.artist, song_page, song_id).uploads
    came = []

    def for_ever() -> Iterator[bytes]:
        for at in range(LENGTH):
            came.append(at)
            yield SOUND[at : at + 1]
            if at == 10:
                assert client.delete(url, headers=TUS).status_code == 204

    with pytest.raises(UploadGone):
        house.uploads.append(upload, 0, for_ever())
    assert came == list(range(12)), "the first byte after the drop ends it"
    assert list(house.uploads.folder.iterdir()) == []


@pytest.mark.parametrize("said", ["filename \xe9", "filename \xff\xfe", "filename =", "filename AAA", "filename /w=="])
def test_metadata_that_are_no_base64_of_utf_8_are_refused(client, song_id, said):
    answer = client.post(
        "/api/uploads", headers=TUS | {"Upload-Length": "9", "Upload-Metadata": said.encode("latin-1")}
    )
    assert refusal(answer) == (400, "HeaderWrong")


@pytest.mark.parametrize("said", ["sha1 \xe9", "sha256", "sha1 AAAA", "md5 AAAA", "\xe9"])
def test_a_checksum_that_is_none_is_refused(client, song_id, said):
    url = begun(client, song_id)
    assert refusal(send(client, url, 0, SOUND, Upload_Checksum=said.encode("latin-1"))) == (400, "HeaderWrong")
    assert offset_of(client, url) == 0


def test_nobody_else_finds_an_upload(client, browser, programme, song_id):
    url = begun(client, song_id)
    other = browser(programme.other_artist)
    assert other.head(url, headers=TUS).status_code == 404
    assert refusal(other.get(url)) == (404, "NotYours")
    assert refusal(send(other, url, 0, SOUND)) == (404, "NotYours")
    assert refusal(other.delete(url, headers=TUS)) == (404, "NotYours")
    assert refusal(announce(other, song_id)) == (404, "NotYours")
    assert refusal(browser(None).get(url)) == (401, "NotSignedIn")
    assert offset_of(client, url) == 0


def test_an_upload_can_be_ended(client, house, programme, song_id):
    url = begun(client, song_id)
    send(client, url, 0, SOUND[:10])
    assert client.delete(url, headers=TUS).status_code == 204
    assert client.head(url, headers=TUS).status_code == 404
    assert programme.do(programme.artist, song_page, song_id).uploads == ()
    assert list(house.uploads.folder.iterdir()) == []


def test_an_upload_whose_file_was_removed_has_ended(client, programme, song_id):
    url = begun(client, song_id)
    send(client, url, 0, SOUND)
    programme.do(programme.artist, remove_file, song_id, files(programme, song_id)[0].id)
    assert refusal(client.get(url)) == (410, "UploadGone")


def test_what_began_before_the_deadline_may_finish_after_it(browser, clock, programme, song_id):
    clock.advance(DEADLINE - clock.now() - timedelta(minutes=1))
    client = browser(programme.artist)
    url = begun(client, song_id)
    clock.advance(timedelta(hours=1))
    assert refusal(announce(client, song_id, filename="bass.wav")) == (409, "DeadlinePast")
    assert send(client, url, 0, SOUND).headers["opencall-sha256"] == sha256_of(SOUND)


def test_uploads_that_nobody_goes_on_with_are_collected(browser, house, clock, programme, song_id):
    client = browser(programme.artist)
    url = begun(client, song_id)
    answer = send(client, url, 0, SOUND[:10])
    assert answer.headers["upload-expires"] == "Mon, 11 May 2026 09:30:00 GMT"
    whole = send(client, begun(client, song_id, filename="bass.wav"), 0, SOUND).headers["opencall-file"]
    sweep = Sweep(house)
    clock.advance(UPLOADS_KEPT - timedelta(seconds=1))
    sweep.once()
    client = browser(programme.artist)
    assert offset_of(client, url) == 10
    clock.advance(timedelta(seconds=1))
    assert refusal(client.get(url)) == (410, "UploadGone")
    sweep.once()
    assert refusal(client.get(url)) == (404, "NotYours")
    assert list(house.uploads.folder.iterdir()) == []
    assert [file.id for file in files(programme, song_id)] == [whole]


def test_bytes_that_no_upload_owns_go_once_nothing_was_added_for_a_while(client, house, song_id):
    wanted = house.uploads.folder / begun(client, song_id).rpartition("/")[2]
    fresh, old = house.uploads.folder / ("a" * 32), house.uploads.folder / ("b" * 32)
    for path in (fresh, old):
        path.write_bytes(b"left behind")
    while_ago = time.time() - LEFT_OVERS_AFTER.total_seconds()
    for path in (wanted, old):
        os.utime(path, (while_ago, while_ago))
    Sweep(house).once()
    assert set(house.uploads.folder.iterdir()) == {wanted, fresh}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Tus-Resumable": "0.2.2"}, (412, "HeaderWrong")),
        ({"Upload-Length": ""}, (400, "HeaderWrong")),
        ({"Upload-Length": "-1"}, (400, "HeaderWrong")),
        ({"Upload-Length": "0"}, (413, "FileSizeWrong")),
        ({"Upload-Length": str((4 << 30) + 1)}, (413, "FileSizeWrong")),
        ({"Upload-Metadata": "filename *"}, (400, "HeaderWrong")),
        ({"Upload-Metadata": words(part="cover")}, (400, "HeaderWrong")),
        ({"Upload-Metadata": words(filename="a.wav")}, (404, "NotYours")),
    ],
)
def test_an_announcement_that_says_nonsense_is_refused(client, song_id, headers, expected):
    good = TUS | {"Upload-Length": "5", "Upload-Metadata": words(filename="a.wav", song=song_id)}
    assert refusal(client.post("/api/uploads", headers=good | headers)) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Tus-Resumable": ""}, (412, "HeaderWrong")),
        ({"Content-Type": "text/plain"}, (415, "HeaderWrong")),
        ({"Upload-Offset": "²"}, (400, "HeaderWrong")),
        ({"Upload-Checksum": "md5 " + "A" * 44}, (400, "HeaderWrong")),
        ({"Upload-Checksum": "sha256 !"}, (400, "HeaderWrong")),
        ({"Upload-Checksum": "sha1 " + checksum_of(SOUND).split()[1]}, (400, "HeaderWrong")),
        ({"Opencall-Sha256": "f" * 63}, (400, "HeaderWrong")),
    ],
)
def test_a_piece_that_says_nonsense_is_refused(client, song_id, headers, expected):
    url = begun(client, song_id)
    encoded = {name: value.encode() for name, value in (PIECE | {"Upload-Offset": "0"} | headers).items()}
    assert refusal(client.patch(url, content=SOUND, headers=encoded)) == expected


def test_a_hash_that_is_none_is_refused_when_it_is_announced(client, song_id):
    assert refusal(announce(client, song_id, sha256="F" * 64)) == (400, "HashWrong")


def test_own_songs_are_there_as_json(client, browser, programme, song_id):
    (line,) = client.get("/api/submissions").json()
    assert (line["song_id"], line["title"], line["state"]) == (song_id, "Salt", "draft")
    page = client.get(f"/api/submissions/{song_id}").json()
    assert (page["song"]["id"], [one["code"] for one in page["missing"]]) == (song_id, ["MixMissing", "StemsMissing"])
    assert refusal(browser(programme.other_artist).get(f"/api/submissions/{song_id}")) == (404, "NotYours")


# A real process, killed in the middle of a piece.


@contextlib.contextmanager
def serving(home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-m", "opencall.app", "web", "--home", str(home), "--port", str(port)]
    process = subprocess.Popen(command, env=environment, cwd=home)
    try:
        until(lambda: httpx.get(f"http://127.0.0.1:{port}/sign-in").status_code == 200)
        yield process
    finally:
        process.kill()
        process.wait()


def until(holds) -> None:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        with contextlib.suppress(httpx.TransportError):
            if holds():
                return
        time.sleep(0.05)
    raise AssertionError("it never came true")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ended_in_the_middle(process, end: str, arrived: Path, sound: bytes, offset: int) -> Iterator[bytes]:
    """A piece, in the middle of which the server gets a signal, once a part of it is in its file."""
    middle = offset + 2_500_000
    yield sound[offset:middle]
    until(lambda: arrived.read_bytes()[offset : offset + 1_000_000] == sound[offset : offset + 1_000_000])
    process.terminate() if end == "SIGTERM" else process.kill()
    process.wait()
    yield sound[middle:]


def test_a_web_that_ends_or_is_killed_in_the_middle_of_a_piece_goes_on_with_the_right_bytes(tmp_path):
    settings = settings_of(tmp_path, {})
    bring_up_to_date(settings)
    house = open_house(settings=settings)
    clock = SystemClock()
    work = Work(house.engine, clock, RandomIds(), lambda uow, fact: None)
    programme = Programme(work, house.uploads, clock, [])
    now = clock.now().replace(tzinfo=None)
    call_id = programme.call(opens_at=now - timedelta(days=2), closes_at=now + timedelta(days=2))
    song_id = programme.draft(call_id)
    with work.write() as uow:
        admit(uow, programme.artist)
    cookie = {"Cookie": f"opencall_session={session_of(work, programme.artist)}", "Origin": "http://127.0.0.1"}
    sound = os.urandom(8_000_000)
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    cookie["Origin"] = here
    url, offset = "", 0
    for end in ("SIGTERM", "SIGKILL"):
        with serving(tmp_path, port) as process, httpx.Client(base_url=here, headers=cookie) as client:
            url = url or begun(client, song_id, len(sound))
            arrived = tmp_path / "uploads" / url.rpartition("/")[2]
            offset = offset_of(client, url)
            piece = ended_in_the_middle(process, end, arrived, sound, offset)
            with contextlib.suppress(httpx.TransportError):
                assert send(client, url, offset, piece).status_code == 503
    with serving(tmp_path, port), httpx.Client(base_url=here, headers=cookie) as client:
        # Who was asked to end counted what it had; who was killed goes back to that, or counted a little more.
        assert offset >= 1_000_000
        assert offset <= offset_of(client, url) <= offset + 2_500_000
        offset = offset_of(client, url)
        last = send(client, url, offset, sound[offset:])
        assert last.headers["opencall-sha256"] == sha256_of(sound)
    (file,) = files(programme, song_id)
    assert (file.bytes, file.sha256) == (len(sound), sha256_of(sound))
    house.close()


@contextlib.contextmanager
def listening(house) -> Iterator[int]:
    """The application behind a real socket; its port."""
    import uvicorn

    from opencall.app.asgi import create_app

    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(house), port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: httpx.get(f"http://127.0.0.1:{port}/sign-in").status_code == 200)
        yield port
    finally:
        server.should_exit = True
        thread.join()


def head_of_a_piece(house, programme, port: int, url: str, offset: int, length: int) -> bytes:
    secret = session_of(house.work, programme.artist)
    return (
        f"PATCH {url} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        f"Cookie: opencall_session={secret}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n"
        f"Content-Type: application/offset+octet-stream\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def test_a_sender_who_hangs_up_leaves_what_arrived(monkeypatch, client, house, programme, song_id):
    monkeypatch.setattr(tus, "PIECE_BYTES", 1)  # so that what arrives is written at once
    with listening(house) as port:
        url = begun(client, song_id)
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(head_of_a_piece(house, programme, port, url, 0, LENGTH) + SOUND[:5000])
            arrived = house.uploads.folder / url.rpartition("/")[2]
            until(lambda: arrived.read_bytes()[:5000] == SOUND[:5000])
        until(lambda: send(client, url, 5000, SOUND[5000:]).status_code == 204)
        assert client.get(url).json()["sha256"] == sha256_of(SOUND)
