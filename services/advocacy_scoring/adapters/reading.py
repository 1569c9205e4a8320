"""Loading a customer as it is stored, for answers that are computed when they are asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from advocacy_scoring.adapters import codec
from advocacy_scoring.domain.persona import Persona
from chassis.clock import milliseconds
from chassis.ports import Clock, Document, Documents
from chassis.rpc.errors import invalid
from chassis.rpc.requests import parse_name
from chassis.stages.lookup import find
from chassis.stages.results import result
from wire.answering import not_computed, not_found

_LATEST_SECONDS = 253_402_300_800


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer with its accounts' personas. `asked` differs from `id_` where that was merged away."""

    id_: str
    asked: str
    personas: dict[str, Persona]


class Customers:
    """Loads customers; safe for threads."""

    def __init__(self, scores: Documents, personas: Documents) -> None:
        self._scores = scores
        self._personas = personas

    def named(self, pattern: str, name: str, field: str = "name") -> Customer:
        """The customer of a resource name, or who has its accounts now.

        Raises `RpcError` INVALID_ARGUMENT or NOT_FOUND, and `Unavailable`.
        """
        asked = parse_name(pattern, name, field)[0]
        found = find(self._scores, [asked]).get(asked)
        if found is None:
            raise not_found()
        if found.document is None:
            raise not_computed()
        return Customer(found.group, asked, self._load(found.members()))

    def stored(self, documents: Collection[Document]) -> Iterator[Customer]:
        """The live customers of these documents of scores."""
        live = {each["_id"]: result(each).body.members for each in documents if "merged_into" not in each}
        everybody = self._load({member for members in live.values() for member in members})
        for id_, members in live.items():
            yield Customer(id_, id_, {each: everybody[each] for each in members if each in everybody})

    def _load(self, accounts: Collection[str]) -> dict[str, Persona]:
        states = codec.personas()
        return {account: states.state(each) for account, each in self._personas.load(accounts).items()}


def asked_day(clock: Clock, asked: Timestamp | None) -> int:
    """The UTC day that a request asks about, or today. Raises `RpcError` INVALID_ARGUMENT for one before 1970."""
    if asked is None:
        return milliseconds(clock.now()) // 86_400_000
    if not 0 <= asked.seconds < _LATEST_SECONDS:
        raise invalid("as_of_time", "in the years 1970 to 9999")
    return asked.seconds // 86_400


def at(stamp: Timestamp, moment: datetime | None) -> None:
    """Set the timestamp where there is a time."""
    if moment is not None:
        stamp.FromDatetime(moment)
