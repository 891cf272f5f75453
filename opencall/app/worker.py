"""A worker: Dramatiq's consumer and worker threads inside a process that we supervise ourselves."""

import logging
import os
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Final

from audio_pipeline.pipeline import Pipeline, Queue
from audio_pipeline.stages import PIPELINE

# Long enough for an actor to notice that it should stop (a second), kill its child and give its run back.
SHUTDOWN_MS: Final = 4_000
# How often an idle thread looks whether it should stop. A bell wakes it at once.
LOOK_MS: Final = 1_000

# A consumer whose broker went away looks for it again after this.
RECONNECT_MS: Final = 500


def run_worker(
    home: Path | None,
    queues: Collection[Queue],
    threads: int,
    stop: threading.Event,
    pipeline: Pipeline = PIPELINE,
) -> None:
    """Work on `queues` with as many runs at a time as `threads`, until `stop` is set; then give back what is begun."""
    # Read by Dramatiq when it is imported. A message is only fetched for a thread that can work on it at once; what is
    # at work counts, so that one fetched message a queue would mean one run at a time.
    os.environ.update(dramatiq_queue_prefetch=str(threads), dramatiq_restart_delay=str(RECONNECT_MS))
    import dramatiq

    from audio_pipeline import runs
    from audio_pipeline.actors import register
    from opencall.app.beats import Heart
    from opencall.app.broker import bell_of, make_broker
    from opencall.app.house import open_house
    from opencall.app.runtime_folder import made_runtime_folder
    from opencall.app.settings import settings_of

    for queue in queues:  # a consumer whose broker is away says so twice a second; the supervisor says it once
        for name in (queue, dramatiq.common.dq_name(queue)):
            logging.getLogger(f"dramatiq.worker.ConsumerThread({name})").setLevel(logging.CRITICAL + 1)

    broker = make_broker(settings_of(home))
    house = open_house(home, bell=bell_of(broker))
    scratch = made_runtime_folder(house.settings.home) / "scratch"
    with house.work.write() as uow:
        runs.forget_bells(uow)  # those that a worker before us had heard and did not live to answer
    register(broker, house.work, house.settings.objects, scratch, stop, pipeline)
    broker.delay_queues.clear()  # nothing is ever sent for later, and half of all polls would look whether it was
    worker = dramatiq.Worker(
        broker, queues={str(queue) for queue in queues}, worker_threads=threads, worker_timeout=LOOK_MS
    )
    worker.start()
    heart = Heart(broker, "worker", sorted(queues))
    while not stop.wait(heart.rests_s()):
        heart.beat()
    worker.stop(timeout=SHUTDOWN_MS)
    heart.stop()
    house.close()
