"""Changes that were told: listing those of a customer, and following them as they are told."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chassis.clock import milliseconds
from chassis.ports import Clock, Document, Documents, Query
from chassis.rpc.awaited import Places
from chassis.rpc.errors import invalid
from chassis.rpc.pages import page_position, page_token
from chassis.rpc.requests import page_size, parse_name
from chassis.stages.lookup import find
from rapport.tier.v1 import tier_pb2 as pb
from wire.answering import not_found

CUSTOMER = "customers/{customer}"
PAGE, PAGE_MOST = 50, 500
END = 2**62
OVERLAP_MS = 60_000
"""A change that is computed earlier may be stored later, by another worker: so far back is looked each time."""

REMEMBERED = 50_000
"""Changes within the overlap that are known to be sent; with more, some are sent twice, which subscribers drop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """How changes are looked for: every so many seconds, so many at once; not more than `at_once` calls follow."""

    pause_seconds: float = 0.5
    rows: int = 500
    at_once: int = 4
    sleep: Callable[[float], None] = time.sleep


class ToldChanges:
    """Reads the collection of changes. For any number of threads."""

    def __init__(self, changes: Documents, tiers: Documents, clock: Clock, watching: Watching | None = None) -> None:
        self._changes = changes
        self._tiers = tiers
        self._clock = clock
        self._watching = watching or Watching()
        self._places = Places(
            self._watching.at_once, "calls follow changes already; follow rapport.tier-changes instead"
        )

    def list_history(self, request: pb.ListTierHistoryRequest) -> pb.ListTierHistoryResponse:
        """A page of what was told of a customer, newest first."""
        customer = self._customer(request.parent)
        size = page_size(request.page_size, PAGE, PAGE_MOST)
        before = int((page_position(request.page_token, request) or [END])[0])
        query = Query(
            equals={"group": customer}, between=("sequence", 1, before), order_by=("sequence",), descending=True,
            limit=size + 1,
        )  # fmt: skip
        found = self._changes.find(query)
        page = found[:size]
        return pb.ListTierHistoryResponse(
            changes=[pb.TierChange.FromString(row["message"]) for row in page],
            next_page_token=page_token([int(page[-1]["sequence"])], request) if len(found) > size else "",
        )

    def watch(
        self, request: pb.WatchTierChangesRequest, is_active: Callable[[], bool]
    ) -> Iterator[pb.WatchTierChangesResponse]:
        """Changes as they are told, for as long as the caller is there: `is_active` tells.

        The caller takes one before the next is looked at, so nothing piles up here. Raises `RpcError`:
        INVALID_ARGUMENT, NOT_FOUND, and RESOURCE_EXHAUSTED where too many follow.
        """
        rows = self._of_customer(request, is_active) if request.parent else self._of_all(request, is_active)
        with self._places.one():
            for row, token in rows:
                change = pb.TierChange.FromString(row["message"])
                if _is_wanted(change, request):
                    yield pb.WatchTierChangesResponse(change=change, resume_token=token)

    def _of_customer(
        self, request: pb.WatchTierChangesRequest, is_active: Callable[[], bool]
    ) -> Iterator[tuple[Document, str]]:
        if request.resume_token:
            raise invalid("resume_token", "empty where a parent is given; after_sequence says where to go on")
        customer = self._customer(request.parent)
        after = request.after_sequence
        while is_active():
            between = ("sequence", after + 1, END)
            query = Query(
                equals={"group": customer}, between=between, order_by=("sequence",), limit=self._watching.rows
            )
            found = self._changes.find(query)
            for row in found:
                after = row["sequence"]
                yield row, ""
            self._rest(found)

    def _of_all(
        self, request: pb.WatchTierChangesRequest, is_active: Callable[[], bool]
    ) -> Iterator[tuple[Document, str]]:
        if request.after_sequence:
            raise invalid("after_sequence", "0 without a parent; resume_token says where to go on")
        bound = pb.WatchTierChangesRequest()
        position = page_position(request.resume_token, bound)
        start = int(position[0]) - OVERLAP_MS if position else milliseconds(self._clock.now())
        sent: OrderedDict[str, int] = OrderedDict()
        while is_active():
            query = Query(between=("at", start, END), order_by=("at", "_id"), limit=self._watching.rows + len(sent))
            found = [row for row in self._changes.find(query) if row["_id"] not in sent]
            for row in found:
                sent[row["_id"]] = row["at"]
                yield row, page_token([int(row["at"])], bound)
            start = max([start, *(row["at"] - OVERLAP_MS for row in found)])
            while sent and (len(sent) > REMEMBERED or next(iter(sent.values())) < start):
                sent.popitem(last=False)
            self._rest(found)

    def _customer(self, parent: str) -> str:
        (customer,) = parse_name(CUSTOMER, parent, "parent")
        found = find(self._tiers, [customer]).get(customer)
        if found is None:
            raise not_found()
        return customer

    def _rest(self, found: list[Document]) -> None:
        if len(found) < self._watching.rows:
            self._watching.sleep(self._watching.pause_seconds)


def _is_wanted(change: pb.TierChange, request: pb.WatchTierChangesRequest) -> bool:
    if request.tiers and not {change.tier, change.previous_tier} & set(request.tiers):
        return False
    return not request.programmes or change.receipt.programme in request.programmes
