"""How long an artist waits for the listening report on a song of four minutes with twelve stereo stems.

Run from the project's root: `python -m benchmarks.bench_report [SECONDS OF MUSIC]`. A new installation is served as
`opencall serve` does, the files go in by tus as a browser sends them, and the clock runs from the last byte of the last
file until the page shows the report. One song is exact; the other has a stem that is late and a bus that compresses,
which asks for a search of every stem.

The other figure is the processor time of everything that was served in between, on two cores: on a busy machine the
clock says more of the others. Ends with 1 where that is above 30 seconds, or a report says something else than it
should.
"""

import base64
import hashlib
import http.client
import logging
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from audio_pipeline.production import progress_after
from benchmarks.long_song import Bus, pressed, write_song
from opencall.app.demo import people
from opencall.app.house import House, bring_up_to_date, open_house
from opencall.app.identity.sessions import Place, begin_session
from opencall.app.identity.users import create_user
from opencall.app.settings import settings_of
from opencall.kernel.web.guards import COOKIE
from rewards import funds
from submissions import calls, songs
from submissions.material import SongDetails
from submissions.terms import Category, NewCall

MOST_S = 30.0
CORES = 2
PIECE_BYTES = 8 << 20
LOOK_EVERY_S = 0.2
GIVE_UP_S = 600.0
ARTIST = people.contributor("Nadia Faraway")


@dataclass(frozen=True)
class Case:
    """A song as it is sent, and the answer that its report has to give."""

    name: str
    bus: Bus
    late: dict[str, int]
    answer: str


CASES = (
    Case("exact", lambda mix, at: mix, {}, "Yes, exactly"),
    Case("a stem late, the bus compresses", pressed(after_s=10), {"04 Bass.wav": 1200}, "worked on as a whole"),
)


def main(seconds: int) -> int:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    slow = False
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        home = Path(folder) / "home"
        house, call_id, secret = _opened(home)
        with _served(home) as (serving, url):
            artist = _Artist(url, secret)
            for case in CASES:
                files = Path(folder) / case.name
                write_song(files, seconds, case.bus, case.late)
                slow = _report_on(case, files, house, call_id, artist, serving) or slow
        house.close()
    return 1 if slow else 0


def _report_on(case: Case, files: Path, house: House, call_id: str, artist: "_Artist", serving: psutil.Process) -> bool:
    with house.work.write(ARTIST) as uow:
        details = SongDetails(title=case.name, artist_name="Bench", language="en", genre="test", region="Europe")
        song_id = songs.start_song(uow, ARTIST, call_id, details)
    sent = [("stem", path) for path in sorted((files / "stems").iterdir())] + [("mix", files / "mix.wav")]
    began = time.monotonic()
    for part, path in sent:
        last_byte = artist.send(song_id, part, path)
    size = sum(path.stat().st_size for _, path in sent)
    receipt = time.monotonic()
    cpu = _cpu_s(serving)

    artist.ask("POST", f"/submissions/{song_id}/report")
    asked = time.monotonic()
    page = ""
    while "What we found" not in page:
        if time.monotonic() - asked > GIVE_UP_S:
            raise SystemExit(f"no report within {GIVE_UP_S:g} s")
        time.sleep(LOOK_EVERY_S)
        page = artist.ask("GET", f"/submissions/{song_id}/report").decode()
    waited, worked = time.monotonic() - last_byte, (_cpu_s(serving) - cpu) / CORES

    with house.work.read() as uow:
        events = [one for one in progress_after(uow, 0, song_id, limit=10_000) if one.stage == "inspect"]
    at = {state: next(one.at for one in events if one.state == state) for state in ("queued", "running", "done")}
    judged = next((one.at for one in events if one.state == "running" and one.progress >= 0.6), at["done"])
    print(f"{case.name}: {len(sent)} files, {size / 1e6:.0f} MB, sent in {last_byte - began:.1f} s")
    print(f"  from the last byte to the report {waited:6.1f} s   on two cores of its own {worked:6.1f} s")
    print(
        f"  receipt {receipt - last_byte:.1f}, asked {asked - receipt:.1f}, waited {_s(at['running'] - at['queued'])}, "
        f"files judged {_s(judged - at['running'])}, set compared {_s(at['done'] - judged)} s"
    )
    right = case.answer in page
    if not right:
        print(f"  the report does not say: {case.answer}")
    return worked > MOST_S or not right


