"""The doorbell: Dramatiq over Redis or Valkey, reached by URL or by the socket in the installation's folder."""

import time
from collections.abc import Iterable
from typing import Any, Final

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from redis.backoff import NoBackoff
from redis.retry import Retry

from audio_pipeline.actors import actor_name
from opencall.app.runtime_folder import socket_path
from opencall.app.settings import Settings
from opencall.kernel.unit_of_work import Bell

# A message whose worker fell silent is delivered again after this long. The database rings earlier, after the lease of
# ten seconds; this only keeps the broker's own memory tidy, and must be longer than any pause of a busy machine.
HEARTBEAT_TIMEOUT_MS: Final = 25_000
# How many commands out of a million look for silent workers: with several polls a second, every second or so.
MAINTENANCE_CHANCE: Final = 100_000

CONNECT_TIMEOUT_S: Final = 2.0

# How long an idle consumer listens before it looks whether it should stop. A bell is heard at once.
LISTEN_S: Final = 1
# How long one waits that may fetch no more, because its threads are all at work.
FULL_S: Final = 0.2

# What a command that needs the broker raises while it cannot be reached.
BROKER_AWAY: Final = (redis.RedisError, OSError)


class AttentiveBroker(RedisBroker):
    """Dramatiq's own, whose idle consumers wait at the bell instead of looking again and again.

    Dramatiq asks an empty queue several times a second, for each queue of each worker: most of what an installation
    did while nobody used it.
    """

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> dramatiq.Consumer:
        """A consumer of `queue_name`. `timeout` (ms) is Dramatiq's idle wait, which ours takes the place of."""
        fetching = super().consume(queue_name, prefetch, timeout=1)
        return _AttentiveConsumer(self, f"{self.namespace}:{queue_name}", prefetch, fetching)


class _AttentiveConsumer(dramatiq.Consumer):
    def __init__(self, broker: RedisBroker, key: str, prefetch: int, fetching: Any) -> None:
        self._broker = broker
        self._key = key
        self._prefetch = prefetch
        self._fetching = fetching

    def ack(self, message: dramatiq.MessageProxy) -> None:
        self._fetching.ack(message)

    def nack(self, message: dramatiq.MessageProxy) -> None:
        self._fetching.nack(message)

    def requeue(self, messages: Iterable[dramatiq.MessageProxy]) -> None:
        self._fetching.requeue(messages)

    def __next__(self) -> dramatiq.MessageProxy | None:
        message: dramatiq.MessageProxy | None = next(self._fetching)
        if message is None:
            self._wait()
        return message

    def _wait(self) -> None:
        if self._fetching.outstanding_message_count >= self._prefetch:
            time.sleep(FULL_S)
            return
        try:
            # From a list's head to the same list's head: it returns once there is something, and moves nothing.
            self._broker.client.blmove(self._key, self._key, LISTEN_S, "LEFT", "LEFT")
        except redis.ConnectionError as lost:
            raise dramatiq.ConnectionClosed(lost) from None  # type: ignore[no-untyped-call] # the library's own way


def make_broker(settings: Settings) -> AttentiveBroker:
    """A broker without middleware; it connects when it is first used, and every failed command fails at once."""
    url = settings.broker_url or f"unix://{socket_path(settings.home)}"
    client = redis.Redis.from_url(
        url, socket_connect_timeout=CONNECT_TIMEOUT_S, socket_timeout=10.0, retry=Retry(NoBackoff(), 0)
    )
    return AttentiveBroker(  # type: ignore[no-untyped-call] # the library annotates its base class only
        client=client,
        middleware=[],
        namespace="opencall",
        heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
        maintenance_chance=MAINTENANCE_CHANCE,
    )


def bell_of(broker: dramatiq.Broker) -> Bell:
    """Ring by sending the identifier of a run to the actor of its queue. Raises when the broker cannot be reached."""

    def ring(queue: str, identifier: str) -> None:
        broker.enqueue(
            dramatiq.Message(queue_name=queue, actor_name=actor_name(queue), args=(identifier,), kwargs={}, options={})
        )

    return ring


def life_of(broker: RedisBroker) -> str | None:
    """Names the broker's present life: another one means that it started anew and has forgotten every bell.

    None while it cannot be reached.
    """
    try:
        found = broker.client.info("server")
    except BROKER_AWAY:
        return None
    return str(found["run_id"])
