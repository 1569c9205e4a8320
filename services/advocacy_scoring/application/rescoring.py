"""When rules change, every customer is computed anew, a share at a time, beside the reconcile."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from advocacy_scoring.application.ports import RulesInForce
from chassis.partitions import slots_of
from chassis.ports import Documents, Handler, Publisher, Query
from chassis.records import Message, Record, TopicPartition

_SLOTS_AT_ONCE = 8
_NO_LIMIT = 1_000_000


class Rescoring:
    """The reconcile, which touches what was scored by other rules. Implements the chassis' `Handler`.

    After an assignment of partitions, and whenever the version of the rules changes, the owned customers are looked
    through once.
    """

    def __init__(
        self,
        reconcile: Handler,
        *,
        rules: RulesInForce,
        results: Documents,
        publisher: Publisher,
        touched: str,
        partitions: int,
    ) -> None:
        self._reconcile = reconcile
        self._rules = rules
        self._results = results
        self._publisher = publisher
        self._touched = touched
        self._partitions = partitions
        self._mine: list[int] = []
        self._left: list[int] = []
        self._looked_for = ""

    @property
    def topics(self) -> Sequence[str]:
        """Those of the reconcile."""
        return self._reconcile.topics

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        """Tell the reconcile; look through the customers anew."""
        owned = sorted(place.partition for place in partitions if place.topic == self._touched)
        self._mine = [slot for partition in owned for slot in slots_of(partition, self._partitions)]
        self._looked_for = ""
        self._reconcile.assigned(partitions)

    def handle(self, records: Sequence[Record]) -> None:
        """Reconcile by the rules that hold."""
        self._rules.refresh()
        self._reconcile.handle(records)

    def reset(self) -> None:
        """Tell the reconcile."""
        self._reconcile.reset()

    def idle(self) -> None:
        """Touch some of those that were scored by other rules."""
        self._rules.refresh()
        self._reconcile.idle()
        version = self._rules.now()[1]
        if version != self._looked_for:
            self._looked_for, self._left = version, list(self._mine)
        slots = self._left[-_SLOTS_AT_ONCE:]
        if not slots:
            return
        found = self._results.find(Query(is_in={"slot": slots}, limit=_NO_LIMIT))
        stale = [each["_id"] for each in found if "index" in each and each["index"].get("rules") != version]
        self._publisher.publish(Message(self._touched, customer.encode(), b"") for customer in sorted(stale))
        del self._left[-len(slots) :]
