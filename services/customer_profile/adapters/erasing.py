"""Carrying erasures out: identity resolution is told, and then it is looked until no service holds anything any more.

Whoever looks brings an erasure one step on: the call that asked for it, calls that ask how far it is, and the worker,
so that one that nobody asks about ends too.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace

import grpc
import msgspec

from chassis.clock import milliseconds
from chassis.errors import ChassisError, Conflict
from chassis.ports import Clock
from chassis.rpc.errors import CallFailed, DependencyUnavailable, RpcError
from chassis.rpc.reasons import DEPENDENCY_UNAVAILABLE
from customer_profile.adapters.holders import Caller, Holders
from customer_profile.adapters.people import People
from customer_profile.adapters.receipts import Receipt, StoredReceipts, Subject
from rapport.stewardship.v1 import stewardship_pb2 as pb

COMMAND_SECONDS = 10.0
"""For identity resolution to decide; one that takes longer is asked again, under the same request id."""

_log = logging.getLogger(__name__)


class Erasing:
    """Brings erasures on. For any number of threads and processes, also at the same erasure.

    `stewardship` asks the service of that name.
    """

    def __init__(
        self,
        receipts: StoredReceipts,
        *,
        people: People,
        stewardship: Caller,
        service: str,
        holders: Holders,
        clock: Clock,
    ) -> None:
        self._receipts = receipts
        self._people = people
        self._stewardship = stewardship
        self._service = service
        self._holders = holders
        self._clock = clock

    def advance(self, receipt: Receipt) -> Receipt:
        """Return the receipt as it is after another look; complete where no service holds anything any more.

        Raises `RpcError`: UNAVAILABLE (DEPENDENCY_UNAVAILABLE) where a service does not answer, and what identity
        resolution refuses the command with; then the receipt is withdrawn.
        """
        if receipt.subject is not None and not receipt.subject.is_commanded:
            receipt = self._commanded(self._joined(receipt, receipt.subject))
        subject = receipt.subject
        if subject is None or not subject.is_commanded:
            return receipt
        now = self._holders.totals(subject.whose())
        if any(now.values()):
            return replace(receipt, now=now)
        return self._save(receipt.completed(milliseconds(self._clock.now())))

    def advance_all(self, receipts: Iterable[Receipt]) -> None:
        """Bring these on; one that fails is logged, and comes again."""
        for receipt in receipts:
            try:
                self.advance(receipt)
            except ChassisError as error:
                _log.warning("an erasure waits", extra={"erasure": receipt.id, "why": type(error).__name__})

    def _joined(self, receipt: Receipt, subject: Subject) -> Receipt:
        """The receipt with accounts that have come to the person since, so that they are looked for too."""
        try:
            joined = subject.joined(self._people.person(subject.customer))
        except RpcError as error:
            if error.code is not grpc.StatusCode.NOT_FOUND:
                raise
            return receipt
        return receipt if joined == subject else self._save(replace(receipt, subject=joined))

    def _commanded(self, receipt: Receipt) -> Receipt:
        """The receipt once identity resolution has decided; as it is where that is not in time."""
        subject = receipt.subject
        if subject is None or not self._command(receipt, subject):
            return receipt
        return self._save(replace(receipt, subject=msgspec.structs.replace(subject, is_commanded=True)))

    def _command(self, receipt: Receipt, subject: Subject) -> bool:
        """Whether identity resolution has decided. That nobody is there any more is a decision too."""
        request = pb.EraseCustomerRequest(
            name=f"customers/{subject.customer}",
            owner=receipt.owner,
            reason=receipt.reason,
            request_id=subject.request_id,
        )
        try:
            self._stewardship.call("EraseCustomer", request, pb.EraseCustomerResponse, COMMAND_SECONDS)
        except DependencyUnavailable as failed:
            if failed.code is grpc.StatusCode.DEADLINE_EXCEEDED:
                return False
            raise RpcError(
                grpc.StatusCode.UNAVAILABLE,
                DEPENDENCY_UNAVAILABLE,
                f"{self._service} did not take the command ({failed.reason or failed.code.name}): it is given again",
                {"service": self._service},
            ) from failed
        except CallFailed as failed:
            if failed.code is not grpc.StatusCode.NOT_FOUND:
                self._receipts.withdraw(receipt)
                raise RpcError(failed.code, failed.reason, failed.message, failed.metadata) from failed
        return True

    def _save(self, receipt: Receipt) -> Receipt:
        """Write the receipt; where another was quicker, return what that one wrote."""
        try:
            return self._receipts.save(receipt)
        except Conflict:
            return self._receipts.get(receipt.id) or receipt
