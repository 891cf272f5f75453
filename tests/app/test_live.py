"""The stream of events, as somebody meets it who means no good: too many, hostile numbers, songs of others."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from audio_pipeline.tables import progress_table
from opencall.app.identity.users import disable_user
from opencall.app.live import MOST_A_PERSON, events_for
from opencall.kernel.principal import Principal, Role
from tests.site import Site


@pytest.fixture
def ending(site: Site) -> Site:
    """A site whose streams end after their first word."""
    site.app.state.stopping.set()
    return site


def something_happens(site: Site, song_id: str) -> None:
    with site.work.write() as uow:
        uow.connection.execute(
            insert(progress_table).values(
                run_id="a-run",
                song_id=song_id,
                stage="render",
                state="running",
                progress=0.5,
                at=datetime(2026, 5, 4, tzinfo=UTC),
            )
        )


def test_a_person_has_so_many_streams_and_no_more(ending: Site) -> None:
    ada, eve = ending.enrol("Ada"), ending.enrol("Eve")
    for _ in range(MOST_A_PERSON - 1):
        ending.app.state.listening.begin(ada.user_id)
    for _ in range(2):  # one that has ended makes room
        assert ending.browser(ada).get("/events").status_code == 200
    ending.app.state.listening.begin(ada.user_id)
    refused = ending.browser(ada).get("/events")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "600")
    assert ending.browser(eve).get("/events").status_code == 200


@pytest.mark.parametrize("number", [b"\xb2", b"9" * 5000, b"9" * 30, b"-1", b"1e3", b" ", b"0x10", "٣".encode(), b"7"])
def test_no_number_of_a_last_event_breaks_the_stream(ending: Site, number: bytes) -> None:
    answer = ending.browser(ending.enrol("Ada")).get("/events", headers={b"Last-Event-ID": number})
    assert answer.status_code == 200
    assert f"id: {7 if number == b'7' else 0}\nevent: ready" in answer.text.replace("\r", "")


def test_events_are_told_to_who_may_follow_the_song_and_to_nobody_whose_session_has_ended(site: Site) -> None:
    artist, engineer = site.enrol("Ada"), site.enrol("Engine", Role.ENGINEER)
    something_happens(site, "a-song-of-another")

    def told(who: Principal | None) -> list[str] | None:
        found = events_for(site.work, lambda: who, 0)
        return None if found is None else [event.song_id for event in found[0]]

    assert told(engineer) == ["a-song-of-another"]
    assert told(artist) == []
    assert told(None) is None


def test_nobody_is_asked_who_they_are_while_nothing_happens(site: Site) -> None:
    def asked() -> Principal | None:
        raise AssertionError("a question a second for nothing")

    assert events_for(site.work, asked, 0) == ((), 0)


def test_a_stream_is_for_members_and_for_browsers(site: Site) -> None:
    assert site.browser().get("/events").headers["location"] == "/sign-in?next=/events"
    ada, manager = site.enrol("Ada"), site.enrol("Mara", Role.MANAGER)
    with site.work.write() as uow:
        disable_user(uow, manager, ada.user_id)
    assert site.browser(ada).get("/events").status_code == 303
