"""What other rooms call the things that a page shows by identifier only.

A room knows identifiers of people, songs and calls, never their names; the house lends it these three questions.
Each is one query, whatever the number of identifiers; unknown ones are left out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from litestar.di import NamedDependency

from opencall.kernel.unit_of_work import UnitOfWork

NamesOf: TypeAlias = Callable[[UnitOfWork, Iterable[str]], dict[str, str]]


@dataclass(frozen=True)
class Labels:
    """Names of people, titles of songs, titles of calls, by identifier."""

    people: NamesOf
    songs: NamesOf
    calls: NamesOf


LabelsHere: TypeAlias = NamedDependency[Labels]