def _s(span: timedelta) -> str:
    return f"{span.total_seconds():.1f}"


def _opened(home: Path) -> tuple[House, str, str]:
    """A new installation with an open call: (house, call, the secret of the artist's session)."""
    settings = settings_of(home, {})
    bring_up_to_date(settings)
    house = open_house(settings=settings)
    with house.work.write(people.MAKER) as uow:
        funds.open_fund(uow, people.MAKER, "Fund of the bench", "EUR", "bench-fund")
        funds.donate(uow, people.MAKER, "bench-fund", "gift", 1_000, "EUR")
    with house.work.write(people.MANAGER) as uow:
        now = uow.clock.now().replace(microsecond=0, tzinfo=None)
        terms = NewCall(
            title="Bench",
            summary="One long song after the other.",
            timezone="UTC",
            opens_at=now,
            closes_at=now + timedelta(days=1),
            fund_id="bench-fund",
            reward_minor=1_000,
            budget_minor=1_000,
            currency="EUR",
            licence_version="1",
            categories=(Category("song", "The song", weight=1),),
            songs_per_artist=len(CASES),
        )
        call_id = calls.create_call(uow, people.MANAGER, terms)
        calls.open_call(uow, people.MANAGER, call_id)
    with house.work.write(ARTIST) as uow:
        create_user(uow, ARTIST.name, ARTIST.email, None, user_id=ARTIST.user_id)
        secret = begin_session(uow, ARTIST.user_id, Place("127.0.0.1", "the bench"), long=True).secret
    return house, call_id, secret


class _Artist:
    """Sends and reads over HTTP, as a browser would."""

    def __init__(self, url: str, secret: str) -> None:
        self._netloc = urlsplit(url).netloc
        self._always = {"Tus-Resumable": "1.0.0", "Cookie": f"{COOKIE}={secret}", "Origin": url}

    def send(self, song_id: str, part: str, path: Path) -> float:
        """One file by tus; when its last byte had gone."""
        words = {"song": song_id, "filename": path.name, "part": part}
        pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in words.items())
        length = {"Upload-Length": str(path.stat().st_size), "Upload-Metadata": pairs}
        _, headers, _ = self._exchange("POST", "/api/uploads", length)
        hashed = hashlib.sha256()
        gone, offset = time.monotonic(), 0
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                hashed.update(piece)
                more = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
                gone, receipt, _ = self._exchange("PATCH", headers["location"], more, piece)
                offset += len(piece)
        if receipt["opencall-sha256"] != hashed.hexdigest():
            raise SystemExit(f"the receipt of {path.name} is of another file")
        return gone

    def ask(self, method: str, path: str) -> bytes:
        """The body of the answer."""
        return self._exchange(method, path, {"Content-Type": "application/x-www-form-urlencoded"})[2]

    def _exchange(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> tuple[float, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self._netloc, timeout=GIVE_UP_S)
        connection.request(method, path, body, self._always | headers)
        gone = time.monotonic()
        answer = connection.getresponse()
        told = answer.read()
        connection.close()
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {answer.status} {told[:300]!r}")
        return gone, {name.lower(): value for name, value in answer.getheaders()}, told


@contextmanager
def _served(home: Path) -> Iterator[tuple[psutil.Process, str]]:
    """`opencall serve`, and where its pages are."""
    log = home / "serve.log"
    tied = (sys.executable, "-m", "opencall.app.tethered", str(os.getpid()))  # a bench that is killed leaves nobody
    command = (*tied, sys.executable, "-m", "opencall.app", "serve", "--home", str(home), "--port", "0")
    with log.open("wb") as output, psutil.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output) as one:
        while not (found := re.search(rb"http://127\.0\.0\.1:\d+", log.read_bytes())):
            if one.poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.05)
        try:
            yield one, found[0].decode()
        finally:
            one.terminate()


def _cpu_s(serving: psutil.Process) -> float:
    """Processor time of all that is served, and of the stages that have ended."""
    spent = 0.0
    for process in (serving, *serving.children(recursive=True)):
        try:
            spent += sum(process.cpu_times()[:4])  # of itself, and of the children that it has seen end
        except psutil.NoSuchProcess:
            continue
    return spent


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 240))
