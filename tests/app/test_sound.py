"""Who hears what of a song: owner, others, those who judge, those who produce, everybody; before, during and after."""

import re

import msgspec
import pytest

from audio_pipeline import production, runs
from audio_pipeline.intake.music.describing import Likeness, Music
from audio_pipeline.intake.music.sections import Section
from audio_pipeline.stages import PIPELINE
from opencall.kernel.principal import Principal
from submissions.publication import take_down
from submissions.review import assign_curator
from tests.app.world import COPY, COVER, RENDER_COPY, World

HEARD = ("original", "peaks/original", "player?of=mix")
SEEN = ("cover.svg",)
RENDERED = ("render", "peaks/render", "player?of=render", "where")
PRODUCED = ("uploads/mix.wav", "stems/voice.wav", "renders/salt.4+7+0.wav")
MASTERS = ("masters/salt.adm-360.wav", "masters/manifest.json")
# An artist is told of a render that is not made yet that it is not.
OWN = {*HEARD, *SEEN, "uploads/mix.wav", "player?of=render", "where"}
ALL = (*HEARD, *SEEN, *RENDERED, *PRODUCED, *MASTERS)


def everybody(world: World) -> dict[str, Principal | None]:
    programme = world.programme
    return {
        "owner": programme.artist,
        "other artist": programme.other_artist,
        "assigned curator": programme.curators[0],
        "other curator": programme.stranger,
        "engineer": world.engineer,
        "manager": programme.manager,
        "public": None,
    }


def had(world: World, song_id: str) -> dict[str, set[str]]:
    """What each of them is given; everything else has to be a 404, which does not tell that there is a song."""
    given: dict[str, set[str]] = {}
    for name, person in everybody(world).items():
        answers = {what: world.client(person).get(f"/sound/{song_id}/{what}").status_code for what in ALL}
        assert set(answers.values()) <= {200, 404}, answers
        given[name] = {what for what, status in answers.items() if status == 200}
    return given


def test_a_draft_is_heard_by_its_artist_alone(world: World) -> None:
    song_id = world.programme.ready(world.programme.call())
    world.hear(song_id)
    given = had(world, song_id)
    assert given.pop("owner") == OWN
    assert set().union(*given.values()) == set()


def test_no_curator_hears_a_song_that_may_still_change(world: World) -> None:
    call_id = world.programme.call()
    song_id = world.programme.submitted(call_id)
    world.hear(song_id)
    curator = world.programme.curators[0]
    world.programme.do(world.programme.manager, assign_curator, call_id, curator.user_id)
    assert had(world, song_id)["assigned curator"] == set()


def test_a_song_under_review_is_heard_blind_by_its_curators_and_by_the_manager(world: World) -> None:
    call_id = world.programme.call()
    song_id = world.programme.submitted(call_id)
    world.hear(song_id)
    world.programme.close(call_id)
    assert had(world, song_id) == {
        "owner": OWN,
        "other artist": set(),
        "assigned curator": {*HEARD},
        "other curator": set(),
        "engineer": set(),
        "manager": {*HEARD, *SEEN},
        "public": set(),
    }


def test_a_curator_learns_no_name_from_player_and_file(world: World) -> None:
    call_id = world.programme.call()
    song_id = world.programme.submitted(call_id, "Salt of the Harbour")
    world.hear(song_id)
    world.programme.close(call_id)
    judge = world.client(world.programme.curators[0])
    player = judge.get(f"/sound/{song_id}/player?of=both")
    assert 'data-voice="original"' in player.text
    assert not re.search("Runa|Harbour|Salt|mix.wav|cover", player.text)
    assert "Runa" in world.client(world.programme.artist).get(f"/sound/{song_id}/player").text  # it could have leaked
    sound = judge.get(f"/sound/{song_id}/original")
    assert sound.content == COPY
    assert "content-disposition" not in sound.headers


def test_in_production_the_studio_has_everything_and_others_nothing(world: World) -> None:
    song_id = world.programme.rendered()
    world.produce(song_id)
    world.master(song_id)
    given = had(world, song_id)
    for name in ("owner", "engineer", "manager"):
        assert given.pop(name) == {*ALL}
    assert set().union(*given.values()) == set()


def test_everybody_hears_a_published_song_and_nobody_one_that_was_taken_down(world: World) -> None:
    song_id = world.programme.published()
    world.produce(song_id)
    world.master(song_id)
    given = had(world, song_id)
    for name in ("owner", "engineer", "manager"):
        assert given.pop(name) == {*ALL}
    assert list(given.values()) == [{*HEARD, *SEEN, *RENDERED}] * 4

    world.programme.do(world.programme.artist, take_down, song_id, "A voice on it does not want to be heard any more.")
    given = had(world, song_id)
    assert given.pop("owner") == {*ALL}
    assert set().union(*given.values()) == set()


