"""Receipts of erasures as documents: while one runs it says whom to look for, and once it is complete no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from chassis.errors import Conflict
from chassis.ports import Document, Documents, Query
from customer_profile.adapters.people import Person
from rapport.profile.v1 import profile_pb2 as pb
from wire.holdings import Whose

_encode = msgspec.msgpack.Encoder().encode


class Subject(msgspec.Struct, frozen=True):
    """Whom an erasure that runs is about, and the request id under which identity resolution is told so."""

    customer: str
    customers: tuple[str, ...]
    accounts: tuple[str, ...]
    request_id: str
    is_commanded: bool = False

    def whose(self) -> Whose:
        """What documents of the person are found by."""
        return Whose(self.customers, self.accounts)

    def joined(self, person: Person) -> Subject:
        """With all that the person has now; what it had before may still be held somewhere."""
        whose = person.whose()
        return msgspec.structs.replace(
            self,
            customer=person.customer,
            customers=tuple(sorted({*self.customers, *whose.customers})),
            accounts=tuple(sorted({*self.accounts, *whose.accounts})),
        )


def subject_of(person: Person, request_id: str) -> Subject:
    """The subject of an erasure that begins."""
    return Subject(person.customer, (), (), request_id).joined(person)


_decode = msgspec.msgpack.Decoder(Subject).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """An erasure: `id` and all hashes are keyed, times in milliseconds since 1970, UTC; `completed_ms` 0 while it runs.

    `digest` tells whether a call under the same request id asks for the same. `before` and `now` are documents held by
    service. `subject` is None once nothing is held any more.
    """

    id: str
    rev: int
    digest: str
    customer_hash: str
    account_count: int
    owner: str
    reason: str
    requested_ms: int
    before: Mapping[str, int]
    now: Mapping[str, int]
    completed_ms: int = 0
    subject: Subject | None = None

    def completed(self, at_ms: int) -> Receipt:
        """As it is once nothing is held any more: without what could lead to the person."""
        return replace(self, completed_ms=at_ms, now=dict.fromkeys(self.before, 0), subject=None)

    def message(self) -> pb.Erasure:
        """As calls answer with it."""
        state = pb.ERASURE_STATE_RUNNING if self.subject else pb.ERASURE_STATE_COMPLETE
        message = pb.Erasure(
            name=f"erasures/{self.id}",
            state=state,
            customer_hash=self.customer_hash,
            account_count=self.account_count,
            owner=self.owner,
            reason=self.reason,
            services=[
                pb.ServiceErasure(service=service, held_before=held, held_now=self.now.get(service, 0))
                for service, held in sorted(self.before.items())
            ],
        )
        message.request_time.FromMilliseconds(self.requested_ms)
        if self.completed_ms:
            message.complete_time.FromMilliseconds(self.completed_ms)
        return message


class StoredReceipts:
    """The collection of receipts. For any number of threads and processes. Everything raises `Unavailable`."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def get(self, id_: str) -> Receipt | None:
        """Return the receipt, as the primary has it."""
        document = self._documents.load([id_]).get(id_)
        return _receipt(document) if document is not None else None

    def save(self, receipt: Receipt) -> Receipt:
        """Write the receipt, and return it under its new revision. Raises `Conflict` where somebody else wrote it."""
        written = replace(receipt, rev=receipt.rev + 1)
        if self._documents.compare_and_set([_document(written)]):
            raise Conflict("the receipt was written by another call or worker")
        return written

    def withdraw(self, receipt: Receipt) -> None:
        """Forget a receipt of which nothing was begun."""
        self._documents.delete([receipt.id])

    def running(self, before_ms: int, limit: int) -> Sequence[Receipt]:
        """Return some that run and were asked for before that time, the oldest first."""
        query = Query(
            equals={"is_running": True},
            between=("requested_ms", 0, before_ms),
            order_by=("requested_ms",),
            limit=limit,
        )
        return [_receipt(document) for document in self._documents.find(query)]


def _document(receipt: Receipt) -> Document:
    document: dict[str, Any] = {
        "_id": receipt.id,
        "rev": receipt.rev,
        "is_running": receipt.subject is not None,
        "digest": receipt.digest,
        "customer_hash": receipt.customer_hash,
        "account_count": receipt.account_count,
        "owner": receipt.owner,
        "reason": receipt.reason,
        "requested_ms": receipt.requested_ms,
        "completed_ms": receipt.completed_ms,
        "before": dict(receipt.before),
        "now": dict(receipt.now),
    }
    if receipt.subject is not None:
        document["subject"] = _encode(receipt.subject)
    return document


def _receipt(document: Document) -> Receipt:
    return Receipt(
        id=document["_id"],
        rev=document["rev"],
        digest=document["digest"],
        customer_hash=document["customer_hash"],
        account_count=document["account_count"],
        owner=document["owner"],
        reason=document["reason"],
        requested_ms=document["requested_ms"],
        before=document["before"],
        now=document["now"],
        completed_ms=document["completed_ms"],
        subject=_decode(document["subject"]) if "subject" in document else None,
    )
