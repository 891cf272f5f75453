"""Kill workers, stages, sweep and Valkey again and again while whole open calls are played; count what it cost.

    python benchmarks/crash_drill.py [--times 10] [--seed 1]

Plays the demo in new installations until each of the four has been killed with SIGKILL `--times` times while a stage
was at work. A run that has lost two leases is spared: losing a third one quarantines it, as it should. Prints one JSON
document; exits with 1 if a stage was completed twice, a song did not come to its end, or a process was left over.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import OperationalError

from audio_pipeline.tables import progress_table, stage_run_table
from opencall.kernel.database import make_engine

VICTIMS = ("worker", "stage", "sweep", "Valkey")
SPARED_AFTER = 2
END_S = 1200


def main() -> None:
    """Drill until every victim has died often enough, print the counts, exit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10, help="how often each of the four is killed")
    parser.add_argument("--seed", type=int, default=1, help="decides when and in which order")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)

    kills = Counter[str]()
    calls = []
    while any(kills[victim] < arguments.times for victim in VICTIMS):
        with tempfile.TemporaryDirectory(prefix="drill-") as folder:
            calls.append(drill_one_call(Path(folder), kills, arguments.times, chance))
        print(f"call {len(calls)}: {calls[-1]}, killed so far: {dict(kills)}", file=sys.stderr)
    total = {key: sum(call[key] for call in calls) for key in calls[0]}
    print(json.dumps({"killed": dict(kills), "calls": len(calls), **total}, indent=1))
    sys.exit(1 if total["completed_twice"] or total["songs_unfinished"] or total["left_over"] else 0)


def drill_one_call(home: Path, kills: Counter[str], times: int, chance: random.Random) -> dict[str, int]:
    """Play one demo and kill in it; returns counts."""
    command = [sys.executable, "-m", "opencall.app", "demo", "--home", str(home), "--no-serve", "--json"]
    answer = home / "answer.json"
    with answer.open("wb") as out, (home / "log").open("wb") as log:
        demo = psutil.Popen(command, stdout=out, stderr=log, stdin=subprocess.DEVNULL)
    engine = make_engine(f"sqlite+pysqlite:///{home / 'opencall.db'}")
    seen: set[psutil.Process] = set()
    deadline = time.monotonic() + END_S
    while demo.poll() is None:
        if time.monotonic() > deadline:
            demo.kill()
        seen.update(family(demo))
        wanted = [victim for victim in VICTIMS if kills[victim] < times]
        if wanted and may_kill(engine):
            victim = chance.choice(wanted)
            time.sleep(chance.uniform(0.0, 2.0))
            if may_kill(engine) and kill_one(victim, family(demo)):
                kills[victim] += 1
                time.sleep(chance.uniform(0.5, 3.0))
        time.sleep(0.1)
    time.sleep(2)
    with engine.connect() as connection:
        twice = select(progress_table.c.run_id).where(progress_table.c.state == "done")
        twice = twice.group_by(progress_table.c.run_id).having(func.count() > 1)
        completed_twice = len(connection.execute(twice).all())
        states = Counter(connection.scalars(select(stage_run_table.c.state)))
    engine.dispose()
    songs = json.loads(answer.read_bytes() or b'{"songs": []}').get("songs", [])
    finished = [song for song in songs if song["state"] in ("paid", "declined")]
    if len(finished) < 3 or demo.returncode:
        print((home / "log").read_text()[-3000:], file=sys.stderr)
    return {
        "runs_done": states.pop("done", 0),
        "runs_otherwise": sum(states.values()),
        "completed_twice": completed_twice,
        "songs_finished": len(finished),
        "songs_unfinished": 3 - len(finished),
        "left_over": sum(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in seen),
    }


def may_kill(engine: Engine) -> bool:
    """Whether a stage is at work, and none that is would be quarantined for losing its worker."""
    if not Path(engine.url.database or "").exists():
        return False
    try:
        with engine.connect() as connection:
            lost = connection.scalars(
                select(stage_run_table.c.lost_leases).where(stage_run_table.c.state == "running")
            ).all()
    except OperationalError:
        return False  # the tables are on their way
    return bool(lost) and max(lost) < SPARED_AFTER


def kill_one(victim: str, processes: list[psutil.Process]) -> bool:
    """SIGKILL one process of that kind; False when there is none just now."""
    stages = [process for process in processes if "audio_pipeline.children" in words(process)]
    chosen = {
        "stage": stages,
        "worker": [process for process in processes if any(stage in children(process) for stage in stages)][-1:],
        "sweep": [process for process in processes if "sweep" in words(process)],
        "Valkey": [process for process in processes if "valkey-server" in " ".join(words(process))],
    }[victim]
    if not chosen or not stages:
        return False
    try:
        chosen[0].kill()
    except psutil.NoSuchProcess:
        return False
    return True


def family(process: psutil.Process) -> list[psutil.Process]:
    """Everything below `process`, itself not included."""
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def children(process: psutil.Process) -> list[psutil.Process]:
    """What `process` itself has started."""
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def words(process: psutil.Process) -> list[str]:
    """The command line, empty when the process is gone."""
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


if __name__ == "__main__":
    main()
