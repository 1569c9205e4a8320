"""Watching over gRPC: a customer's record as it changes, and who enters and leaves segments."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from google.protobuf.field_mask_pb2 import FieldMask

from chassis.ports import Documents
from chassis.rpc.errors import invalid
from chassis.rpc.following import Following, Watching
from chassis.rpc.pages import page_position, page_token
from chassis.rpc.requests import check_batch, check_mask, parse_name
from chassis.stages.lookup import Found, find
from customer_profile.adapters import answers
from customer_profile.adapters.declared import check_segments
from customer_profile.adapters.finding import CUSTOMER, found_under
from customer_profile.domain.rules import ProfileRules
from rapport.profile.v1 import changes_pb2
from rapport.profile.v1 import profile_pb2 as pb
from wire.answering import not_found

MOST_SEGMENTS = 100
_RECORD = pb.CustomerRecord.DESCRIPTOR


class Watches:
    """For any number of threads. `following` bounds how many follow at once, customers and segments together.

    `rules` tells those in force, for one call.
    """

    def __init__(
        self, records: Documents, following: Following, watching: Watching, token_key: bytes, *,
        rules: Callable[[], ProfileRules],
    ) -> None:  # fmt: skip
        self._records = records
        self._following = following
        self._watching = watching
        self._token_key = token_key
        self._rules = rules

    def customer(
        self, request: pb.WatchCustomerRequest, is_active: Callable[[], bool]
    ) -> Iterator[pb.WatchCustomerResponse]:
        """The record as it is, or if it is newer than the token says; then each newer one, while `is_active`.

        The record is looked at when the caller has taken the one before: versions in between are skipped, and nothing
        piles up. A merge is followed. Raises `RpcError`: INVALID_ARGUMENT, NOT_FOUND, also once the customer is
        erased, and RESOURCE_EXHAUSTED where too many follow.
        """
        (customer,) = parse_name(CUSTOMER, request.name)
        check_mask(request.read_mask, _RECORD)
        bound = pb.WatchCustomerRequest(name=request.name)
        position = page_position(request.resume_token, bound, self._token_key, "resume_token") or ["", 0]
        seen = str(position[0]), int(position[1])
        with self._following.place():
            found: Found | None = found_under(self._records, customer)
            while True:
                if found is not None and _is_news(now := _version(found), seen):
                    seen = now
                    yield pb.WatchCustomerResponse(
                        customer=_record(found, customer, request.read_mask),
                        resume_token=page_token(seen, bound, self._token_key),
                    )
                self._watching.rest()
                if not is_active():
                    return
                found = self._again(customer)

    def segments(
        self, request: pb.WatchSegmentRequest, is_active: Callable[[], bool]
    ) -> Iterator[pb.WatchSegmentResponse]:
        """Changes of segments as they are told, while `is_active`. Raises `RpcError` as `customer`."""
        check_batch(request.segments, MOST_SEGMENTS, "segments")
        if not all(request.segments):
            raise invalid("segments", "none of them empty")
        if request.segments:
            check_segments(self._rules(), request.segments, "segments")
        wanted = frozenset(request.segments)
        bound = pb.WatchSegmentRequest()
        position = page_position(request.resume_token, bound, self._token_key, "resume_token")
        with self._following.place():
            for row in self._following.of_all(int(position[0]) if position else None, is_active):
                change = changes_pb2.SegmentChange.FromString(row["message"])
                if not wanted or change.segment in wanted:
                    yield pb.WatchSegmentResponse(
                        change=change, resume_token=page_token([int(row["at"])], bound, self._token_key)
                    )

    def _again(self, customer: str) -> Found | None:
        """What is known under the id by now; None while nothing is computed yet of whoever has its accounts."""
        found = find(self._records, [customer]).get(customer)
        if found is None:
            raise not_found()
        return found if found.message else None


def _is_news(now: tuple[str, int], seen: tuple[str, int]) -> bool:
    """Whether a record is another customer's than the one seen last, or a newer one of the same."""
    return now[0] != seen[0] or now[1] > seen[1]


def _version(found: Found) -> tuple[str, int]:
    return found.group, found.version()


def _record(found: Found, asked: str, mask: FieldMask) -> pb.CustomerRecord:
    return pb.CustomerRecord.FromString(answers.record(found, asked, mask))
