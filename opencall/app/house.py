"""The house with its lights on: engine, store, vault, mail and journey of one installation, joined.

Every edge (command, worker, sweep, web) opens the house once and works through it.
"""

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from sqlalchemy import Engine

from opencall.app.journey import react
from opencall.app.migrations import migrate, require_current
from opencall.app.settings import Settings, settings_of
from opencall.kernel.clock import Clock, ShiftedClock, SystemClock
from opencall.kernel.database import make_engine
from opencall.kernel.errors import Kind, OpencallError
from opencall.kernel.ids import RandomIds
from opencall.kernel.mail import FolderSink, MailSink
from opencall.kernel.object_store import ObjectStore
from opencall.kernel.smtp import SmtpSink
from opencall.kernel.stores import store_of
from opencall.kernel.unit_of_work import Bell, Work, no_bell
from rewards.vault import Vault
from submissions.uploads import FolderUploads, Uploads


class VaultKeyMissing(OpencallError):
    """The settings name a key that is not there; another one would open nothing that this one closed."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(
            f"OPENCALL_VAULT_KEY_FILE names {path}, which is not there. Copy secrets/vault.key of the first machine's "
            "home to it."
        )


@dataclass(frozen=True)
class House:
    """One installation, opened."""

    settings: Settings
    engine: Engine
    work: Work
    store: ObjectStore
    uploads: Uploads
    vault: Vault
    mail_sink: MailSink

    def close(self) -> None:
        """Give the database connections back."""
        self.engine.dispose()


def open_house(
    home: Path | None = None,
    *,
    bell: Bell = no_bell,
    settings: Settings | None = None,
) -> House:
    """Open the installation in `home` (else `OPENCALL_HOME`). Raises `NoHome` and `NotMigrated`."""
    settings = settings or settings_of(home)
    engine = make_engine(settings.database_url)
    require_current(engine, settings.home)
    store = store_of(settings.store_url)
    return House(
        settings=settings,
        engine=engine,
        work=Work(engine, _clock(settings), RandomIds(), react, bell, settings.base_url),
        store=store,
        uploads=FolderUploads(settings.uploads, store),
        vault=Vault(_vault_key(settings)),
        mail_sink=SmtpSink(settings.smtp_url) if settings.smtp_url else FolderSink(settings.outbox),
    )


def bring_up_to_date(settings: Settings) -> None:
    """Make the home of an installation if it is new, for its owner alone, and bring its database to this version."""
    # Bank files lie in it with names and accounts; whoever else has to read masters is let in by the owner.
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = make_engine(settings.database_url)
    try:
        migrate(engine)
    finally:
        engine.dispose()


def _clock(settings: Settings) -> Clock:
    return ShiftedClock(timedelta(seconds=settings.clock_shift_s)) if settings.clock_shift_s else SystemClock()


def _vault_key(settings: Settings) -> bytes:
    """The key of all account numbers; made, readable by its owner only, when none is named and there is none yet."""
    path = settings.vault_key_file
    if not path.exists():
        if settings.vault_key is not None:
            raise VaultKeyMissing(path)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        arriving = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(Vault.new_key())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(arriving, path)  # whoever comes second takes the key of the first
        except FileExistsError:
            pass
        finally:
            arriving.unlink()
    return path.read_bytes()
