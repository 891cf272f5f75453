"""`make pictures`: plays the demo, begins two more calls, and takes the pictures of docs/ with a browser.

The first call of the demo is over: gallery, production, batch and fund are pictures of it. The second is being judged
(desk, board), the third is open (call, draft, report). Run it again on the same home and only pictures are taken.
"""

import argparse
import base64
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select

from audio_pipeline.overview import songs_in_production
from opencall.app.broker import bell_of, make_broker
from opencall.app.demo import acts, people
from opencall.app.demo.play import play
from opencall.app.demo.songs import DemoSong, demo_songs
from opencall.app.house import House, open_house
from opencall.app.listening import FIRST_PORT, LOCALHOST, listen, url_of
from opencall.app.settings import DEMO_HOME, settings_of
from opencall.app.supervisor import programs_of, supervised
from opencall.kernel.principal import Principal
from rewards import batches
from submissions import calls, heard, queries, review
from submissions.reports import report_on
from submissions.rows import files_of, find_song
from submissions.tables import call_table
from submissions.terms import ConsentText, NewCall, Question

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
LARGEST_BYTES = 80_000
SIZE = {"width": 1440, "height": 900}
SETTLED_MS = 1500
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
JUDGED, OPEN = "Rooms We Sang In", "What the Water Kept"
SCORES = ((5, 4, 4), (4, 4, 3), (4, 5, 3))


class Shot(msgspec.Struct, frozen=True):
    """A picture: what it is called, where it is taken, and by whom; nobody is signed in where `by` is None."""

    name: str
    address: str
    by: Principal | None = None


