"""What everybody sees: gallery, song, feed; and what artists typed stays text, whatever they typed."""

from datetime import timedelta
from xml.etree import ElementTree

from sqlalchemy import Engine

from opencall.kernel.principal import Principal
from submissions.material import AiDeclaration, Image, Person, SongDetails, Story
from submissions.publication import browse, publish_song, take_down
from submissions.songs import declare_ai, write_details, write_people, write_story
from tests.app.world import World
from tests.questions import questions
from tests.submissions.conftest import DEADLINE

ATOM = "{http://www.w3.org/2005/Atom}"
EVIL = "<script>alert(1)</script>\"'&"


def publish(world: World, title: str, story: Story, genre: str = "folk", artist: Principal | None = None) -> str:
    """A published song of that title and story; returns its address."""
    programme = world.programme
    if programme.clock.now() >= DEADLINE:
        programme.clock.advance(timedelta(days=360))  # to next year's call
    call_id = programme.call()
    song_id = programme.ready(call_id, title, artist)
    owner = artist or programme.artist
    details = SongDetails(title=title, artist_name=f"{owner.name} {EVIL}", language="fo", genre=genre, region="Faroes")
    programme.do(owner, write_details, song_id, details)
    programme.do(owner, write_story, song_id, story)
    programme.do(owner, declare_ai, song_id, AiDeclaration(used=True, description=f"The cover {EVIL}"))
    programme.do(
        owner,
        write_people,
        song_id,
        (
            Person(name=f"Runa {EVIL}", email=owner.email, part=f"voice {EVIL}", basis_points=6667),
            Person(name="Jon", email=programme.player.email, part="accordion", basis_points=3333),
        ),
    )
    finish(world, call_id, song_id, owner)
    return str(programme.do(programme.manager, publish_song, song_id))


def finish(world: World, call_id: str, song_id: str, owner: Principal) -> None:
    from submissions.offers import accept_offer, offer_of
    from submissions.production import artist_approve, mark_mastered, mark_rendered
    from submissions.selection import Outcome
    from submissions.versions import submit_song
    from tests.submissions.conftest import RENDER

    programme = world.programme
    programme.do(owner, submit_song, song_id)
    programme.close(call_id)
    programme.release(call_id, **{f"s{song_id}": Outcome.OFFER})
    programme.confirm(song_id, owner)
    programme.do(owner, accept_offer, programme.do(owner, offer_of, song_id).id, "3")
    programme.machine(mark_rendered, song_id, RENDER)
    programme.do(owner, artist_approve, song_id, RENDER)
    programme.machine(mark_mastered, song_id)


def test_a_gallery_without_songs_says_what_will_be_there(world: World) -> None:
    text = world.client(None).get("/").text
    assert "No song is published yet" in text
    assert text.count("<h1") == 1


def test_the_open_call_stands_in_the_gallery(world: World) -> None:
    call_id = world.programme.call()
    text = world.client(None).get("/").text
    assert "Water, Two Ways is open for songs" in text
    assert "EUR\u00a01,500.00 for each song" in text
    assert f'href="/calls/{call_id}"' in text


def test_the_newest_song_leads_and_plays(world: World) -> None:
    publish(world, "Salt", Story("# Heading\n\nIt was February.", "en"))
    text = world.client(None).get("/").text
    assert '<h1 class="display"><a class="plain" href="/songs/salt">Salt</a></h1>' in text
    assert "It was February." in text
    assert "Heading" not in text
    assert "/player?of=both&amp;size=mini" in text


def test_what_artists_typed_stays_text(world: World) -> None:
    story = Story(
        f"{EVIL} [x](javascript:alert(1)) <img src=x onerror=alert(1)> **strong**",
        "en",
        {"fo": f"Á føroyskum {EVIL}"},
    )
    slug = publish(world, f"Salt {EVIL}", story, genre=f"folk {EVIL}")
    client = world.client(None)
    for url in (
        "/",
        f"/songs/{slug}",
        f"/songs/{slug}?lang=fo",
        "/?q=salt",
        "/feed.xml",
        f"/?q={EVIL}",
        f"/?genre={EVIL}",
    ):
        answer = client.get(url)
        assert answer.status_code == 200, url
        assert "<script>alert" not in answer.text, url
        assert "<img src=x" not in answer.text, url
        assert 'href="javascript' not in answer.text, url
    assert "<strong>strong</strong>" in client.get(f"/songs/{slug}").text  # it could have come through


