"""An installation that lives inside the test: pages over real HTTP, stages in their own processes, a clock to move.

What a supervisor would run in processes runs here in threads, so that a test can let two weeks pass between two acts.
Killing processes is tested elsewhere.
"""

import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvicorn

from audio_pipeline.actors import StageWorker
from audio_pipeline.stages import PIPELINE
from opencall.app.asgi import create_app
from opencall.app.house import House, bring_up_to_date, open_house
from opencall.app.settings import settings_of
from opencall.app.sweep import HOOKS
from opencall.kernel.mail import send_due_mail
from opencall.kernel.unit_of_work import Work


class MovingClock:
    """The machine's clock, moved on whenever a test says so."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, by: timedelta) -> None:
        self._ahead += by


class Living:
    """The installation: where its pages are, its house, its clock, and whether its worker takes up new stages."""

    def __init__(self, url: str, house: House, clock: MovingClock, at_work: threading.Event) -> None:
        self.url = url
        self.house = house
        self.clock = clock
        self.at_work = at_work


@contextmanager
def living(home: Path) -> Iterator[Living]:
    """Bring an installation to life in `home`; all of it has ended when the block ends."""
    clock, bells = MovingClock(), queue.Queue[str | None]()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        settings = settings_of(home, {"OPENCALL_BASE_URL": url})
        bring_up_to_date(settings)
        house = open_house(settings=settings)
        work = Work(house.engine, clock, house.work.ids, house.work._react, lambda _queue, run: bells.put(run), url)
        house = replace(house, work=work)
        app = create_app(house)
        config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="on", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        stop, at_work = threading.Event(), threading.Event()
        at_work.set()
        threads = (
            threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="pages"),
            threading.Thread(target=_work, args=(house, bells, stop, at_work), name="worker"),
            threading.Thread(target=_sweep, args=(house, stop), name="sweep"),
        )
        for thread in threads:
            thread.start()
        try:
            yield Living(url, house, clock, at_work)
        finally:
            stop.set()
            at_work.set()
            bells.put(None)
            with suppress(AttributeError):  # the pages never came up
                app.state.stopping.set()
            server.should_exit = True
            for thread in threads:
                thread.join(30)
            house.close()


def _work(house: House, bells: "queue.Queue[str | None]", stop: threading.Event, at_work: threading.Event) -> None:
    scratch = house.settings.home / "scratch"
    worker = StageWorker(house.work, house.settings.store_url, scratch, "test", stop, PIPELINE)
    while (run_id := bells.get()) is not None:
        at_work.wait()
        worker.perform(run_id)


def _sweep(house: House, stop: threading.Event) -> None:
    while not stop.wait(0.3):
        for hook in HOOKS:
            with house.work.write() as uow:
                hook.act(uow)
        send_due_mail(house.work, house.mail_sink, house.settings.mail_sender)
