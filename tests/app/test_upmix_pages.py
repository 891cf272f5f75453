"""A song that has only its stereo mix: whoever works on it, approves it or hears it reads that it is an upmix."""

from sqlalchemy import select

from audio_pipeline.facts import RenderFinished
from opencall.app import journey
from opencall.kernel.mail import mail_table
from submissions.production import artist_approve, mark_mastered
from submissions.publication import publish_song
from tests.app.world import World

WORDS = "Upmix from the stereo mix"


def published(world: World, song_id: str) -> str:
    """Approved, mastered and published; returns its address."""
    programme = world.programme
    (rendered,) = programme.facts(RenderFinished)
    programme.machine(journey.let_the_artist_listen, rendered)
    programme.do(programme.artist, artist_approve, song_id, rendered.approval_sha256)
    programme.machine(mark_mastered, song_id)
    return str(programme.do(programme.manager, publish_song, song_id))


def test_an_upmix_is_called_one_in_the_studio_to_its_artist_and_to_the_public(world: World) -> None:
    song_id = world.programme.accepted()
    world.produce(song_id, source="upmix")

    studio = world.client(world.engineer).get(f"/studio/{song_id}").text
    assert WORDS in studio
    assert "nothing left over" in studio
    assert world.client(world.engineer).get(f"/api/renders/{song_id}").json()["source"] == "upmix"
    assert "stem<" not in studio
    assert f"{WORDS}: parts of it" in studio

    address = published(world, song_id)
    assert WORDS in world.client(world.programme.artist).get(f"/submissions/{song_id}/render").text
    with world.site.work.read() as uow:
        letter = uow.connection.execute(select(mail_table.c.text).where(mail_table.c.subject.startswith("Listen")))
        assert "It is an upmix from your stereo mix" in letter.scalar_one()
    assert WORDS in world.client(None).get(f"/songs/{address}").text
    assert f'term="{WORDS}"' in world.client(None).get("/feed.xml").text


def test_a_song_of_stems_is_called_none(world: World) -> None:
    song_id = world.programme.accepted()
    world.produce(song_id)

    studio = world.client(world.engineer).get(f"/studio/{song_id}").text
    assert "pmix" not in studio
    assert "Stems against the mix" in studio
    assert world.client(world.engineer).get(f"/api/renders/{song_id}").json()["source"] == "stems"

    address = published(world, song_id)
    assert "pmix" not in world.client(world.programme.artist).get(f"/submissions/{song_id}/render").text
    with world.site.work.read() as uow:
        letter = uow.connection.execute(select(mail_table.c.text).where(mail_table.c.subject.startswith("Listen")))
        assert "pmix" not in letter.scalar_one()
    assert "pmix" not in world.client(None).get(f"/songs/{address}").text
    assert "pmix" not in world.client(None).get("/feed.xml").text
