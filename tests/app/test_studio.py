"""The studio and the queue on pages: who comes in, what waits for whom, approving, scenes that come back, runs."""

import msgspec
import pytest
from httpx import Response
from sqlalchemy import select, update

from audio_pipeline import production, runs
from audio_pipeline.scene.model import Scene
from audio_pipeline.tables import artifact_table
from opencall.app.journey import react
from opencall.kernel.mail import mail_table
from opencall.kernel.principal import Role
from opencall.kernel.unit_of_work import Work
from tests.app.world import FIT, SCENE, World
from tests.questions import questions


@pytest.fixture
def song_id(world: World) -> str:
    """A song in production, rendered."""
    song_id = world.programme.rendered()
    world.produce(song_id)
    return song_id


def approval_of(world: World, song_id: str) -> str:
    with world.site.work.read() as uow:
        approval = production.current_approval(uow, song_id)
    assert approval is not None
    return approval


def states(world: World, song_id: str) -> dict[str, str]:
    with world.site.work.read() as uow:
        return {one.stage: one.state for one in production.song_progress(uow, song_id)}


def return_scene(world: World, song_id: str, scene: bytes, name: str = "scene.json") -> Response:
    return world.client(world.engineer).post(f"/studio/{song_id}/scene", files={"scene": (name, scene)})


@pytest.mark.parametrize(
    "url",
    ["/studio", "/studio/{}", "/studio/{}/now", "/studio/{}/files", "/studio/{}/scene.json", "/runs", "/runs/now"],
)
def test_the_studio_is_for_engineers_and_managers(world: World, song_id: str, url: str) -> None:
    url = url.format(song_id)
    for person in (world.engineer, world.programme.manager):
        assert world.client(person).get(url).status_code == 200
    for person in (world.programme.artist, world.programme.curators[0]):
        assert world.client(person).get(url).status_code == 403
    assert world.client(None).get(url).headers["location"].startswith("/sign-in?next=")


def test_a_song_waits_for_who_has_to_act(world: World, song_id: str) -> None:
    client = world.client(world.engineer)
    assert "A render waits for your ears" in client.get("/studio").text
    client.post(f"/studio/{song_id}/approve", data={"approval_sha256": approval_of(world, song_id)})
    assert "The artist has not answered yet" in client.get("/studio").text
    with world.site.work.write(world.programme.artist) as uow:
        production.sent_back(uow, song_id, "The <i>voice</i> is too far away.")
    assert "The artist sent it back" in client.get("/studio").text
    page = client.get(f"/studio/{song_id}").text
    assert "The &lt;i&gt;voice&lt;/i&gt; is too far away." in page


def test_the_engineer_sees_what_the_stems_leave_of_the_mix(world: World, song_id: str) -> None:
    page = world.client(world.engineer).get(f"/studio/{song_id}").text
    panel = page.split('aria-labelledby="fit-h"')[1].split("</section>")[0]
    assert "Bus processing" in panel
    assert "−33.7 dB" in panel
    assert "−8.1 dB" in panel
    assert FIT["explained"][0] in panel
    assert panel.count('<rect x="300.0" y="0" width="300.0" height="40"/>') == 2
    assert "in decibels at the most: all of it −18, bass −16." in panel


def test_stems_that_an_earlier_version_normalised_are_shown_without_it(world: World) -> None:
    song_id = world.programme.rendered()
    world.produce(song_id)
    with world.site.work.write() as uow:
        old = {"null_db": -74.0, "verdict": "exact"}
        uow.connection.execute(
            update(artifact_table).where(artifact_table.c.kind == "stems_manifest").values(details=old)
        )
    page = world.client(world.engineer).get(f"/studio/{song_id}")
    assert (page.status_code, "Stems against the mix" in page.text) == (200, False)


