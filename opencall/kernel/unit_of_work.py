"""One request, one command, one transaction: and what it sets going elsewhere commits with it.

A room says `uow.record(OfferAccepted(…))`. Immediately before the commit the queue of facts is drained through the
`react` function that the house passed in (its journey), until it is empty: what one room orders of the next happens
in the same transaction, or not at all. Bells ring after the commit; a bell that is lost costs only time, because
whatever it announces stands in the database and the sweep rings again.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import structlog
from sqlalchemy import Connection, Engine, insert

from opencall.kernel.clock import Clock
from opencall.kernel.facts import Fact, fact_table
from opencall.kernel.ids import Ids
from opencall.kernel.principal import MACHINE, Principal

log = structlog.get_logger()

# A circle of facts that order each other would never end; the longest real chain is far shorter.
MAX_FACTS_A_TRANSACTION = 10_000

# Where the pages are for whoever has no installation, and so no settings that say it.
NOWHERE = "http://localhost"

React = Callable[["UnitOfWork", Fact], None]
Bell = Callable[[str, str], None]
"""`bell(queue, identifier)`: tells whoever listens on `queue` that there is work. It may be lost."""


def no_bell(queue: str, identifier: str) -> None:
    """The bell of a house without a broker: the sweep finds the work."""


class UnitOfWork:
    """A transaction with its clock, its identifiers, its actor and the facts that it has recorded."""

    def __init__(
        self, connection: Connection, clock: Clock, ids: Ids, actor: Principal, base_url: str = NOWHERE
    ) -> None:
        self.connection = connection
        self.clock = clock
        self.ids = ids
        self.actor = actor
        self._base_url = base_url
        self._facts: deque[Fact] = deque()
        self._bells: list[tuple[str, str]] = []

    def address(self, path: str) -> str:
        """The whole address of a page of ours, as letters carry it; `path` begins with a slash."""
        return self._base_url + path

    def record(self, fact: Fact) -> None:
        """Keep `fact` and let the other rooms act on it before the commit."""
        self._facts.append(fact)
        self.connection.execute(
            insert(fact_table).values(
                name=type(fact).__name__,
                payload=msgspec.to_builtins(fact),
                actor_id=self.actor.user_id,
                recorded_at=self.clock.now(),
            )
        )

    def ring(self, queue: str, identifier: str) -> None:
        """Ring for `identifier` on `queue` once the transaction is committed."""
        self._bells.append((queue, identifier))

    def drain(self, react: React) -> None:
        """Let `react` see every fact, those that it causes included."""
        seen = 0
        while self._facts:
            seen += 1
            if seen > MAX_FACTS_A_TRANSACTION:
                raise RuntimeError(f"facts order each other in a circle; the last one is {self._facts[0]!r}")
            react(self, self._facts.popleft())

    def bells(self) -> list[tuple[str, str]]:
        """What to ring for, in order, each once."""
        return list(dict.fromkeys(self._bells))


class Work:
    """Opens units of work. Made once a process, by the edge that owns engine, clock, journey and bell."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        ids: Ids,
        react: React,
        bell: Bell = no_bell,
        base_url: str = NOWHERE,
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.ids = ids
        self._react = react
        self._bell = bell
        self._base_url = base_url

    @contextmanager
    def write(self, actor: Principal = MACHINE) -> Iterator[UnitOfWork]:
        """A unit of work that commits when the block ends, and leaves no trace when it raises."""
        with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            uow = UnitOfWork(connection, self.clock, self.ids, actor, self._base_url)
            yield uow
            uow.drain(self._react)
        for queue, identifier in uow.bells():
            try:
                self._bell(queue, identifier)
            except Exception as lost:  # noqa: BLE001 - whatever the broker does, the work is safe in the database
                log.warning("bell_lost", queue=queue, identifier=identifier, reason=str(lost))

    @contextmanager
    def read(self, actor: Principal = MACHINE) -> Iterator[UnitOfWork]:
        """A unit of work that only reads; whatever it wrote is rolled back."""
        with self.engine.connect() as connection:
            yield UnitOfWork(connection, self.clock, self.ids, actor, self._base_url)
