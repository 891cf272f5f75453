"""Where an installation lives and what it is connected to.

One machine needs no settings: everything is in one folder. Many machines need only settings: `OPENCALL_DATABASE_URL`,
`OPENCALL_BROKER_URL`, `OPENCALL_STORE_URL`, and the same key of the vault.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from opencall.kernel.errors import OpencallError
from opencall.kernel.stores import with_cache

# Lets an installation live in another time; only rehearsals want that.
CLOCK_SHIFT = "OPENCALL_CLOCK_SHIFT_S"
# The From line until somebody names a better one: an address that cannot be answered.
NOBODY = "Opencall <no-reply@opencall.invalid>"
BASE_URL = "OPENCALL_BASE_URL"
LOCAL_PROXY = "127.0.0.1"
LOCAL_URL = "http://127.0.0.1:8360"
DEMO_HOME = Path(".opencall-demo")


class NoHome(OpencallError):
    """A command that works on an installation was not told which."""

    def __init__(self) -> None:
        super().__init__("Say where the installation is: --home DIR, or OPENCALL_HOME in the environment.")


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that differs between two installations of the same version."""

    home: Path
    database_url: str
    # A bucket's URL says where its copies go on this machine, so that it is all a child has to be told.
    store_url: str
    broker_url: str | None = None
    smtp_url: str | None = None
    # Many machines have one key among them; where this names it, none is made.
    vault_key: Path | None = None
    mail_sender: str = NOBODY
    clock_shift_s: float = 0.0
    # Where people reach the pages; letters carry it.
    base_url: str = LOCAL_URL
    # Who is believed when it says for whom it speaks: addresses and networks, with commas between them.
    proxies: str = LOCAL_PROXY

    @property
    def for_children(self) -> dict[str, str]:
        """What a child process must be told in its environment to live in the same installation and time."""
        return {CLOCK_SHIFT: str(self.clock_shift_s), BASE_URL: self.base_url}

    @property
    def uploads(self) -> Path:
        """Where files arrive before they are whole."""
        return self.home / "uploads"

    @property
    def masters(self) -> Path:
        """The deliverables, one folder a song."""
        return self.home / "masters"

    @property
    def bank(self) -> Path:
        """Payment files and the bank's answers."""
        return self.home / "bank"

    @property
    def outbox(self) -> Path:
        """The folder where letters land while no mail server is set."""
        return self.home / "outbox"

    @property
    def outbox_shown(self) -> Path | None:
        """The folder to name to somebody who waits for a letter; None where letters are really sent."""
        return None if self.smtp_url else self.outbox

    @property
    def vault_key_file(self) -> Path:
        """The key that account numbers are encrypted with. Back it up apart from the database."""
        return self.vault_key or self.home / "secrets" / "vault.key"


def settings_of(home: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings for `home`, else for `OPENCALL_HOME`. Raises `NoHome`."""
    if home is None:
        named = environment.get("OPENCALL_HOME")
        if not named:
            raise NoHome
        home = Path(named)
    home = home.resolve()
    return Settings(
        home=home,
        database_url=environment.get("OPENCALL_DATABASE_URL") or f"sqlite+pysqlite:///{home / 'opencall.db'}",
        store_url=with_cache(environment.get("OPENCALL_STORE_URL") or (home / "objects").as_uri(), home / "cache"),
        vault_key=Path(named) if (named := environment.get("OPENCALL_VAULT_KEY_FILE")) else None,
        smtp_url=environment.get("OPENCALL_SMTP_URL") or None,
        broker_url=environment.get("OPENCALL_BROKER_URL") or None,
        clock_shift_s=float(environment.get(CLOCK_SHIFT) or 0),
        base_url=(environment.get(BASE_URL) or LOCAL_URL).rstrip("/"),
        proxies=environment.get("OPENCALL_PROXIES") or LOCAL_PROXY,
        mail_sender=environment.get("OPENCALL_MAIL_SENDER") or NOBODY,
    )
