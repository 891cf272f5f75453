"""Send many files at once over a line that cuts, delays, repeats and reorders, while the server is killed and its disk
runs full, some from two tabs; count what became of them.

    python benchmarks/drill_uploads_in_chaos.py [--uploads 200] [--largest-mb 200] [--seed 1] [--disk-mb 2000]

Serves a new installation as `opencall serve` does, on a disk of its own (a tmpfs in a mount namespace, which needs no
rights where user namespaces are allowed), and lets artists send files of 1 MB up to `--largest-mb` through a proxy.
Meanwhile the web is killed with SIGKILL every few seconds, something else fills the disk to the last byte for a while,
and every artist tries to reach the uploads and files of the others. Each file is compared with what was sent, byte for
byte by its hash, in the store itself, and deleted. At the end the sweep of eight days later collects what was
abandoned. Prints one JSON document; exits with 1 if a file was accepted that is not what was sent, or was truncated, or
did not arrive, if anybody reached what is another's, or if anything was left on the disk.
"""

import argparse
import hashlib
import itertools
import json
import math
import os
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from queue import Empty, SimpleQueue

import psutil
from chaos_proxy import ChaosProxy
from drill_people import drafts_of
from drill_serving import Serving, words
from tus_sender import PIECE_TYPE, Answer, Content, Manner, OutOfPatience, Refused, Sender, checksum, pairs

from opencall.app.demo import people
from opencall.app.house import House, bring_up_to_date, open_house
from opencall.app.logs import log_to_stderr
from opencall.app.settings import CLOCK_SHIFT, settings_of
from opencall.app.sweep import Sweep
from opencall.kernel.object_store import FolderStore
from submissions.files import UPLOADS_KEPT, remove_file
from submissions.queries import song_page

MB = 1_000_000
ARTISTS = tuple(people.contributor(f"{name} Faraway") for name in ("Ada", "Bela", "Cleo", "Dora", "Egon", "Fay"))
# As a browser sends, as a script does that knows nothing of hashes, and as one that checks each piece.
MANNERS = (
    Manner(),
    Manner(piece_bytes=0, tells_whole=False),
    Manner(piece_bytes=4 << 20, checks_pieces=True, tells_whole=False),
    Manner(piece_bytes=1 << 20, tells_whole=False),
)
TWO_TABS_IN = 0.15
ABANDONED_IN = 0.08
MISBEHAVES_IN = 0.25
PATIENCE_S = 240.0
KILLED_EVERY_S = (6.0, 18.0)
FULL_EVERY_S, FULL_FOR_S = (8.0, 20.0), (1.0, 4.0)
BAD = (
    "accepted_wrong",
    "truncated_accepted",
    "given_up",
    "reached_by_others",
    "damaged_pieces_counted",
    "bytes_left_reserved",
    "partial_files_left",
    "processes_left",
)


@dataclass
class Counts:
    """What became of everything."""

    of: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, number: int = 1) -> None:
        with self.lock:
            self.of[name] += number


@dataclass(frozen=True)
class Job:
    """One file to send."""

    number: int
    length: int
    manner: Manner
    two_tabs: bool
    abandoned: bool
    misbehaves: bool


@dataclass(frozen=True)
class Artist:
    """Somebody with a song, and two browsers: one behind the proxy, one to look with."""

    song_id: str
    secret: str


