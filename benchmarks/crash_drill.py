"""Kill everything an installation consists of, again and again, while whole open calls are played; count what it cost.

    python benchmarks/crash_drill.py [--times 10] [--seed 1]

Serves new installations as `opencall serve` does and plays the demo in them, until web, worker, stage, sweep, Valkey
and the supervisor itself have each been killed with SIGKILL `--times` times while a stage was at work, a file was being
uploaded, and a page that shows what is at work stood open in a browser. A supervisor that was killed is started again;
so somebody does who runs one. A run that has lost two leases is spared: losing a third one quarantines it, as it
should. Prints one JSON document; exits with 1 if a stage was completed twice, a song did not come to its end or was
paid twice, a receipt was wrong, the open page fell behind or had to be loaded again, or a process was left over.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from drill_serving import Serving, words
from drill_upload import Uploader
from drill_watcher import Watcher
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError

from audio_pipeline.tables import progress_table, stage_run_table
from opencall.app.demo.play import Ending, Say, play
from opencall.app.demo.songs import demo_songs
from opencall.app.logs import log_to_stderr
from opencall.app.settings import Settings
from opencall.kernel.database import make_engine
from opencall.kernel.facts import fact_table

VICTIMS = ("web", "worker", "stage", "sweep", "Valkey", "supervisor")
SPARED_AFTER = 2
# How long children of a supervisor that was killed may take to notice.
LEFT_OVER_AFTER_S = 5.0


def main() -> None:
    """Drill until every victim has died often enough, print the counts, exit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10, help="how often each of the six is killed")
    parser.add_argument("--seed", type=int, default=1, help="decides when and in which order")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    log_to_stderr()

    kills = Counter[str]()
    calls = []
    while any(kills[victim] < arguments.times for victim in VICTIMS):
        with tempfile.TemporaryDirectory(prefix="drill-") as folder:
            calls.append(drill_one_call(Path(folder), kills, arguments.times, chance))
        print(f"call {len(calls)}: {calls[-1]}, killed so far: {dict(kills)}", file=sys.stderr)
    total = {key: sum(call[key] for call in calls) for key in calls[0]}
    print(json.dumps({"killed": dict(kills), "calls": len(calls), **total}, indent=1))
    bad = ("completed_twice", "paid_twice", "songs_unfinished", "receipts_wrong", "open_pages_behind", "left_over")
    sys.exit(1 if any(total[count] for count in bad) else 0)


def drill_one_call(home: Path, kills: Counter[str], times: int, chance: random.Random) -> dict[str, int]:
    """Play one open call and kill in it; returns counts."""
    uploader = Uploader(chance.randrange(1 << 30))
    watcher = Watcher()
    serving = Serving(home)
    endings: list[Ending] = []

    @contextmanager
    def runs(settings: Settings, _say: Say) -> Iterator[None]:
        with (
            serving.running(settings) as url,
            uploader.sending(settings, url),
            watcher.watching(settings, url),
        ):
            yield

    journey = threading.Thread(
        target=lambda: endings.append(play(home, demo_songs(None), lambda _line: None, runs)), name="journey"
    )
    journey.start()
    engine = make_engine(f"sqlite+pysqlite:///{home / 'opencall.db'}")
    while journey.is_alive():
        wanted = [victim for victim in VICTIMS if kills[victim] < times]
        if wanted and may_kill(home, engine):
            victim = chance.choice(wanted)
            time.sleep(chance.uniform(0.0, 2.0))
            if may_kill(home, engine) and kill_one(victim, serving.family()):
                kills[victim] += 1
                time.sleep(chance.uniform(0.5, 3.0))
        serving.family()
        time.sleep(0.1)
    time.sleep(LEFT_OVER_AFTER_S)
    counts = counted(engine)
    engine.dispose()
    ending = endings[0] if endings else None
    finished = [song for song in ending.songs if song.state in ("paid", "declined")] if ending else []
    if not ending or not ending.is_happy:
        print((home / "serve.log").read_text()[-3000:], file=sys.stderr)
    return {
        **counts,
        "songs_finished": len(finished),
        "songs_unfinished": len(demo_songs(None)) - len(finished),
        "files_received": uploader.received,
        "receipts_wrong": uploader.wrong,
        "connections_broken": uploader.broken,
        "pictures_of_the_open_page": watcher.pictures,
        "open_pages_behind": watcher.behind,
        "left_over": serving.left_over(),
    }


def counted(engine: Engine) -> dict[str, int]:
    """What the database says of stages and payments."""
    done_twice = select(progress_table.c.run_id).where(progress_table.c.state == "done")
    done_twice = done_twice.group_by(progress_table.c.run_id).having(func.count() > 1)
    with engine.connect() as connection:
        settled = [
            payload["reference"]
            for payload in connection.scalars(select(fact_table.c.payload).where(fact_table.c.name == "RewardSettled"))
        ]
        states = Counter(connection.scalars(select(stage_run_table.c.state)))
        completed_twice = len(connection.execute(done_twice).all())
    return {
        "runs_done": states.pop("done", 0),
        "runs_otherwise": sum(states.values()),
        "completed_twice": completed_twice,
        "songs_paid": len(set(settled)),
        "paid_twice": len(settled) - len(set(settled)),
    }


def may_kill(home: Path, engine: Engine) -> bool:
    """Whether a stage is at work, and none that is would be quarantined for losing its worker."""
    if not (home / "opencall.db").exists():
        return False
    try:
        with engine.connect() as connection:
            lost = connection.scalars(
                select(stage_run_table.c.lost_leases).where(stage_run_table.c.state == "running")
            ).all()
    except OperationalError:
        return False  # the tables are on their way
    return bool(lost) and max(lost) < SPARED_AFTER


def kill_one(victim: str, family: list[psutil.Process]) -> bool:
    """SIGKILL one process of that kind; False when there is none just now, or no stage is at work."""
    supervisor, children = family[:1], family[1:]
    stages = [process for process in children if "audio_pipeline.children" in words(process)]
    chosen = {
        "web": [process for process in children if "web" in words(process)],
        "worker": [process for process in children if any(stage in below(process) for stage in stages)][-1:],
        "stage": stages,
        "sweep": [process for process in children if "sweep" in words(process)],
        "Valkey": [process for process in children if "valkey-server" in " ".join(words(process))],
        "supervisor": supervisor,
    }[victim]
    if not chosen or not stages:
        return False
    try:
        chosen[0].kill()
    except psutil.NoSuchProcess:
        return False
    return True


def below(process: psutil.Process) -> list[psutil.Process]:
    """What `process` itself has started."""
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


if __name__ == "__main__":
    main()