def test_a_song_page_has_all_that_a_song_consists_of(world: World) -> None:
    publish(world, "Salt", Story("The radio knows one station.\n\nSo we listened.", "en", {"fo": "Útvarpið."}))
    text = world.client(None).get("/songs/salt").text
    assert world.client(None).get("/songs/salt/image").status_code == 404
    for expected in (
        '<meta property="og:title" content="Salt">',
        '<link rel="alternate" type="application/atom+xml"',
        '<div class="story" lang="en" dir="auto"><p>The radio knows one station.</p>',
        'hreflang="fo">Føroyskt</a>',
        "<dd>Jon</dd>",
        "<dd>Version 3 of the call’s licence</dd>",
        "The cover",
    ):
        assert expected in text
    assert text.count("<h1") == 1
    assert (
        '<div class="story" lang="fo" dir="auto"><p>Útvarpið.</p>' in world.client(None).get("/songs/salt?lang=fo").text
    )
    assert '<div class="story" lang="en"' in world.client(None).get("/songs/salt?lang=xx").text


def test_the_picture_of_a_story_is_shown_if_it_is_one(world: World) -> None:
    png = world.store.put([b"\x89PNG\r\n\x1a\n" + b"and so on"])
    publish(world, "Salt", Story("One.", "en", image=Image(png.sha256, 'A wall "singing"')))
    client = world.client(None)
    assert '<img src="/songs/salt/image" alt="A wall &#34;singing&#34;"' in client.get("/songs/salt").text
    answer = client.get("/songs/salt/image")
    assert (answer.status_code, answer.headers["content-type"], len(answer.content)) == (200, "image/png", png.bytes)

    page = world.store.put([b"<svg onload=alert(1)>"])
    publish(world, "Pepper", Story("Two.", "en", image=Image(page.sha256, "")))
    assert [client.get(f"/songs/{slug}/image").status_code for slug in ("pepper", "nothing")] == [404, 404]


def test_a_song_that_was_taken_down_says_so_and_one_that_never_was_does_not(world: World) -> None:
    publish(world, "Salt", Story("It was February.", "en"))
    with world.site.work.read() as uow:
        (song,) = browse(uow).songs
    world.programme.do(world.programme.artist, take_down, song.song_id, "I changed my mind.")
    client = world.client(None)
    gone = client.get("/songs/salt")
    assert gone.status_code == 410
    assert "was taken down" in gone.text
    assert "February" not in gone.text
    assert "changed my mind" not in gone.text
    assert client.get("/songs/pepper").status_code == 404
    assert "salt" not in client.get("/").text
    assert "Salt" not in client.get("/feed.xml").text


def test_the_feed_is_atom_and_holds_the_stories(world: World) -> None:
    assert list(ElementTree.fromstring(world.client(None).get("/feed.xml").content).iter(f"{ATOM}entry")) == []  # noqa: S314 - our own
    publish(world, "Salt & Pepper", Story("It was *February*.\x08", "en"))
    answer = world.client(None).get("/feed.xml")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    (entry,) = ElementTree.fromstring(answer.content).iter(f"{ATOM}entry")  # noqa: S314 - our own
    assert entry.findtext(f"{ATOM}title") == "Salt & Pepper"
    assert entry.findtext(f"{ATOM}content") == "<p>It was <em>February</em>.\ufffd</p>\n"
    assert str(entry.find(f"{ATOM}link").get("href")).endswith("/songs/salt-pepper")


def test_songs_are_found_by_words_and_genre(world: World) -> None:
    publish(world, "Salt", Story("The fridge hums.", "en"), genre="folk")
    publish(world, "Ærø", Story("A ferry. Ein STRASSE.", "de"), genre="jazz")
    with world.site.work.read() as uow:
        found = {
            words: [song.title for song in browse(uow, words).songs]
            for words in ("fridge", "FRIDGE hums", "æRØ", "straße", "salt ferry", "runa")
        }
        assert found == {
            "fridge": ["Salt"],
            "FRIDGE hums": ["Salt"],
            "æRØ": ["Ærø"],
            "straße": ["Ærø"],
            "salt ferry": [],
            "runa": ["Ærø", "Salt"],
        }
        assert [song.title for song in browse(uow, genre="jazz").songs] == ["Ærø"]
        assert browse(uow).genres == ("folk", "jazz")
        second = browse(uow, page=2, page_size=1)
        assert ([song.title for song in second.songs], second.total, second.pages) == (["Salt"], 2, 2)
        assert [song.title for song in browse(uow, "runa", page=2, page_size=1).songs] == ["Salt"]
    assert "No song has these words" in world.client(None).get("/?q=nothing+like+it").text


def test_the_gallery_asks_as_much_for_two_songs_as_for_one(world: World, engine: Engine) -> None:
    publish(world, "Salt", Story("One.", "en"))
    one = _questions(world, engine)
    publish(world, "Pepper", Story("Two.", "en"))
    assert _questions(world, engine) == one
    assert len(one) > 2


def _questions(world: World, engine: Engine) -> list[str]:
    with questions(engine) as asked:
        assert world.client(None).get("/").status_code == 200
        assert world.client(None).get("/songs/salt").status_code == 200
    return asked