def test_sound_comes_in_parts_with_a_tag_and_is_asked_for_anew_each_time(world: World) -> None:
    song_id = world.programme.published()
    world.produce(song_id)
    client = world.client(None)
    whole = client.get(f"/sound/{song_id}/original")
    assert (whole.status_code, whole.content, whole.headers["accept-ranges"]) == (200, COPY, "bytes")
    assert whole.headers["cache-control"] == "private, no-cache"
    assert whole.headers["content-type"] == "audio/mp4"
    part = client.get(f"/sound/{song_id}/original", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, COPY[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(COPY)}"
    known = client.get(f"/sound/{song_id}/original", headers={"If-None-Match": whole.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    head = client.head(f"/sound/{song_id}/render")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(RENDER_COPY)))


def test_a_download_is_named_and_never_shown(world: World) -> None:
    song_id = world.programme.rendered()
    world.produce(song_id)
    answer = world.client(world.engineer).get(f"/sound/{song_id}/renders/salt.4+7+0.wav")
    assert answer.content == b"render for 4+7+0"
    assert answer.headers["content-disposition"] == 'attachment; filename="salt.4+7+0.wav"'
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_player_says_which_version_is_turned_down_and_by_how_much(world: World) -> None:
    song_id = world.programme.published()
    world.produce(song_id)
    both = world.client(None).get(f"/sound/{song_id}/player?of=both").text
    assert "The original is turned down by 2.5 dB, so that neither sounds better just for being louder." in both
    assert re.findall(r'data-voice="(\w+)" data-gain-db="([-0-9.]+)"', both) == [
        ("original", "-2.5"),
        ("render", "0.0"),
    ]
    assert "−16.5 LUFS in both" in both
    assert 'aria-valuetext="0:00 of 3:20"' in both
    assert "turned down" not in world.client(None).get(f"/sound/{song_id}/player?of=mix").text


def test_the_wave_of_a_mix_is_marked_where_that_very_mix_turns(world: World) -> None:
    song_id = world.programme.published()
    world.hear(song_id)
    mix_sha256 = world.material(song_id).mix.sha256
    music = Music(
        tempo=None,
        key=None,
        sections=(Section(0.0, 50.0), Section(50.0, 125.0), Section(125.0, 200.0)),
        likeness=Likeness((), (), ()),
    )
    document = msgspec.to_builtins(music)
    heard = world.artifact(b"{}", "music", "music.json", mix_sha256=mix_sha256, document=document)
    world.finish(song_id, "inspect", world.artifact(b"{}", "report", "report.json"), heard)
    mix = world.client(None).get(f"/sound/{song_id}/player?of=mix").text
    assert re.findall(r'class="turn" x1="([\d.]+)"', mix) == ["250.0", "625.0"]
    assert 'class="turn"' not in world.client(None).get(f"/sound/{song_id}/player?of=both").text


def test_the_player_waits_for_a_copy_that_is_being_made(world: World) -> None:
    song_id = world.programme.ready(world.programme.call())
    client = world.client(world.programme.artist)
    assert "The sound is being prepared" in client.get(f"/sound/{song_id}/player").text
    assert client.get(f"/sound/{song_id}/original").status_code == 404
    world.hear(song_id)
    assert "data-player" in client.get(f"/sound/{song_id}/player").text


def test_a_song_without_a_cover_yet_has_a_quiet_one(world: World) -> None:
    song_id = world.programme.ready(world.programme.call())
    client = world.client(world.programme.artist)
    quiet = client.get(f"/sound/{song_id}/cover.svg")
    assert (quiet.status_code, quiet.headers["cache-control"]) == (200, "no-store")
    world.hear(song_id)
    drawn = client.get(f"/sound/{song_id}/cover.svg")
    assert (drawn.content, drawn.headers["content-type"]) == (COVER, "image/svg+xml")


@pytest.mark.parametrize("what", ["original", "player", "where", "cover.svg", "masters/manifest.json"])
def test_a_song_that_does_not_exist_and_one_that_is_hidden_answer_alike(world: World, what: str) -> None:
    song_id = world.programme.ready(world.programme.call())
    world.hear(song_id)
    client = world.client(world.programme.other_artist)
    hidden, nothing = (client.get(f"/sound/{one}/{what}") for one in (song_id, "0" * 32))
    assert (hidden.status_code, nothing.status_code) == (404, 404)
    assert hidden.text == nothing.text


def test_the_stages_are_shown_to_who_has_the_files(world: World) -> None:
    song_id = world.programme.rendered()
    world.produce(song_id, until="compose")
    for person, status in ((world.programme.artist, 200), (world.engineer, 200), (world.programme.other_artist, 404)):
        assert world.client(person).get(f"/audio/songs/{song_id}/stages").status_code == status
    assert world.client(None).get(f"/audio/songs/{song_id}/stages").status_code == 404
    assert "waits its turn" in world.client(world.programme.artist).get(f"/audio/songs/{song_id}/stages").text


def test_how_far_the_listening_report_is_changes_while_it_is_made(world: World) -> None:
    song_id = world.programme.rendered()
    material = world.material(song_id)
    with world.site.work.write() as uow:
        production.begin_inspection(uow, song_id, material.mix, material.stems)
    client = world.client(world.programme.artist)

    def shown() -> str:
        return client.get(f"/audio/songs/{song_id}/inspecting").text

    assert "It begins by itself" in shown()
    with world.site.work.read() as uow:
        run_id = next(one.run_id for one in production.song_progress(uow, song_id) if one.stage == "inspect")
    with world.site.work.write() as uow:
        claim = runs.claim(uow, PIPELINE, run_id, "here:1")
        assert claim is not None
        runs.renew(uow, claim, 0.42)
    assert '<progress value="42" max="100"' in shown()
    assert "We play every file" in shown()
    with world.site.work.write() as uow:
        runs.renew(uow, claim, 0.8)
    assert "We compare the stems with the mix" in shown()
    with world.site.work.write() as uow:
        runs.fail(uow, claim, "the disk is full")
    assert "It has stopped" in shown()
    assert "the disk is full" not in shown()
