"""The house with its lights on: engine, store, vault, mail and journey of one installation, joined.

Every edge (command, worker, sweep, web) opens the house once and works through it.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from opencall.app.journey import react
from opencall.app.migrations import require_current
from opencall.app.settings import Settings, settings_of
from opencall.kernel.clock import Clock, SystemClock
from opencall.kernel.database import make_engine
from opencall.kernel.ids import Ids, RandomIds
from opencall.kernel.mail import FolderSink, MailSink
from opencall.kernel.object_store import FolderStore, ObjectStore
from opencall.kernel.unit_of_work import Bell, Work, no_bell


@dataclass(frozen=True)
class House:
    """One installation, opened."""

    settings: Settings
    engine: Engine
    work: Work
    store: ObjectStore
    mail_sink: MailSink

    def close(self) -> None:
        """Give the database connections back."""
        self.engine.dispose()


def open_house(
    home: Path | None = None,
    *,
    bell: Bell = no_bell,
    clock: Clock | None = None,
    ids: Ids | None = None,
) -> House:
    """Open the installation in `home` (else `OPENCALL_HOME`). Raises `NoHome` and `NotMigrated`."""
    settings = settings_of(home)
    engine = make_engine(settings.database_url)
    require_current(engine, settings.home)
    return House(
        settings=settings,
        engine=engine,
        work=Work(engine, clock or SystemClock(), ids or RandomIds(), react, bell),
        store=FolderStore(settings.objects),
        mail_sink=FolderSink(settings.outbox),
    )
