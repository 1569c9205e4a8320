"""Traces as documents beside the personas, written once, and gone when nothing looks at them any more."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from advocacy_scoring.domain.decay import day_of
from advocacy_scoring.domain.persona import Trace
from advocacy_scoring.domain.referrals import PURCHASE, REFERRAL, RETURN
from chassis.ports import Document, Documents, Query

PAGE = 200
"""Traces of an account in memory at a time."""

_log = logging.getLogger(__name__)

TRADED = frozenset({REFERRAL, PURCHASE, RETURN})
KEPT = timedelta(days=400)
"""After the deed; the longest window and the longest time for a referral together are shorter."""
MOST_TRACES = 100_000
"""In one look, which takes about ten seconds. Of more the store chooses, and the log says so."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Trace).decode


def document(trace: Trace) -> Document:
    """The trace as a document. `other`, where the trace names somebody else, is for when that one is erased."""
    made: Document = {
        "_id": _row_id(trace.account, trace.event_id),
        "what": "traded" if trace.what in TRADED else "spoken",
        "day": day_of(trace.at_ms),
        "expires_at": datetime.fromtimestamp(trace.at_ms // 1000, UTC) + KEPT,
        "body": _encode(trace),
    }
    if trace.other:
        made["other"] = trace.other
    return made


def _row_id(account: str, event_id: str) -> str:
    """The account key without blanks, a blank, the event id: so no two pairs of them have the same."""
    return f"{account.replace('%', '%25').replace(' ', '%20')} {event_id}"


def trace(document: Document) -> Trace:
    """The trace that a document holds."""
    return _decode(document["body"])


def of_account(documents: Documents, account: str) -> Iterator[Document]:
    """The traces of an account, a page at a time. Raises `Unavailable`."""
    low, high = _row_id(account, ""), _row_id(account, "\U0010ffff")
    while True:
        page = documents.find(Query(between=("_id", low, high), order_by=("_id",), limit=PAGE))
        yield from page
        if len(page) < PAGE:
            return
        low = f"{page[-1]['_id']}\0"


def between(documents: Documents, what: str, first_day: int, last_day: int) -> list[Trace]:
    """The traces of that sort from the first UTC day to the last, both included. Raises `Unavailable`."""
    query = Query(equals={"what": what}, between=("day", first_day, last_day + 1), limit=MOST_TRACES)
    found = documents.find(query)
    if len(found) == MOST_TRACES:
        _log.warning("more traces than a sweep looks at: what is beyond is not compared", extra={"most": MOST_TRACES})
    return [_decode(each["body"]) for each in found]
