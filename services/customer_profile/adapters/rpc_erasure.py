"""EraseCustomer and GetErasure: a person is removed from all services, and a receipt says so."""

from __future__ import annotations

from collections.abc import Callable

import grpc

from chassis.clock import milliseconds
from chassis.errors import Conflict
from chassis.ports import Clock, Documents
from chassis.rpc.awaited import Places, Waiting, reused
from chassis.rpc.errors import RpcError
from chassis.rpc.reasons import OUTCOME_PENDING
from chassis.rpc.requests import parse_name
from chassis.stages.lookup import find
from customer_profile.adapters.erasing import Erasing
from customer_profile.adapters.holders import Holders
from customer_profile.adapters.people import People
from customer_profile.adapters.receipts import Receipt, StoredReceipts, subject_of
from rapport.common.v1.common_pb2 import ErrorReason
from rapport.profile.v1 import profile_pb2 as pb
from wire.answering import reason
from wire.mandate import require_mandate

NAME = "customers/{customer}"
ERASURE = "erasures/{erasure}"


class Erasures:
    """Implements both calls. For any number of threads. `hashed` makes keyed hashes."""

    def __init__(
        self,
        receipts: StoredReceipts,
        erasing: Erasing,
        *,
        people: People,
        holders: Holders,
        records: Documents,
        hashed: Callable[[str], str],
        clock: Clock,
        waiting: Waiting,
    ) -> None:
        self._receipts = receipts
        self._erasing = erasing
        self._people = people
        self._holders = holders
        self._records = records
        self._hash = hashed
        self._clock = clock
        self._waiting = waiting
        self._places = Places(waiting.at_once, "erasures are waited for already; repeat the call in a moment")

    def erase_customer(self, request: pb.EraseCustomerRequest) -> pb.Erasure:
        """Erase a customer, and answer with the receipt: complete, or as far as it is shortly before the deadline.

        Raises `RpcError`: INVALID_ARGUMENT; NOT_FOUND; ABORTED (ETAG_MISMATCH); ALREADY_EXISTS where another erasure
        was asked for under the request id; UNAVAILABLE with the service that did not answer: what was begun goes on.
        """
        (customer,) = parse_name(NAME, request.name)
        require_mandate(request)
        digest = self._hash("\n".join(("erasure", customer, request.owner, request.reason)))
        with self._places.one():
            receipt = self._receipts.get(self._id(request.request_id)) or self._begun(customer, request, digest)
            if receipt.digest != digest:
                raise reused("another erasure was asked for under it; a new one needs a new one")
            return self._awaited(receipt).message()

    def get_erasure(self, request: pb.GetErasureRequest) -> pb.Erasure:
        """Look how far an erasure is. Raises `RpcError`: NOT_FOUND; UNAVAILABLE where a service does not answer."""
        (id_,) = parse_name(ERASURE, request.name)
        receipt = self._receipts.get(id_)
        if receipt is None:
            not_known = reason(ErrorReason.ERROR_REASON_ERASURE_NOT_FOUND)
            raise RpcError(grpc.StatusCode.NOT_FOUND, not_known, "name: no erasure has this name", {"field": "name"})
        return self._erasing.advance(receipt).message()

    def _id(self, request_id: str) -> str:
        return self._hash(f"erasure\n{request_id}")

    def _begun(self, customer: str, request: pb.EraseCustomerRequest, digest: str) -> Receipt:
        """Write down what is to be erased; from then on it will be, even if this process ends."""
        person = self._people.person(customer)
        self._check_etag(person.customer, request.etag)
        held = self._holders.totals(person.whose())
        receipt = Receipt(
            id=self._id(request.request_id),
            rev=0,
            digest=digest,
            customer_hash=self._hash(person.customer),
            account_count=len(person.accounts),
            owner=request.owner,
            reason=request.reason,
            requested_ms=milliseconds(self._clock.now()),
            before=held,
            now=held,
            subject=subject_of(person, request.request_id),
        )
        try:
            return self._receipts.save(receipt)
        except Conflict:
            # The same call came twice at once.
            return self._receipts.get(receipt.id) or receipt

    def _awaited(self, receipt: Receipt) -> Receipt:
        latest = receipt

        def look() -> Receipt | None:
            nonlocal latest
            latest = self._erasing.advance(latest)
            return latest if latest.subject is None else None

        try:
            return self._waiting.until_known(self._waiting.end(), look)
        except RpcError as error:
            if error.reason != OUTCOME_PENDING:
                raise
        return latest

    def _check_etag(self, customer: str, etag: str) -> None:
        """Raise `RpcError` ABORTED where the record is no longer the one that the caller has seen."""
        if not etag:
            return
        found = find(self._records, [customer]).get(customer)
        record = pb.CustomerRecord.FromString(found.message) if found is not None else pb.CustomerRecord()
        if record.etag != etag:
            raise RpcError(
                grpc.StatusCode.ABORTED,
                reason(ErrorReason.ERROR_REASON_ETAG_MISMATCH),
                "etag: the record has changed since; read it again",
                {"field": "etag"},
            )
