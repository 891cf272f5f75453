"""How fast one large file comes in, against the same `curl` sending it to a server that only writes it to the disk.

Run from the project's root: `python -m benchmarks.bench_uploads [MEGABYTES] [ROUNDS]`. Ours is `opencall web`: it
checks the sender, reserves the room, counts what arrived, hashes it, and makes it a file of a song; the peer writes
what comes and syncs it. Both on the same disk, in turn; what counts is the ratio. Needs curl.
"""

import hashlib
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from benchmarks.drill_people import drafts_of
from benchmarks.tus_sender import PIECE_TYPE, Content, Sender
from opencall.app.demo import people
from opencall.app.house import bring_up_to_date, open_house
from opencall.app.settings import settings_of
from opencall.kernel.object_store import FolderStore
from opencall.kernel.web.guards import COOKIE
from submissions.files import remove_file

MB = 1_000_000
LEAST = 0.7
CURL = shutil.which("curl") or "curl"
ARTIST = people.contributor("Nadia Faraway")


class Plain(BaseHTTPRequestHandler):
    """Writes a body to the disk, and says so when it is there."""

    protocol_version = "HTTP/1.1"
    target: Path

    def do_PUT(self) -> None:
        left = int(self.headers["Content-Length"])
        with self.target.open("wb", buffering=0) as file:
            while left and (piece := self.rfile.read1(min(left, 1 << 20))):
                file.write(piece)
                left -= len(piece)
            os.fsync(file.fileno())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        pass


def main(megabytes: int, rounds: int) -> int:
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        source = Path(folder) / "song.wav"
        content = Content(1, megabytes * MB)
        with source.open("wb") as file:
            file.writelines(content.pieces(0, content.length))
        sha256 = content.sha256().hexdigest()
        home = Path(folder) / "home"
        settings = settings_of(home, {})
        bring_up_to_date(settings)
        (song_id, secret), *_ = drafts_of(settings, [ARTIST])
        house = open_house(settings=settings)
        assert isinstance(house.store, FolderStore)
        ours, plain, hashed = [], [], []
        with opencall_web(home) as url, plain_server(Path(folder) / "plain") as plain_url:
            sender = Sender(url, secret)
            for number in range(rounds + 1):
                path = sender.announce(content.length, {"song": song_id, "filename": f"{number}.wav"})
                headers = (
                    ("Cookie", f"{COOKIE}={secret}"),
                    ("Origin", url),
                    ("Tus-Resumable", "1.0.0"),
                    ("Upload-Offset", "0"),
                    ("Content-Type", PIECE_TYPE),
                )
                seconds, answer = curl(source, f"{url}{path}", "PATCH", *headers)
                assert f"opencall-sha256: {sha256}" in answer, answer
                plain_s, _ = curl(source, plain_url, "PUT")
                began = time.perf_counter()
                with source.open("rb") as file:
                    hashlib.file_digest(file, "sha256")
                hash_s = time.perf_counter() - began
                found = re.search(r"opencall-file: (\w+)", answer)
                assert found is not None
                with house.work.write(ARTIST) as uow:
                    remove_file(uow, ARTIST, song_id, found[1])
                house.store.path_of(sha256).unlink()
                if number:  # the first one warms up
                    ours.append(seconds)
                    plain.append(plain_s)
                    hashed.append(hash_s)
        house.close()
    ratio = statistics.median(peer / own for own, peer in zip(ours, plain, strict=True))
    for name, times in (("opencall web", ours), ("plain PUT", plain), ("SHA-256 alone", hashed)):
        speeds = sorted(megabytes / each for each in times)
        print(f"{name:14} {statistics.median(speeds):8.0f} MB/s  ({speeds[0]:.0f} to {speeds[-1]:.0f})")
    print(f"{ratio:.0%} of the plain server's speed, median of {rounds} in turn; at least {LEAST:.0%} is wanted")
    return 0 if ratio >= LEAST else 1


def curl(source: Path, url: str, method: str, *headers: tuple[str, str]) -> tuple[float, str]:
    """Send the file; how many seconds that took, and the head of the answer."""
    told = [word for name, value in headers for word in ("-H", f"{name}: {value}")]
    sent = subprocess.run(
        [CURL, "-sS", "--fail-with-body", "-X", method, "-T", source, *told, "-D", "-", "-w", "\n%{time_total}", url],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    answer, _, seconds = sent.rpartition("\n")
    return float(seconds), answer


@contextmanager
def opencall_web(home: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "opencall.app", "web", "--home", str(home), "--port", str(port)]
    process = subprocess.Popen(command)
    try:
        url = f"http://127.0.0.1:{port}"
        sender = Sender(url, "", again_s=0.1)
        while sender.ask("GET", "/sign-in").status != 200:
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


@contextmanager
def plain_server(target: Path) -> Iterator[str]:
    """In a process of its own, as ours is."""
    command = [sys.executable, "-m", "benchmarks.bench_uploads", "--plain", str(target)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def serve_plain(target: Path) -> None:
    handler = type("ToTarget", (Plain,), {"target": target})
    server = HTTPServer(("127.0.0.1", 0), handler)
    print(f"http://127.0.0.1:{server.server_port}/song.wav", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--plain"]:
        serve_plain(Path(sys.argv[2]))
    numbers = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*(numbers + [500, 5][len(numbers) :])))