def test_an_approval_binds_the_render_that_was_shown(world: World, song_id: str) -> None:
    client = world.client(world.engineer)
    stale = client.post(f"/studio/{song_id}/approve", data={"approval_sha256": "0" * 64})
    assert stale.status_code == 409
    assert "listen to that one and approve it" in stale.text
    approval = approval_of(world, song_id)
    assert f'value="{approval}"' in client.get(f"/studio/{song_id}").text
    done = client.post(f"/studio/{song_id}/approve", data={"approval_sha256": approval})
    assert (done.status_code, done.headers["location"]) == (303, f"/studio/{song_id}")
    page = client.get(f"/studio/{song_id}").text
    assert "by you" in page
    assert "I heard it" not in page


def test_a_manager_looks_in_and_does_not_approve(world: World, song_id: str) -> None:
    client = world.client(world.programme.manager)
    assert "I heard it" not in client.get(f"/studio/{song_id}").text
    answer = client.post(f"/studio/{song_id}/approve", data={"approval_sha256": approval_of(world, song_id)})
    assert answer.status_code == 403


def test_masters_are_listed_with_checks_sizes_and_addresses(world: World, song_id: str) -> None:
    world.master(song_id)
    page = world.client(world.engineer).get(f"/studio/{song_id}").text
    assert "360 Reality Audio compatible master" in page
    assert f'href="/sound/{song_id}/masters/salt.adm-360.wav"' in page
    assert "Passed" in page
    assert "stays as both approved it" in page


def test_a_scene_goes_out_and_comes_back_edited(world: World, song_id: str) -> None:
    out = world.client(world.engineer).get(f"/studio/{song_id}/scene.json")
    assert msgspec.json.decode(out.content, type=Scene) == SCENE
    before = approval_of(world, song_id)
    edited = msgspec.structs.replace(SCENE, objects=SCENE.objects[:1])
    answer = return_scene(world, song_id, msgspec.json.encode(edited))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/studio/{song_id}")
    assert states(world, song_id)["compose"] == "queued"
    assert "render" not in states(world, song_id)
    assert before  # what was approved lapses with the render
    with world.site.work.read() as uow:
        assert production.current_approval(uow, song_id) is None


@pytest.mark.parametrize(
    ("scene", "status", "words"),
    [
        (b"{", 400, "is not a usable scene"),
        (b"\xff\xfe\x00", 400, "is not a usable scene"),
        (msgspec.json.encode(msgspec.structs.replace(SCENE, frames=SCENE.frames + 1)), 400, "keep both numbers"),
        (msgspec.json.encode(SCENE).replace(b"stems/voice.wav", b"../secrets"), 400, "leads out of the folder"),
        (msgspec.json.encode(SCENE).replace(b"stems/voice.wav", b"stems/drums.wav"), 404, "no stem file"),
        (msgspec.json.encode(SCENE).replace(b'"fridge"', b'"voice"'), 400, "Give each object a name of its own"),
    ],
)
def test_a_scene_that_is_none_of_this_song_is_refused_with_its_place(
    world: World, song_id: str, scene: bytes, status: int, words: str
) -> None:
    answer = return_scene(world, song_id, scene)
    assert answer.status_code == status
    assert words in answer.text
    assert states(world, song_id)["compose"] == "done"


def test_a_scene_is_asked_for_and_not_taken_from_artists(world: World, song_id: str) -> None:
    client = world.client(world.engineer)
    assert "choose a scene.json" in client.post(f"/studio/{song_id}/scene", files={"other": b"x"}).text
    artist = world.client(world.programme.artist)
    refused = artist.post(f"/studio/{song_id}/scene", files={"scene": ("scene.json", msgspec.json.encode(SCENE))})
    assert refused.status_code == 403


def test_a_scene_stays_once_masters_are_made_of_it(world: World, song_id: str) -> None:
    world.master(song_id)
    answer = return_scene(
        world, song_id, msgspec.json.encode(msgspec.structs.replace(SCENE, objects=SCENE.objects[:1]))
    )
    assert answer.status_code == 409
    assert "stays so" in answer.text


