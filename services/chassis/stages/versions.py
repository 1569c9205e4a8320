"""What was announced of a group earlier: kept when another state takes its place, and found again by time.

A result holds what was announced last, so only what is replaced is kept, and before it is overwritten: whatever a
look-up has answered with is in the result or among the kept versions, also after a crash at any point.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.ports import Document, Documents, Query
from chassis.stages.results import Result, history_id, result


@dataclass(frozen=True, slots=True)
class Versions:
    """The kept versions: {_id, group, version, at, message}, which held from `at` on, milliseconds since 1970, UTC.

    With `kept`, a row has `expires_at`, so long after it was replaced; otherwise rows stay for ever.
    """

    documents: Documents
    kept: timedelta | None = None

    def keep(self, items: Iterable[Result], now: datetime) -> None:
        """Keep what the results are about to replace. Doing it twice changes nothing. Raises `Unavailable`."""
        ending = {} if self.kept is None else {"expires_at": now + self.kept}
        rows = [item.replaced | ending for item in items if item.replaced is not None]
        if rows:
            self.documents.insert_new(rows)


def announced_at(document: Document, versions: Documents, at: int) -> bytes | None:
    """Return what was announced last of a result's group at that time; the time in milliseconds since 1970, UTC.

    None where that is not known: before the first announcement, or before the oldest one that is kept. The result's
    document must have been read before this is called. Raises `Unavailable`.
    """
    known = result(document)
    if known.message and known.body.announced_at <= at:
        return known.message
    query = Query(
        equals={"group": known.group}, between=("at", 0, at + 1), order_by=("at", "version"), descending=True, limit=1
    )
    for row in versions.find(query):
        after = row["version"] + 1
        # Where the one after it is gone, nobody knows until when it held.
        if after == known.body.version or versions.load([history_id(known.group, after)]):
            message: bytes = row["message"]
            return message
    return None
