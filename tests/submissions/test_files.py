"""Files arrive whole, under a name that is only ever shown, or not at all."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opencall.kernel.object_store import ContentMismatch, StoredObject
from opencall.kernel.principal import NotYours
from submissions import files as files_module
from submissions.errors import (
    ArtistRoomFull,
    CallRoomFull,
    DeadlinePast,
    FileNameTaken,
    FileNameWrong,
    FileSizeWrong,
    KeyTaken,
    KeyWrong,
    MixTaken,
    NoSuchFile,
    OffsetWrong,
    SongCannot,
    SongTooLarge,
    TooManyFiles,
    UploadBusy,
    UploadIncomplete,
    UploadTooLong,
    UploadUsed,
)
from submissions.file_names import display_name, safe_name
from submissions.files import NewFile, begin_upload, cancel_upload, finish_upload, remove_file
from submissions.material import Part
from submissions.queries import song_page
from submissions.receiving import receive_file
from submissions.terms import StemsDue
from submissions.versions import submit_song, withdraw_song

HOSTILE = [
    "../../etc/passwd",
    "mix\0.wav",
    "two\nlines.wav",
    "evil\u202egpj.wav",
    "C:\\mix.wav",
    "x" * 250 + ".wav",
    "..",
    " ",
    "\ud800.wav",
    "naïve – Søren.wav",
]


@pytest.fixture
def song_id(programme):
    return programme.draft(programme.call())


def begin(programme, song_id, name="voice.wav", size=10, part=Part.STEM, **more):
    upload = programme.do(programme.artist, begin_upload, song_id, NewFile(name=name, bytes=size, part=part, **more))
    programme.uploads.reserve(upload)
    return upload


def names(programme, song_id):
    return [file.name for file in programme.do(programme.artist, song_page, song_id).files]


def test_the_receipt_is_the_hash_of_what_was_sent(programme, store, song_id):
    file = programme.send(song_id, "mix.wav", Part.MIX, b"sound")
    assert (file.sha256, file.bytes) == (hashlib.sha256(b"sound").hexdigest(), 5)
    with store.open(file.sha256) as stored:
        assert stored.read() == b"sound"
    assert list(programme.uploads.folder.iterdir()) == []


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_is_kept_for_eyes_and_touches_no_path(programme, store, tmp_path, song_id, name):
    before = {path for path in tmp_path.rglob("*") if "objects" not in path.parts}
    file = programme.send(song_id, name, Part.STEM, b"sound")
    assert file.name == display_name(name)
    assert names(programme, song_id) == [file.name]
    assert {path for path in tmp_path.rglob("*") if "objects" not in path.parts} - before == set()
    assert "/" not in file.safe_name


def test_a_name_hides_nothing():
    assert display_name("evil\u202egpj.wav") == r"evil\u202egpj.wav"
    assert display_name("a\nb\0c") == r"a\u000ab\u0000c"
    assert display_name(r"a\u000a") == r"a\\u000a"
    assert display_name("naïve – Søren.wav") == "naïve – Søren.wav"


@given(st.text(st.characters(), max_size=40), st.text(st.characters(), max_size=40))
def test_no_two_names_look_the_same_and_all_can_be_stored(one, other):
    assert (display_name(one) == display_name(other)) == (one == other)
    assert "\0" not in display_name(one)
    display_name(one).encode()


@given(st.text(st.characters(), max_size=200), st.lists(st.sampled_from(["file", "a.wav", "file-2"])))
def test_a_safe_name_is_a_plain_new_file_name(name, taken):
    made = safe_name(name, taken)
    assert made not in taken
    assert made.isascii()
    assert made.replace("-", "").replace("_", "").replace(".", "").isalnum() or set(made) <= set("-_.")
    assert not made.startswith(".")
    assert made.count(".") <= 1
    assert len(made) <= 120


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_a_name_of_no_or_too_many_characters_is_refused(programme, song_id, name):
    with pytest.raises(FileNameWrong):
        begin(programme, song_id, name)


@pytest.mark.parametrize("size", [0, -1, files_module.LARGEST_FILE_BYTES + 1])
def test_a_size_that_no_file_has_is_refused(programme, song_id, size):
    with pytest.raises(FileSizeWrong):
        begin(programme, song_id, size=size)


def test_one_byte_too_many_stops_the_stream_and_leaves_nothing(programme, store, song_id):
    eaten = []

    def endless():
        while True:
            eaten.append(1)
            yield b"12345"

    with pytest.raises(UploadTooLong):
        receive_file(
            programme.work, programme.uploads, programme.artist, song_id,
            NewFile(name="a.wav", bytes=10, part=Part.STEM), endless(),
        )  # fmt: skip
    assert len(eaten) == 3
    assert names(programme, song_id) == []
    assert list(programme.uploads.folder.iterdir()) == []
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_a_stream_that_ends_early_is_no_file(programme, song_id):
    with pytest.raises(UploadIncomplete):
        receive_file(
            programme.work, programme.uploads, programme.artist, song_id,
            NewFile(name="a.wav", bytes=10, part=Part.STEM), [b"123"],
        )  # fmt: skip
    assert names(programme, song_id) == []


def test_other_bytes_than_announced_are_refused(programme, song_id):
    with pytest.raises(ContentMismatch):
        receive_file(
            programme.work, programme.uploads, programme.artist, song_id,
            NewFile(name="a.wav", bytes=3, part=Part.STEM), [b"123"], hashlib.sha256(b"124").hexdigest(),
        )  # fmt: skip
    assert names(programme, song_id) == []


def test_a_broken_stream_goes_on_where_it_stopped(programme, song_id):
    upload = begin(programme, song_id, size=6)

    def broken():
        yield b"123"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        programme.uploads.append(upload, 0, broken())
    assert programme.uploads.received(upload) == 3
    with pytest.raises(UploadIncomplete):
        programme.uploads.finish(upload)
    for offset in (0, 2, 4):
        with pytest.raises(OffsetWrong):
            programme.uploads.append(upload, offset, [b"x"])
    assert programme.uploads.append(upload, 3, [b"456"]) == 6
    receipt = programme.uploads.finish(upload)
    assert receipt == StoredObject(hashlib.sha256(b"123456").hexdigest(), 6)


def test_two_connections_cannot_write_the_same_upload(programme, song_id):
    upload = begin(programme, song_id, size=6)

    def meanwhile():
        yield b"123"
        with pytest.raises(UploadBusy):
            programme.uploads.append(upload, 0, [b"abc"])
        yield b"456"

    assert programme.uploads.append(upload, 0, meanwhile()) == 6


def test_a_process_that_is_started_meanwhile_does_not_keep_the_upload_from_being_finished(programme, song_id):
    upload = begin(programme, song_id, size=3)
    kept: list[int] = []

    def meanwhile():
        # What a child has of it between its birth and its own program.
        kept.extend(os.dup(number) for number in opened(upload.id))
        yield b"123"

    programme.uploads.append(upload, 0, meanwhile())
    try:
        assert kept
        assert programme.uploads.finish(upload) == StoredObject(hashlib.sha256(b"123").hexdigest(), 3)
    finally:
        for number in kept:
            os.close(number)


def opened(name: str) -> list[int]:
    """The descriptors of this process that are open on a file of that name."""
    numbers = [int(path.name) for path in Path("/dev/fd").iterdir() if path.exists()]
    return [number for number in numbers if Path(f"/dev/fd/{number}").readlink().name == name]


def test_finishing_twice_is_finishing_once_and_never_with_other_bytes(programme, song_id):
    upload = begin(programme, song_id, size=3)
    programme.uploads.append(upload, 0, [b"123"])
    receipt = programme.uploads.finish(upload)
    first = programme.do(programme.artist, finish_upload, upload.id, receipt)
    assert programme.do(programme.artist, finish_upload, upload.id, receipt) == first
    with pytest.raises(UploadUsed):
        programme.do(programme.artist, finish_upload, upload.id, StoredObject("0" * 64, 3))
    with pytest.raises(UploadUsed):
        programme.do(programme.artist, cancel_upload, upload.id)


def test_a_receipt_of_another_length_is_refused(programme, song_id):
    upload = begin(programme, song_id, size=3)
    with pytest.raises(UploadIncomplete):
        programme.do(programme.artist, finish_upload, upload.id, StoredObject("0" * 64, 4))


def test_nobody_else_begins_finishes_or_removes(programme, song_id):
    file = programme.send(song_id, "mix.wav", Part.MIX, b"sound")
    upload = begin(programme, song_id)
    for who in (programme.other_artist, programme.manager, programme.curators[0], programme.stranger):
        with pytest.raises(NotYours):
            programme.do(who, begin_upload, song_id, NewFile(name="a", bytes=1, part=Part.STEM))
        with pytest.raises(NotYours):
            programme.do(who, finish_upload, upload.id, StoredObject("0" * 64, 10))
        with pytest.raises(NotYours):
            programme.do(who, cancel_upload, upload.id)
        with pytest.raises(NotYours):
            programme.do(who, remove_file, song_id, file.id)


def test_a_second_mix_is_refused_unless_it_replaces_the_first(programme, song_id):
    first = programme.send(song_id, "mix.wav", Part.MIX, b"one")
    with pytest.raises(MixTaken):
        begin(programme, song_id, "mix2.wav", 3, Part.MIX)
    upload = begin(programme, song_id, "mix2.wav", 3, Part.MIX, replaces=first.id)
    assert names(programme, song_id) == ["mix.wav"]
    programme.uploads.append(upload, 0, [b"two"])
    programme.do(programme.artist, finish_upload, upload.id, programme.uploads.finish(upload))
    assert names(programme, song_id) == ["mix2.wav"]


@pytest.mark.parametrize("name", ["voice.wav", "VOICE.wav"])
def test_two_stems_of_one_name_are_refused(programme, song_id, name):
    programme.send(song_id, "voice.wav", Part.STEM, b"one")
    with pytest.raises(FileNameTaken):
        begin(programme, song_id, name)


def test_two_uploads_of_one_name_at_once_become_one_file(programme, song_id):
    first, second = begin(programme, song_id, size=3), begin(programme, song_id, size=3)
    for upload, content in ((first, b"one"), (second, b"two")):
        programme.uploads.append(upload, 0, [content])
    programme.do(programme.artist, finish_upload, first.id, programme.uploads.finish(first))
    with pytest.raises(FileNameTaken):
        programme.do(programme.artist, finish_upload, second.id, programme.uploads.finish(second))


def test_only_a_file_of_the_same_part_and_song_can_be_replaced(programme, song_id):
    mix = programme.send(song_id, "mix.wav", Part.MIX, b"one")
    with pytest.raises(NoSuchFile):
        begin(programme, song_id, replaces=mix.id)
    with pytest.raises(NoSuchFile):
        begin(programme, song_id, replaces="elsewhere")


def test_uploads_under_way_count_towards_the_limit_of_the_song(programme):
    song_id = programme.draft(programme.call(song_limit_bytes=20))
    first = begin(programme, song_id, "a.wav", 12)
    with pytest.raises(SongTooLarge):
        begin(programme, song_id, "b.wav", 9)
    programme.do(programme.artist, cancel_upload, first.id)
    begin(programme, song_id, "b.wav", 20)


def test_an_artist_has_so_much_room_for_all_songs_of_a_call_withdrawn_ones_included(programme):
    call_id = programme.call(song_limit_bytes=20, artist_limit_bytes=30)
    withdrawn, song_id = programme.draft(call_id), programme.draft(call_id)
    programme.send(withdrawn, "a.wav", Part.STEM, b"x" * 12)
    programme.do(programme.artist, withdraw_song, withdrawn)
    first = begin(programme, song_id, "a.wav", 12)
    with pytest.raises(ArtistRoomFull) as refused:
        begin(programme, song_id, "b.wav", 7)
    assert (refused.value.total_bytes, refused.value.limit_bytes) == (31, 30)
    begin(programme, song_id, "b.wav", 6)
    theirs = programme.draft(call_id, artist=programme.other_artist)
    programme.send(theirs, "a.wav", Part.STEM, b"x" * 20, programme.other_artist)
    programme.do(programme.artist, cancel_upload, first.id)
    begin(programme, song_id, "c.wav", 12)


def test_a_call_has_so_much_room_for_the_songs_of_all_artists(programme):
    call_id = programme.call(song_limit_bytes=20, artist_limit_bytes=20, call_limit_bytes=30)
    song_id, theirs = programme.draft(call_id), programme.draft(call_id, artist=programme.other_artist)
    old = programme.send(song_id, "a.wav", Part.STEM, b"x" * 18)
    with pytest.raises(CallRoomFull):
        programme.send(theirs, "a.wav", Part.STEM, b"x" * 13, programme.other_artist)
    programme.send(theirs, "a.wav", Part.STEM, b"x" * 12, programme.other_artist)
    begin(programme, song_id, "a.wav", 18, replaces=old.id)
    elsewhere = programme.draft(programme.call(song_limit_bytes=20, artist_limit_bytes=20, call_limit_bytes=30))
    begin(programme, elsewhere, "a.wav", 20)


def test_an_upload_that_had_its_time_takes_no_room(programme):
    call_id = programme.call(song_limit_bytes=20, artist_limit_bytes=20)
    song_id = programme.draft(call_id)
    begin(programme, song_id, "a.wav", 20)
    programme.clock.advance(files_module.UPLOADS_KEPT)
    begin(programme, song_id, "a.wav", 20)


def test_announcing_twice_with_one_key_is_announcing_once(programme, song_id):
    upload = begin(programme, song_id, key="tab-1")
    assert begin(programme, song_id, key="tab-1") == upload
    assert begin(programme, song_id, key="tab-2") != upload
    assert begin(programme, song_id) != begin(programme, song_id)
    for change in ({"name": "bass.wav"}, {"size": 11}, {"part": Part.MIX}):
        with pytest.raises(KeyTaken):
            begin(programme, song_id, key="tab-1", **change)
    for wrong in ("", "ä", "x" * 65):
        with pytest.raises(KeyWrong):
            begin(programme, song_id, key=wrong)
    with pytest.raises(NotYours):
        programme.do(
            programme.other_artist, begin_upload, song_id, NewFile(name="v", bytes=1, part=Part.STEM, key="tab-1")
        )
    another = programme.draft(programme.call())
    assert begin(programme, another, key="tab-1") != upload


def test_a_song_has_no_more_files_than_a_master_can_hold(programme, song_id):
    with programme.work.write(programme.artist) as uow:
        for number in range(files_module.MOST_FILES):
            file = NewFile(name=f"{number}.wav", bytes=1, part=Part.STEM)
            begin_upload(uow, programme.artist, song_id, file)
    with pytest.raises(TooManyFiles):
        begin(programme, song_id, "one too many.wav", 1)


def test_a_removed_file_is_gone_from_the_draft(programme, song_id):
    file = programme.send(song_id, "voice.wav", Part.STEM, b"one")
    programme.do(programme.artist, remove_file, song_id, file.id)
    assert names(programme, song_id) == []
    with pytest.raises(NoSuchFile):
        programme.do(programme.artist, remove_file, song_id, file.id)


def test_after_the_deadline_nothing_begins_but_what_began_in_time_may_finish(programme, song_id):
    upload = begin(programme, song_id, size=3)
    programme.clock.advance(timedelta(days=60))
    with pytest.raises(DeadlinePast):
        begin(programme, song_id, "late.wav")
    programme.uploads.append(upload, 0, [b"one"])
    programme.do(programme.artist, finish_upload, upload.id, programme.uploads.finish(upload))
    assert names(programme, song_id) == ["voice.wav"]


def test_stems_that_are_due_after_the_selection_come_with_the_offer(programme):
    song_id = programme.offered(stems=StemsDue.AFTER_SELECTION)
    programme.send(song_id, "late stem.wav", Part.STEM, b"late")
    with pytest.raises(SongCannot):
        programme.send(song_id, "another mix.wav", Part.MIX, b"other")
    assert "late stem.wav" in names(programme, song_id)


def test_stems_that_were_due_at_submission_do_not_change_with_an_offer(programme):
    song_id = programme.offered()
    with pytest.raises(SongCannot):
        programme.send(song_id, "late stem.wav", Part.STEM, b"late")


def test_a_submitted_version_keeps_a_file_that_is_removed_later(programme):
    song_id = programme.ready(programme.call())
    programme.do(programme.artist, submit_song, song_id)
    stem = programme.do(programme.artist, song_page, song_id).files[1]
    programme.do(programme.artist, remove_file, song_id, stem.id)
    from submissions.rows import content_of, find_song

    with programme.work.read() as uow:
        assert [ref.sha256 for ref in content_of(uow, find_song(uow, song_id)).stems] == [stem.sha256]