class Drill:
    """What the threads of one drill share."""

    def __init__(self, house: House, artists: list[Artist], jobs: list[Job], url: str) -> None:
        self.counts = Counts()
        self._house, self._artists, self._url = house, artists, url
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        for job in jobs:
            self._jobs.put(job)
        self._under_way: dict[str, int] = {}

    def sends(self, artist_number: int) -> None:
        """One artist sends one file after the other, until there are none."""
        while True:
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return
            try:
                self._send(artist_number, job)
            except (Refused, OutOfPatience) as why:
                print(f"upload {job.number}: {why}", file=sys.stderr)
                self.counts.add("given_up")

    def intrudes(self, stop: threading.Event) -> None:
        """Every artist tries to reach what the others send."""
        for number in itertools.cycle(range(len(self._artists))):
            if stop.wait(0.25):
                return
            sender = Sender(self._url, self._artists[number].secret)
            for path, owner in list(self._under_way.items()):
                if owner != number:
                    self._try_to_reach(sender, path, self._artists[owner].song_id)

    def _send(self, artist_number: int, job: Job) -> None:
        artist = self._artists[artist_number]
        sender = Sender(self._url, artist.secret, PATIENCE_S)
        content = Content((job.number << 32) | secrets.randbits(32), job.length)
        name = f"take {job.number}.wav"
        announced = {"song": artist.song_id, "filename": name, "part": "stem", "key": secrets.token_hex(16)}
        path = sender.announce(job.length, announced)
        self._under_way[path] = artist_number
        try:
            if job.abandoned:
                sender.send_piece(path, content, 0, Manner(piece_bytes=max(1, job.length // 3), tells_whole=False))
                self.counts.add("abandoned")
                return
            if job.misbehaves:
                self._misbehave(sender, path, content)
            receipt = self._from_tabs(artist, path, content, job)
            sent = content.sha256().hexdigest()
            if receipt["opencall-sha256"] != sent:
                self.counts.add("accepted_wrong")
            self._compare_stored(artist_number, receipt["opencall-file"], content, sent)
            self.counts.add("connections_broken", sender.broken)
        finally:
            del self._under_way[path]

    def _from_tabs(self, artist: Artist, path: str, content: Content, job: Job) -> dict[str, str]:
        """The receipt of one upload that is sent from one tab, or from two at once."""
        tabs = [Sender(self._url, artist.secret, PATIENCE_S, 0.2) for _ in range(1 + job.two_tabs)]
        receipts: list[dict[str, str]] = []
        failures: list[Exception] = []

        def send(tab: Sender) -> None:
            try:
                receipts.append(tab.send(path, content, job.manner))
            except (Refused, OutOfPatience) as why:
                failures.append(why)

        threads = [threading.Thread(target=send, args=(tab,)) for tab in tabs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        if len({receipt["opencall-file"] for receipt in receipts}) != 1:
            self.counts.add("accepted_wrong")
        self.counts.add("from_two_tabs", int(job.two_tabs))
        self.counts.add("connections_broken", sum(tab.broken for tab in tabs))
        return receipts[0]

    def _misbehave(self, sender: Sender, path: str, content: Content) -> None:
        """A piece that was damaged on its way, and one that goes beyond the end: neither moves the offset."""
        half = min(content.length // 2, 4 * MB)
        damaged = {"Upload-Checksum": checksum(content.sha256(0, half).digest())}
        beyond = itertools.chain(content.pieces(0, content.length), [b"one byte too many"])
        tries: list[tuple[str, dict[str, str], Iterable[bytes], int, int]] = [
            ("damaged", damaged, iter([b"\0" * half]), half, 460),
            ("too_long", {}, beyond, content.length + 17, 413),
        ]
        for kind, headers, body, length, status in tries:
            sent = {"Upload-Offset": "0", "Content-Type": PIECE_TYPE} | headers
            answer = sender.ask("PATCH", path, sent, body, length)
            if answer.status == status:
                self.counts.add(f"{kind}_pieces_refused")
            elif answer.status not in (0, 408, 409, 423, 500, 502, 507):
                self.counts.add("damaged_pieces_counted")
            # When the server is killed while one that is too long arrives, what came of it counts, and is right.
            if kind == "damaged" and self._settled(sender, path).offset != 0:
                self.counts.add("damaged_pieces_counted")

    def _settled(self, sender: Sender, path: str) -> Answer:
        return Answer(200, sender.insist("HEAD", path, {}))

    def _compare_stored(self, artist_number: int, file_id: str, content: Content, sent_sha256: str) -> None:
        """Look into the store itself for what was accepted, and delete it there and from the song."""
        store = self._house.store
        assert isinstance(store, FolderStore)
        song_id, person = self._artists[artist_number].song_id, ARTISTS[artist_number]

        def look() -> None:
            with self._house.work.read(person) as uow:
                file = next(file for file in song_page(uow, person, song_id).files if file.id == file_id)
            stored = store.path_of(file.sha256)
            length = stored.stat().st_size
            if file.bytes != content.length or length != content.length:
                self.counts.add("truncated_accepted")
            if file.sha256 != sent_sha256 or _sha256_of(stored) != sent_sha256:
                self.counts.add("accepted_wrong")
            else:
                self.counts.add("accepted_right")
                self.counts.add("megabytes_accepted", length // MB)
            self._look_as_others(artist_number, file.sha256, file.safe_name)
            stored.unlink()

        look()

        def remove() -> None:
            with self._house.work.write(person) as uow:
                remove_file(uow, person, song_id, file_id)

        insist(remove)

    def _look_as_others(self, owner: int, sha256: str, safe_name: str) -> None:
        """Whether an arrived file can be had by somebody else."""
        other = Sender(self._url, self._artists[(owner + 1) % len(self._artists)].secret)
        song_id = self._artists[owner].song_id
        for path in (f"/sound/{song_id}/uploads/{safe_name}", f"/api/submissions/{song_id}", f"/submissions/{song_id}"):
            self._refuses(other.ask("GET", path), path)
        # The hash of a file is no way to it: somebody who knows it has to send the bytes all the same.
        words = {"song": self._artists[(owner + 1) % len(self._artists)].song_id, "filename": f"{sha256[:8]}.wav"}
        answer = other.ask(
            "POST", "/api/uploads", {"Upload-Length": "5", "Upload-Metadata": pairs(words | {"sha256": sha256})}
        )
        if answer.status == 201:
            sent = {"Upload-Offset": "0", "Content-Type": PIECE_TYPE}
            answer = other.ask("PATCH", answer.headers["location"], sent, b"12345", 5)
            if answer.is_receipt:
                self.counts.add("reached_by_others")

    def _try_to_reach(self, sender: Sender, path: str, song_id: str) -> None:
        sent = {"Upload-Offset": "0", "Content-Type": PIECE_TYPE}
        self._refuses(sender.ask("HEAD", path), path)
        self._refuses(sender.ask("GET", path), path)
        self._refuses(sender.ask("PATCH", path, sent, b"mine", 4), path)
        self._refuses(sender.ask("DELETE", path), path)
        words = pairs({"song": song_id, "filename": "mine.wav"})
        self._refuses(sender.ask("POST", "/api/uploads", {"Upload-Length": "4", "Upload-Metadata": words}), song_id)

    def _refuses(self, answer: Answer, what: str) -> None:
        """Nobody answered, something broke, or it is refused as not found; everything else is a way in."""
        if answer.status == 404:
            self.counts.add("refused_to_others")
        elif answer.status not in (0, 500, 502, 503):
            print(f"reached by another: {what} {answer}", file=sys.stderr)
            self.counts.add("reached_by_others")


def main() -> None:
    """Drill, print the counts, exit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--uploads", type=int, default=200)
    parser.add_argument("--largest-mb", type=float, default=200.0)
    parser.add_argument("--seed", type=int, default=1, help="decides sizes, manners, kills, and what the line does")
    parser.add_argument(
        "--disk-mb", type=int, default=2000, help="of the installation; more than its artists send at once"
    )
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.home is None:
        sys.exit(on_a_disk_of_its_own(arguments.disk_mb))
    log_to_stderr()
    total = drill(arguments.home, jobs_of(arguments.uploads, arguments.largest_mb, arguments.seed), arguments.seed)
    print(json.dumps(total, indent=1))
    sys.exit(1 if any(total[name] for name in BAD) else 0)


def on_a_disk_of_its_own(disk_mb: int) -> int:
    """Run this script again where a small disk is mounted that only it and its children see; its exit code."""
    with tempfile.TemporaryDirectory(prefix="drill-") as folder:
        script = (
            'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 1 && home="$1" && shift 1 && exec "$@" --home "$home/home"'
        )
        again = (sys.executable, *sys.argv)
        unshared = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh")
        return subprocess.run((*unshared, f"{disk_mb}m", folder, *again), check=False).returncode


def jobs_of(number: int, largest_mb: float, seed: int) -> list[Job]:
    """So many files, of sizes that are spread evenly on a logarithmic scale."""
    chance = random.Random(seed)
    return [
        Job(
            number=n,
            length=int(MB * math.exp(chance.uniform(0.0, math.log(largest_mb)))) + chance.randrange(1000),
            manner=chance.choice(MANNERS),
            two_tabs=chance.random() < TWO_TABS_IN,
            abandoned=False,
            misbehaves=chance.random() < MISBEHAVES_IN,
        )
        for n in range(number)
    ] + [
        Job(number + n, MB, MANNERS[0], two_tabs=False, abandoned=True, misbehaves=False)
        for n in range(int(number * ABANDONED_IN))
    ]


def drill(home: Path, jobs: list[Job], seed: int) -> dict[str, int | float]:
    """Send everything, and collect what is left; returns counts."""
    settings = settings_of(home, {})
    bring_up_to_date(settings)
    artists = [Artist(*draft) for draft in drafts_of(settings, ARTISTS)]
    house = open_house(settings=settings)
    before = used(home)
    serving = Serving(home)
    began = time.monotonic()
    with serving.running(settings) as url, ChaosProxy(int(url.rpartition(":")[2]), seed).running() as proxy:
        run = Drill(house, artists, jobs, proxy.url)
        over = threading.Event()
        troubles: list[Callable[[], None]] = [
            lambda: run.intrudes(over),
            lambda: kill_webs(serving, random.Random(seed + 1), run.counts, over),
            lambda: fill_disk(home, random.Random(seed + 2), run.counts, over),
        ]
        with at_work(troubles, over), at_work([lambda n=n: run.sends(n) for n in range(len(artists))]):
            pass
        took_s = time.monotonic() - began
    house.close()
    counts = run.counts.of
    counts["bytes_reserved_before_collecting"] = folder_bytes(settings.uploads)
    collect_a_week_later(home)
    left = [path for folder in (settings.uploads, home / "objects" / "incoming") for path in folder.iterdir()]
    return {
        **{name: counts[name] for name in sorted({*counts, *BAD})},
        "partial_files_left": len(left),
        "bytes_left_reserved": folder_bytes(settings.uploads),
        "processes_left": serving.left_over(),
        "megabytes_more_on_the_disk": round((used(home) - before) / MB, 1),
        "seconds": round(took_s, 1),
        "line": dict(proxy.done),
    }


@contextmanager
def at_work(works: list[Callable[[], None]], over: threading.Event | None = None) -> Iterator[None]:
    """A thread for each while the block runs; `over` is set at its end, for those that do not end by themselves."""
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        if over is not None:
            over.set()
        for thread in threads:
            thread.join()


def kill_webs(serving: Serving, chance: random.Random, counts: Counts, over: threading.Event) -> None:
    """SIGKILL the web, again and again."""
    while not over.wait(chance.uniform(*KILLED_EVERY_S)):
        for process in serving.family():
            if "web" in words(process) and "--fd" in words(process):
                try:
                    process.kill()
                except psutil.NoSuchProcess:
                    continue
                counts.add("webs_killed")


def fill_disk(home: Path, chance: random.Random, counts: Counts, over: threading.Event) -> None:
    """Leave no byte free for a while, as somebody else on the disk may, again and again."""
    filler = home / "somebody else's"
    while not over.wait(chance.uniform(*FULL_EVERY_S)):
        with filler.open("wb", buffering=0) as file:
            try:
                os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(home).free)
                while True:
                    file.seek(0, os.SEEK_END)
                    file.write(b"\0" * 4096)
            except OSError:
                counts.add("disk_was_full")
            over.wait(chance.uniform(*FULL_FOR_S))
        filler.unlink()


def collect_a_week_later(home: Path) -> None:
    """What the sweep does when everything abandoned has had its time."""
    later = settings_of(home, {CLOCK_SHIFT: str((UPLOADS_KEPT + timedelta(days=1)).total_seconds())})
    house = open_house(settings=later)
    Sweep(house).once()
    house.close()


def insist(act: Callable[[], None], for_s: float = 60.0) -> None:
    """Do it, however often the disk is too full for it."""
    give_up = time.monotonic() + for_s
    while True:
        try:
            return act()
        except Exception:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.5)


def used(home: Path) -> int:
    return shutil.disk_usage(home).used


def folder_bytes(folder: Path) -> int:
    return sum(512 * path.stat().st_blocks for path in folder.iterdir())


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main()
