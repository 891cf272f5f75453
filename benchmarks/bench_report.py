"""How long an artist waits for the listening report on a song of four minutes with twelve stereo stems.

Run from the project's root: `python -m benchmarks.bench_report [SECONDS OF MUSIC]`. A new installation is served as
`opencall serve` does, the files go in by tus as a browser sends them, and the clock runs from the last byte of the last
file until the page shows the report. One song is exact; the other has a stem that is late and a bus that compresses,
which asks for a search of every stem.

The other figure is the processor time of everything that was served in between, on two cores: on a busy machine the
clock says more of the others. Ends with 1 where that is above 30 seconds, or a report says something else than it
should.
"""

import hashlib
import logging
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psutil

from audio_pipeline.production import progress_after
from benchmarks.drill_people import drafts_of
from benchmarks.drill_serving import Serving
from benchmarks.long_song import Bus, pressed, write_song
from benchmarks.tus_sender import SENT_AT_ONCE, Manner, Sender
from opencall.app.demo import people
from opencall.app.house import House, bring_up_to_date, open_house
from opencall.app.settings import settings_of

MOST_S = 30.0
CORES = 2
MANNER = Manner(tells_whole=False)
LOOK_EVERY_S = 0.2
GIVE_UP_S = 600.0
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Case:
    """A song as it is sent, by whom, and the answer that its report has to give."""

    artist: str
    name: str
    bus: Bus
    late: dict[str, int]
    answer: str


CASES = (
    Case("Nadia Faraway", "exact", lambda mix, at: mix, {}, "Yes, exactly"),
    Case(
        "Tom Latecomer",
        "a stem late, the bus compresses",
        pressed(after_s=10),
        {"04 Bass.wav": 1200},
        "worked on as a whole",
    ),
)


def main(seconds: int) -> int:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    slow = False
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        home = Path(folder) / "home"
        settings = settings_of(home, {})
        bring_up_to_date(settings)
        drafts = drafts_of(settings, [people.contributor(case.artist) for case in CASES])
        house = open_house(settings=settings)
        serving = Serving(home)
        with serving.running(settings) as url:
            for case, (song_id, secret) in zip(CASES, drafts, strict=True):
                files = Path(folder) / case.name
                write_song(files, seconds, case.bus, case.late)
                slow = _report_on(case, files, house, song_id, Sender(url, secret), serving) or slow
        house.close()
    return 1 if slow else 0


def _report_on(case: Case, files: Path, house: House, song_id: str, artist: Sender, serving: Serving) -> bool:
    sent = [("stem", path) for path in sorted((files / "stems").iterdir())] + [("mix", files / "mix.wav")]
    began = time.monotonic()
    for part, path in sent:
        last_byte = _send(artist, song_id, part, path)
    size = sum(path.stat().st_size for _, path in sent)
    receipt = time.monotonic()
    cpu = _cpu_s(serving)

    _ask(artist, "POST", f"/submissions/{song_id}/report")
    asked = time.monotonic()
    page = ""
    while "What we found" not in page:
        if time.monotonic() - asked > GIVE_UP_S:
            raise SystemExit(f"no report within {GIVE_UP_S:g} s")
        time.sleep(LOOK_EVERY_S)
        page = _ask(artist, "GET", f"/submissions/{song_id}/report")
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


class _OnDisk:
    """The bytes of a file, and when the last of those that were asked for had gone."""

    def __init__(self, path: Path) -> None:
        self.length = path.stat().st_size
        self.gone = 0.0
        self._path = path

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            file.seek(start)
            for at in range(start, end, SENT_AT_ONCE):
                yield file.read(min(SENT_AT_ONCE, end - at))
        self.gone = time.monotonic()

    def sha256(self, start: int = 0, end: int | None = None) -> "hashlib._Hash":
        digest = hashlib.sha256()
        for piece in self.pieces(start, self.length if end is None else end):
            digest.update(piece)
        return digest


def _send(artist: Sender, song_id: str, part: str, path: Path) -> float:
    """One file by tus; when its last byte had gone."""
    file = _OnDisk(path)
    upload = artist.announce(file.length, {"song": song_id, "filename": path.name, "part": part})
    receipt = artist.send(upload, file, MANNER)
    gone = file.gone
    if receipt["opencall-sha256"] != file.sha256().hexdigest():
        raise SystemExit(f"the receipt of {path.name} is of another file")
    return gone


def _ask(artist: Sender, method: str, path: str) -> str:
    answer = artist.ask(method, path, FORM)
    if not 200 <= answer.status < 400:
        raise SystemExit(f"{method} {path}: {answer.status} {answer.text[:300]}")
    return answer.text


def _cpu_s(serving: Serving) -> float:
    """Processor time of all that is served, and of the stages that have ended."""
    spent = 0.0
    for process in serving.family():
        try:
            spent += sum(process.cpu_times()[:4])  # of itself, and of the children that it has seen end
        except psutil.NoSuchProcess:
            continue
    return spent


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 240))
