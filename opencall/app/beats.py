"""Signs of life: every worker and sweep says now and then that it is there, and what it is there for.

They are kept by the broker, which forgets them as it should, and cost no write to a disk. Times are the broker's own,
so that no two machines have to agree on theirs.
"""

import importlib.metadata
import secrets
import time
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from dramatiq.brokers.redis import RedisBroker

from opencall.app.broker import BROKER_AWAY

EVERY_S: Final = 5.0
# A process that nobody heard for so long is not there any more, whatever became of it.
FORGOTTEN_S: Final = 20.0
# One that could not say so tries again sooner.
AGAIN_S: Final = 1.0


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """A process that was there `age_s` seconds ago; `id` tells it from others, and says nothing about its machine."""

    kind: str
    id: str
    queues: tuple[str, ...]
    version: str
    age_s: float = 0.0


class Heart:
    """The beating one: `beat` as often as you like, it is said every few seconds."""

    def __init__(self, broker: RedisBroker, kind: str, queues: Iterable[str] = ()) -> None:
        self._broker = broker
        self._key = _key(broker)
        self._said = msgspec.json.encode(
            Beat(
                kind=kind,
                id=secrets.token_hex(4),
                queues=tuple(map(str, queues)),
                version=importlib.metadata.version("opencall"),
            )
        )
        self._next = 0.0

    def rests_s(self) -> float:
        """How long until the next beat."""
        return max(0.0, self._next - time.monotonic())

    def beat(self) -> None:
        """Say that this process is there, if it is time again; quiet while the broker is away."""
        if self.rests_s() > 0:
            return
        client = self._broker.client
        try:
            now = _now(self._broker)
            client.zadd(self._key, {self._said: now})
            client.zremrangebyscore(self._key, "-inf", now - FORGOTTEN_S)
        except BROKER_AWAY:
            self._next = time.monotonic() + AGAIN_S
        else:
            self._next = time.monotonic() + EVERY_S

    def stop(self) -> None:
        """Say goodbye; nobody waits for this process then."""
        try:
            self._broker.client.zrem(self._key, self._said)
        except BROKER_AWAY:
            return


def heard(broker: RedisBroker) -> tuple[Beat, ...] | None:
    """Who was there lately, by kind and queues; None while the broker cannot be reached."""
    try:
        now = _now(broker)
        found: Any = broker.client.zrangebyscore(_key(broker), now - FORGOTTEN_S, "+inf", withscores=True)
    except BROKER_AWAY:
        return None
    beats = [
        msgspec.structs.replace(msgspec.json.decode(said, type=Beat), age_s=round(max(0.0, now - at), 1))
        for said, at in found
    ]
    return tuple(sorted(beats, key=lambda beat: (beat.kind, beat.queues, beat.id)))


def _key(broker: RedisBroker) -> str:
    return f"{broker.namespace}:beats"


def _now(broker: RedisBroker) -> float:
    told: Any = broker.client.time()
    seconds, microseconds = told
    return float(seconds) + float(microseconds) / 1e6
