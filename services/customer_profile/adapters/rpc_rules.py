"""The rules in force, putting others in force, and how far computing anew is, over gRPC."""

from __future__ import annotations

from collections.abc import Callable

import grpc

from chassis.errors import Conflict
from chassis.partitions import SLOTS
from chassis.ports import Documents
from chassis.rpc.errors import RpcError, invalid
from chassis.rules import Rules
from chassis.rules_in_force import InForce, Promoted, StoredRules
from chassis.stages.progress import reached
from customer_profile.adapters.stages import PERSONAS_STAGE, RECORDS_STAGE
from customer_profile.domain.basis import Basis
from customer_profile.domain.rules import ProfileRules
from rapport.common.v1.common_pb2 import ErrorReason
from rapport.profile.v1 import administration_pb2 as pb
from wire.answering import reason
from wire.rule_files import checked_rules

LONGEST = {"expected_version": 128, "owner": 128, "reason": 1000}


class RuleCalls:
    """GetRules and PromoteRules. For any number of threads. `read` turns a file's text into rules."""

    def __init__(self, rules: StoredRules[Rules[ProfileRules]], read: Callable[[str], Rules[ProfileRules]]) -> None:
        self._rules = rules
        self._read = read

    def get(self) -> pb.RulesInForce:
        """The rules in force, as they were written."""
        return _message(self._rules.promoted())

    def promote(self, request: pb.PromoteRulesRequest) -> pb.RulesInForce:
        """Put rules in force, or only check them and say what their version would be.

        Raises `RpcError`: INVALID_ARGUMENT (INVALID_RULES) with line and column of each mistake, and ABORTED
        (RULES_CHANGED) where others are in force than expected.
        """
        version = checked_rules(request.text, "text", self._read).version
        if request.validate_only:
            return pb.RulesInForce(text=request.text, version=version)
        for field, longest in LONGEST.items():
            if not 0 < len(getattr(request, field).strip()) <= longest:
                raise invalid(field, f"1 to {longest} characters")
        try:
            new = Promoted(request.text, version, request.owner, request.reason)
            return _message(self._rules.promote(new, request.expected_version))
        except Conflict as error:
            raise RpcError(
                grpc.StatusCode.ABORTED,
                reason(ErrorReason.ERROR_REASON_RULES_CHANGED),
                f"expected_version: {error}; compare with those, then promote",
                {"field": "expected_version"},
            ) from None


class Recomputations:
    """GetRecomputation. For any number of threads."""

    def __init__(self, progress: Documents, in_force: InForce[Basis]) -> None:
        self._progress = progress
        self._in_force = in_force

    def get(self) -> pb.Recomputation:
        """How far workers have looked through personas and records for what other rules or models made."""
        version = self._in_force.version
        personas = reached(self._progress, PERSONAS_STAGE, version)
        records = reached(self._progress, RECORDS_STAGE, version)
        return pb.Recomputation(
            version=version,
            persona_parts_done=personas.done,
            record_parts_done=records.done,
            parts=SLOTS,
            personas=personas.count,
            records=records.count,
            done=personas.done == SLOTS and records.done == SLOTS,
        )


def _message(promoted: Promoted) -> pb.RulesInForce:
    message = pb.RulesInForce(
        text=promoted.text, version=promoted.version, owner=promoted.owner, reason=promoted.reason
    )
    if promoted.at is not None:
        message.promote_time.FromDatetime(promoted.at)
    return message
