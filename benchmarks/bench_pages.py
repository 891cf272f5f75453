"""How long pages take in a house with few songs and with a thousand, and how many questions they ask of the database.

Run from the project's root: `python -m benchmarks.bench_pages [SONGS]`. Times are those of the server, in this process,
without a network; the questions must not grow with the songs. Sizes are before and after packing.
"""

import gzip
import logging
import statistics
import sys
import tempfile
import time
from pathlib import Path

from litestar.testing import TestClient
from sqlalchemy import event

from benchmarks.crowd import crowd
from opencall.app.asgi import create_app
from opencall.app.identity.sessions import Place, begin_session
from opencall.app.web import keep_for_good
from opencall.kernel.principal import Role
from opencall.kernel.web.guards import COOKIE

FEW = 10
VISITS = 20
MOST_MS = 100
GZIP_LEVEL = 5


def main(many: int) -> int:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    measured = {number: _visit(number) for number in (FEW, many)}
    print(f"{'page':44} {'questions':>16} {'p95 ms':>16} {'kB':>8} {'packed':>8}")
    wrong = 0
    for name, (few_asked, few_ms, *_sizes) in measured[FEW].items():
        asked, ms, size, packed = measured[many][name]
        grows, slow = asked > few_asked, ms > MOST_MS
        wrong += grows + slow
        words = ("  asks more the more songs there are" if grows else "") + ("  too slow" if slow else "")
        sizes = f"{size / 1000:>8.1f} {packed / 1000:>8.1f}"
        print(f"{name:44} {few_asked:>7} → {asked:<6} {few_ms:>7.1f} → {ms:<6.1f} {sizes}{words}")
    return 1 if wrong else 0


def _visit(number: int) -> dict[str, tuple[int, float, int, int]]:
    with tempfile.TemporaryDirectory() as folder:
        house, people, call_id = crowd(Path(folder) / "home", number)
        asked = 0

        def count(*_arguments: object) -> None:
            nonlocal asked
            asked += 1

        event.listen(house.engine, "before_cursor_execute", count)
        found = {}
        with TestClient(create_app(house)) as client:
            keep_for_good()
            for name, role, path in _pages(call_id):
                client.cookies.clear()
                if role is not None:
                    with house.work.write() as uow:
                        client.cookies.set(COOKIE, begin_session(uow, people[role].user_id, Place("", "")).secret)
                times = []
                for _ in range(VISITS):
                    asked, began = 0, time.perf_counter()
                    answer = client.get(path, follow_redirects=True)
                    times.append(1000 * (time.perf_counter() - began))
                    if answer.status_code != 200:
                        raise SystemExit(f"{path} answered {answer.status_code}")
                found[f"{name} {path.replace(call_id, '…')}"] = (
                    asked,
                    statistics.quantiles(times, n=20)[-1],
                    len(answer.content),
                    len(gzip.compress(answer.content, GZIP_LEVEL)),
                )
        house.close()
        return found


def _pages(call_id: str) -> tuple[tuple[str, Role | None, str], ...]:
    return (
        ("public", None, "/"),
        ("public", None, "/calls"),
        ("public", None, f"/calls/{call_id}"),
        ("public", None, "/fund"),
        ("public", None, "/feed.xml"),
        ("artist", Role.ARTIST, "/submissions"),
        ("artist", Role.ARTIST, "/payments"),
        ("artist", Role.ARTIST, "/account"),
        ("curator", Role.CURATOR, "/desk"),
        ("curator", Role.CURATOR, f"/desk/{call_id}"),
        ("manager", Role.MANAGER, "/manage"),
        ("manager", Role.MANAGER, f"/manage/{call_id}"),
        ("manager", Role.MANAGER, f"/manage/{call_id}/selection"),
        ("manager", Role.MANAGER, "/people"),
        ("manager", Role.MANAGER, "/runs"),
        ("engineer", Role.ENGINEER, "/studio"),
        ("finance", Role.FINANCE, "/money"),
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