def test_a_run_that_failed_is_run_again_and_one_that_waits_is_stopped(world: World) -> None:
    song_id = world.programme.accepted()
    material = world.material(song_id)
    with world.site.work.write() as uow:
        production.begin_production(uow, material)
    run_id = world.fail(song_id, "normalise", "The stem <b>voice</b> holds no sound at all.")
    client = world.client(world.engineer)
    for page in ("/runs", f"/studio/{song_id}"):
        assert "The stem &lt;b&gt;voice&lt;/b&gt; holds no sound at all." in client.get(page).text
    again = client.post(f"/runs/{run_id}/again", data={"back": f"/studio/{song_id}"})
    assert again.headers["location"] == f"/studio/{song_id}"
    assert states(world, song_id)["normalise"] == "queued"
    stopped = client.post(f"/runs/{run_id}/stop", data={"back": "https://example.org/"})
    assert stopped.headers["location"] == "/runs"
    assert states(world, song_id)["normalise"] == "cancelled"
    twice = client.post(f"/runs/{run_id}/stop", data={})
    assert twice.status_code == 409
    assert client.post("/runs/nothing/stop", data={}).status_code == 404
    for act in ("again", "stop"):
        assert world.client(world.programme.artist).post(f"/runs/{run_id}/{act}", data={}).status_code == 403


def test_a_song_that_is_not_selected_has_no_title_in_the_queue(world: World) -> None:
    song_id = world.programme.ready(world.programme.call(), "A title that is nobody's business yet")
    material = world.material(song_id)
    with world.site.work.write() as uow:
        production.begin_inspection(uow, song_id, material.mix, material.stems)
    page = world.client(world.engineer).get("/runs").text
    assert "A song that is not selected" in page
    assert "business" not in page
    assert world.client(world.engineer).get("/studio").text.count("No song is in production yet") == 1


def test_what_stands_still_is_told_to_engineers_and_managers_once(world: World) -> None:
    world.site.enrol("Ines", Role.MANAGER)  # she is both, and reads one letter
    song_id = world.programme.accepted()
    material = world.material(song_id)
    with world.site.work.write() as uow:
        production.begin_production(uow, material)
    house = world.site.work
    claim = world.claim(song_id, "normalise")
    with Work(house.engine, house.clock, house.ids, react).write() as uow:
        runs.fail(uow, claim, "The stem voice.wav holds no sound at all.")
    with house.read() as uow:
        rows = uow.connection.execute(select(mail_table).where(mail_table.c.subject.contains("stands still"))).all()
    assert {row.recipient for row in rows} == {world.engineer.email, world.programme.manager.email}
    assert len(rows) == 2
    assert rows[0].subject == "“Salt” stands still: aligning the stems"
    assert "The stem voice.wav holds no sound at all." in rows[0].text


def test_scripts_read_the_same(world: World, song_id: str) -> None:
    client = world.client(world.engineer)
    found = client.get(f"/api/renders/{song_id}").json()
    assert found["approval"] == {"sha256": approval_of(world, song_id), "engineer": False, "artist": False}
    assert found["waits_for"] == "engineer"
    render = next(one for one in found["artifacts"] if one["name"] == "salt.4+7+0.wav")
    assert client.get(render["url"]).content == b"render for 4+7+0"
    assert [one["stage"] for one in found["stages"]][:2] == ["inspect", "normalise"]
    assert {run["stage"] for run in client.get("/api/runs").json()["ended"]} >= {"render", "compose"}
    for url in ("/api/runs", f"/api/renders/{song_id}"):
        assert world.client(world.programme.artist).get(url).json()["error"]["code"] == "NotAllowed"
    assert client.get("/api/renders/nothing").status_code == 404


def test_lists_ask_as_much_for_three_songs_as_for_one(world: World, song_id: str) -> None:
    client = world.client(world.engineer)
    client.get("/studio")

    def asked() -> int:
        with questions(world.site.work.engine) as sent:
            for url in ("/studio", "/runs", "/api/runs"):
                assert client.get(url).status_code == 200
        return len(sent)

    one = asked()
    material = world.material(song_id)
    for other in ("other-1", "other-2"):
        with world.site.work.write() as uow:
            production.begin_production(uow, msgspec.structs.replace(material, song_id=other, title=other))
    assert asked() == one
    assert "other-2" in client.get("/studio").text
