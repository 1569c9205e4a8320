"""Records as they were: what was answered at a time, under the identity that held then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chassis.ports import Documents
from chassis.stages.lookup import MOST_HOPS
from chassis.stages.versions import announced_at


@dataclass(frozen=True, slots=True)
class Recorded:
    """What answered for an id at a time: the customer that had its accounts then, and that customer's record."""

    customer: str
    message: bytes


class EarlierRecords:
    """Reads records and their kept versions. For any number of threads.

    `merged_into` tells of a record's message which customer has its accounts, or an empty string.
    """

    def __init__(self, records: Documents, versions: Documents, merged_into: Callable[[bytes], str]) -> None:
        self._records = records
        self._versions = versions
        self._merged_into = merged_into

    def at(self, customer: str, time: int) -> Recorded | None:
        """Return what a look-up of the id was answered with at that time: milliseconds since 1970, UTC.

        A merge that held then is followed, whatever became of it. None where nothing is recorded of that time. Raises
        `Unavailable`.
        """
        for _ in range(MOST_HOPS):
            message = self.own(customer, time)
            if message is None:
                return None
            survivor = self._merged_into(message)
            if not survivor:
                return Recorded(customer, message)
            customer = survivor
        return None

    def own(self, customer: str, time: int) -> bytes | None:
        """Return what was recorded of that very customer; of one that was merged away then, that it was."""
        document = self._records.load([customer]).get(customer)
        return None if document is None else announced_at(document, self._versions, time)
