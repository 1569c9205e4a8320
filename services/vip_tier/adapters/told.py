"""Changes that were told: listing those of a customer, and following them as they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chassis.ports import Clock, Document, Documents, Query
from chassis.rpc.errors import invalid
from chassis.rpc.following import END, Following, Watching
from chassis.rpc.pages import page_position, page_token
from chassis.rpc.requests import page_size, parse_name
from chassis.stages.lookup import find
from rapport.tier.v1 import tier_pb2 as pb
from wire.answering import not_found

CUSTOMER = "customers/{customer}"
PAGE, PAGE_MOST = 50, 500


class ToldChanges:
    """Reads the collection of changes. For any number of threads."""

    def __init__(self, changes: Documents, tiers: Documents, clock: Clock, watching: Watching | None = None) -> None:
        self._changes = changes
        self._tiers = tiers
        self._following = Following(
            changes, clock, watching or Watching(), "calls follow changes already; follow rapport.tier-changes instead"
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
        with self._following.place():
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
        for row in self._following.of_group(customer, request.after_sequence, is_active):
            yield row, ""

    def _of_all(
        self, request: pb.WatchTierChangesRequest, is_active: Callable[[], bool]
    ) -> Iterator[tuple[Document, str]]:
        if request.after_sequence:
            raise invalid("after_sequence", "0 without a parent; resume_token says where to go on")
        bound = pb.WatchTierChangesRequest()
        position = page_position(request.resume_token, bound, field="resume_token")
        for row in self._following.of_all(int(position[0]) if position else None, is_active):
            yield row, page_token([int(row["at"])], bound)

    def _customer(self, parent: str) -> str:
        (customer,) = parse_name(CUSTOMER, parent, "parent")
        found = find(self._tiers, [customer]).get(customer)
        if found is None:
            raise not_found()
        return customer


def _is_wanted(change: pb.TierChange, request: pb.WatchTierChangesRequest) -> bool:
    if request.tiers and not {change.tier, change.previous_tier} & set(request.tiers):
        return False
    return not request.programmes or change.receipt.programme in request.programmes
