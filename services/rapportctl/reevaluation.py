"""Deciding again about many customers: which there are, in what order, and how fast."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from chassis.records import Record
from rapport.identity.v1.decisions_pb2 import Decision
from rapport.identity.v1.events_pb2 import Customer, CustomerState
from rapportctl.calls import RefusedError, UnknownError
from rapportctl.pacing import Pacer
from rapportctl.regrouping import Regrouping, regroupings

MOST_AT_ONCE = 100
"""Customers in one call, the most that identity resolution takes."""
TOO_LARGE = "CUSTOMER_TOO_LARGE"


@dataclass(slots=True)
class Tally:
    """What became of the customers so far, in the order of their ids."""

    asked: int = 0
    changed: int = 0
    not_found: int = 0
    too_large: int = 0
    decisions: list[str] = field(default_factory=list)
    last: str = ""
    """The last customer that is done: what comes after it is left."""


class Reevaluation:
    """Decides again about customers, in the order of their ids, so that whoever was interrupted can go on after one.

    `decide` is called with at most 100 customers, `per_second` customers in a second on average; what it changed is
    handed to `on_change`. Customers that are not known (any more) are counted, and so are those who with all whom their
    evidence leads to are too many to be decided at once; any other error ends it, and `tally` tells how far it came.
    """

    def __init__(
        self,
        decide: Callable[[Sequence[str]], Decision],
        per_second: float,
        on_change: Callable[[Regrouping], None],
        pacer: Callable[[float], Pacer] = Pacer,
    ) -> None:
        self._decide = decide
        self._at_once = max(1, min(MOST_AT_ONCE, int(per_second)))
        self._pacer = pacer(per_second / self._at_once)
        self._on_change = on_change
        self.tally = Tally()

    def run(self, customers: Sequence[str]) -> Iterator[int]:
        """Decide again about the customers, which are sorted; yields how many were done in each step."""
        for start in range(0, len(customers), self._at_once):
            self._pacer.step()
            batch = customers[start : start + self._at_once]
            self._step(batch)
            self.tally.asked += len(batch)
            self.tally.last = batch[-1]
            yield len(batch)

    def _step(self, batch: Sequence[str]) -> None:
        try:
            self._took(self._decide(batch))
        except UnknownError:
            self._in_parts(batch, 1)
            if len(batch) == 1:
                self.tally.not_found += 1
        except RefusedError as error:
            if error.reason != TOO_LARGE:
                raise
            self._in_parts(batch, len(batch) // 2)
            if len(batch) == 1:
                self.tally.too_large += 1

    def _in_parts(self, batch: Sequence[str], size: int) -> None:
        """One customer that cannot be decided about must not keep the others from it."""
        if len(batch) > 1:
            for start in range(0, len(batch), size):
                self._step(batch[start : start + size])

    def _took(self, decision: Decision) -> None:
        if decision.name:
            self.tally.decisions.append(decision.name)
        for regrouping in regroupings(decision):
            self.tally.changed += len(regrouping.before)
            self._on_change(regrouping)


def live_customers(records: Iterable[Record], on_unreadable: Callable[[Record], None]) -> list[str]:
    """The ids of the customers that are live by the records of the topic `customers`, sorted.

    Of one customer the higher version wins, in whatever order they stand; a tombstone ends it.
    """
    versions: dict[str, int] = {}
    live: set[str] = set()
    for record in records:
        id_ = (record.key or b"").decode(errors="replace")
        if not record.value:
            versions.pop(id_, None)
            live.discard(id_)
            continue
        try:
            customer = Customer.FromString(record.value)
        except DecodeError:
            on_unreadable(record)
            continue
        if customer.version < versions.get(id_, 0):
            continue
        versions[id_] = customer.version
        if customer.state == CustomerState.CUSTOMER_STATE_LIVE:
            live.add(id_)
        else:
            live.discard(id_)
    return sorted(live)
