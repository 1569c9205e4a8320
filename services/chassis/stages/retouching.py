"""When rules change, every group is computed anew, a share at a time, beside the reconcile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any

from chassis.partitions import slots_of
from chassis.ports import Clock, Documents, Handler, Publisher
from chassis.records import Message, Record, TopicPartition
from chassis.rules_in_force import InForce
from chassis.stages.looking_through import Looks, stale
from chassis.stages.progress import Progress

_FIELD = "index.rules"
_SLOTS_AT_ONCE = 8
_ENOUGH = 1_000
_NO_LIMIT = 1_000_000


class Retouching:
    """The reconcile, which touches what was computed by other rules. Implements the chassis' `Handler`.

    After an assignment of partitions, and whenever the version of the rules changes, the owned groups are looked
    through: those whose `index.rules` is another version are touched, and looked for again until none is left. With
    `is_ready`, which is asked for a version, not before what they are computed from is computed anew: it would be in
    vain.
    """

    def __init__(
        self,
        reconcile: Handler,
        *,
        rules: InForce[Any],
        results: Documents,
        publisher: Publisher,
        touched: str,
        partitions: int,
        clock: Clock,
        progress: Progress | None = None,
        is_ready: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._reconcile = reconcile
        self._rules = rules
        self._results = results
        self._publisher = publisher
        self._touched = touched
        self._partitions = partitions
        self._looks = Looks(clock, progress)
        self._is_ready = is_ready
        self._ready_for: str | None = None

    @property
    def topics(self) -> Sequence[str]:
        """Those of the reconcile."""
        return self._reconcile.topics

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        """Tell the reconcile; look through the groups anew."""
        owned = sorted(place.partition for place in partitions if place.topic == self._touched)
        self._looks.own([slot for partition in owned for slot in slots_of(partition, self._partitions)])
        self._reconcile.assigned(partitions)

    def handle(self, records: Sequence[Record]) -> None:
        """Reconcile by the rules that hold."""
        self._rules.refresh()
        self._reconcile.handle(records)

    def reset(self) -> None:
        """Tell the reconcile; look through the groups anew."""
        self._looks.restart()
        self._reconcile.reset()

    def idle(self) -> None:
        """Touch some of those that were computed by other rules."""
        self._rules.refresh()
        self._reconcile.idle()
        version = self._rules.version
        self._looks.look_for(version)
        if version != self._ready_for:
            if not self._is_ready(version):
                return
            self._ready_for = version
        touched = 0
        while touched < _ENOUGH and (slots := self._looks.next(self._results, _FIELD, version, _SLOTS_AT_ONCE)):
            found = stale(self._results, slots, _FIELD, version, _NO_LIMIT)
            groups = sorted(document["_id"] for document in found)
            self._publisher.publish(Message(self._touched, group.encode(), b"") for group in groups)
            counts = Counter(document["slot"] for document in found)
            self._looks.wait(counts)
            self._looks.clean([slot for slot in slots if slot not in counts])
            touched += len(groups)
