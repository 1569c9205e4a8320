"""People's decisions about customers: reading them off their topic, and having them carried out.

A decision is an event on its customer's anchor account, under the request id of the call that made it. So an account
has one writer, a split knows whose the decision is, and a call that is repeated does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chassis import cloudevents
from chassis.ports import Clock, Publisher
from chassis.positions import position
from chassis.records import Message, Record
from chassis.rpc.awaited import Places, Waiting, append
from chassis.stages.fold import Entry
from rapport.interactions.v1.decision_pb2 import Decision
from wire.reading import parsed, require_key

TOPIC = "decisions"
"""Without the prefix."""

E = TypeVar("E")
T = TypeVar("T")


def decision_reader(epoch: int, take: Callable[[Decision, Record], E | None]) -> Callable[[Record], Entry[E] | None]:
    """Return what decodes records of the topic by `take`, which returns None for decisions of no use to the service.

    The epoch is the deployment's.
    """

    def read(record: Record) -> Entry[E] | None:
        message = parsed(Decision, record)
        taken = take(message, record)
        if taken is None:
            return None
        require_key(record, message.account_key)
        place = position(epoch, record.offset)
        return Entry(
            message.account_key, f"{TOPIC}-{record.partition}", place, taken, message.decided_at.ToMilliseconds()
        )

    return read


class DecisionLog:
    """The topic of decisions as those see it who decide. For any number of threads.

    `topic` is its full name, and `source` the service as CloudEvents name it.
    """

    def __init__(
        self, topic: str, source: str, publisher: Publisher, clock: Clock, waiting: Waiting | None = None
    ) -> None:
        self._topic = topic
        self._source = source
        self._publisher = publisher
        self._clock = clock
        self._waiting = waiting or Waiting()
        self._places = Places(
            self._waiting.at_once, "decisions wait for their outcomes already; repeat the call in a moment"
        )

    def append(self, decision: Decision) -> None:
        """Put the decision on the topic, under its account's key. Raises `RpcError` UNAVAILABLE if that fails."""
        headers = cloudevents.headers(Decision.DESCRIPTOR.full_name, self._source, decision.event_id, self._clock.now())
        value = decision.SerializeToString(deterministic=True)
        append(
            self._publisher,
            Message(self._topic, decision.account_key.encode(), value, headers),
            "the topic did not take the decision in time; the call may be repeated with the same request_id",
        )

    def outcome(self, look: Callable[[], T | None]) -> T:
        """Return what `look` finds, once it does.

        Raises `RpcError`: DEADLINE_EXCEEDED (OUTCOME_PENDING) where that is not in time, RESOURCE_EXHAUSTED where too
        many wait already.
        """
        with self._places.one():
            return self._waiting.until_known(self._waiting.end(), look)