def main() -> None:
    """Fill the home where it is not, and take every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=DEMO_HOME, help="the demo's home; played first where it is new")
    parser.add_argument("--only", nargs="*", default=(), help="names of the pictures to take, all if none is given")
    chosen = parser.parse_args()
    songs = demo_songs(None)
    if not play(chosen.home, songs, say).is_happy:
        sys.exit("The demo did not end well; look at what it said, then run this again.")
    shots = fill(chosen.home, songs)
    PICTURES.mkdir(exist_ok=True)
    with listen(LOCALHOST, FIRST_PORT) as listener:
        settings = msgspec.structs.replace(settings_of(chosen.home), base_url=url_of(listener))
        with supervised(settings, quiet, programs_of(settings, listener.fileno())):
            take(url_of(listener), [shot for shot in shots if not chosen.only or shot.name in chosen.only])


def quiet(line: str) -> None:
    """What the installation says while pictures are taken is not for anybody."""


def say(line: str) -> None:
    """One line of progress."""
    sys.stderr.write(f"{line}\n")


@contextmanager
def running(home: Path, shift: timedelta) -> Iterator[House]:
    """The installation with its workers, its clock moved by `shift`."""
    settings = msgspec.structs.replace(settings_of(home), clock_shift_s=shift.total_seconds())
    house = open_house(settings=settings, bell=bell_of(make_broker(settings)))
    try:
        with supervised(settings, quiet):
            yield house
    finally:
        house.close()


def fill(home: Path, songs: tuple[DemoSong, ...]) -> tuple[Shot, ...]:
    """The two further calls, if they are not there; returns what to take."""
    with running(home, -acts.STORY_BEGAN) as house:
        judged = a_call(house, JUDGED, reward_minor=80_000)
        if judged is not None:
            for song in songs:
                song_id = acts.send_the_song(house, judged, song)
                wait_for_report(house, song_id)
                acts.submit_the_song(house, song_id)
    with running(home, timedelta()) as house:
        if judged is not None:
            judge(house, judged)
        opened = a_call(house, OPEN, reward_minor=50_000)
        if opened is not None:
            wait_for_report(house, acts.send_the_song(house, opened, songs[0]))
        return shots_of(house, people.contributor(songs[0].splits[0][0]))


def a_call(house: House, title: str, reward_minor: int) -> str | None:
    """A call with a rubric, open; None if it is there already."""
    with house.work.write(people.MANAGER) as uow:
        if uow.connection.execute(select(call_table.c.id).where(call_table.c.title == title)).first():
            return None
        now = uow.clock.now().replace(second=0, microsecond=0, tzinfo=None)
        call_id = calls.create_call(
            uow,
            people.MANAGER,
            NewCall(
                title=title,
                summary="Songs that remember a place. Send the song, its parts, and how it came to be.",
                timezone="UTC",
                opens_at=now,
                closes_at=now + acts.TIME_TO_SEND,
                fund_id=acts.FUND_ID,
                reward_minor=reward_minor,
                budget_minor=2 * reward_minor,
                currency=acts.CURRENCY,
                licence_version=acts.LICENCE,
                categories=acts.CATEGORIES,
                questions=(Question("work_lost", "Did you lose work as a musician this year?", must_be=True),),
                consents=(ConsentText("remix", "1", "Opencall may make a spatial mix of my stems and publish it."),),
            ),
        )
        calls.open_call(uow, people.MANAGER, call_id)
    return call_id


def wait_for_report(house: House, song_id: str) -> None:
    """Until the machine has heard the files; ends the program after two minutes."""
    for _ in range(600):
        with house.work.read() as uow:
            report = report_on(uow, song_id, files_of(uow, song_id))
        if report is not None and report.verdict is not None:
            return
        time.sleep(0.2)
    sys.exit("No report came within two minutes; look at /runs of this home.")


def judge(house: House, call_id: str) -> None:
    """Past its deadline: two curators are done, the third has heard most of one song and sent one score."""
    with house.work.write(people.MANAGER) as uow:
        calls.close_due_calls(uow)
        for curator in people.CURATORS:
            review.assign_curator(uow, people.MANAGER, call_id, curator.user_id)
    for number, curator in enumerate(people.CURATORS):
        with house.work.write(curator) as uow:
            queue = review.listening_queue(uow, curator, call_id)
            for place, entry in enumerate(queue[:1] if number == 0 else queue):
                points = SCORES[(place + number) % len(SCORES)]
                scores = dict(zip((category.key for category in acts.CATEGORIES), points, strict=True))
                review.send_review(uow, curator, entry.song_id, review.Review(scores=scores))
            if number == 0:
                draft = heard.Draft(scores={"song": 4, "story": 5}, comment="The refrain stays. More of the low voice?")
                heard.note_heard(uow, curator, queue[1].song_id, [(0.0, 19.5), (22.0, 28.0)], 30.0, draft)


def shots_of(house: House, artist: Principal) -> tuple[Shot, ...]:
    """Where each picture is taken, and as whom."""
    with house.work.read(people.ENGINEER) as uow:
        ids = {row.title: row.id for row in uow.connection.execute(select(call_table.c.id, call_table.c.title))}
        mine = {line.call_id: line.song_id for line in queries.my_submissions(uow, artist)}
        produced = songs_in_production(uow, people.ENGINEER)[0].song_id
        slug = find_song(uow, produced).slug
        batch = batches.list_batches(uow)[0].id
    with house.work.read(people.CURATORS[0]) as uow:
        queue = review.listening_queue(uow, people.CURATORS[0], ids[JUDGED])
    draft = f"/submissions/{mine[ids[OPEN]]}"
    return (
        Shot("gallery", "/"),
        Shot("song", f"/songs/{slug}"),
        Shot("call", f"/calls/{ids[OPEN]}"),
        Shot("draft", draft, artist),
        Shot("report", f"{draft}/report", artist),
        Shot("desk", f"/desk/songs/{queue[1].song_id}", people.CURATORS[0]),
        Shot("board", f"/manage/{ids[JUDGED]}/selection", people.MANAGER),
        Shot("studio", f"/studio/{produced}", people.ENGINEER),
        Shot("batch", f"/money/batches/{batch}", people.MAKER),
        Shot("fund", "/fund"),
    )


def take(url: str, shots: Iterable[Shot]) -> None:
    """Every picture, each person in a browser of their own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for shot in shots:
            context = chromium.new_context(base_url=url, viewport=SIZE, color_scheme="light", timezone_id="UTC")
            page = context.new_page()
            if shot.by is not None:
                sign_in(page, shot.by)
            page.goto(shot.address)
            page.wait_for_timeout(SETTLED_MS)
            path = PICTURES / f"{shot.name}.webp"
            path.write_bytes(picture_of(page))
            say(f"{path.name}  {path.stat().st_size / 1000:.0f} kB  {page.title()}")
            context.close()
        chromium.close()


def sign_in(page: Page, person: Principal) -> None:
    """As a person does it."""
    page.goto("/sign-in")
    page.locator("#f-email").fill(person.email)
    page.locator("#f-password").fill(people.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda address: "/sign-in" not in address)


def picture_of(page: Page) -> bytes:
    """The window as WebP, in the best quality that is small enough."""
    chromium = page.context.new_cdp_session(page)
    for quality in (85, 75, 60, 45, 30):
        asked = {"format": "webp", "quality": quality, "optimizeForSpeed": False}
        picture = base64.b64decode(chromium.send("Page.captureScreenshot", asked)["data"])
        if len(picture) <= LARGEST_BYTES:
            return picture
    sys.exit(f"{page.url} does not fit into {LARGEST_BYTES} bytes; take a smaller window.")


if __name__ == "__main__":
    main()
