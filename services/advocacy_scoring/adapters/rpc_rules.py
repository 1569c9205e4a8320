"""The rules in force, others beside them over live history, and putting those in force."""

from __future__ import annotations

from collections.abc import Callable

import grpc

from advocacy_scoring.adapters.reading import Customers, at
from advocacy_scoring.application.ports import RuleSet
from advocacy_scoring.domain.comparison import Comparison, compare
from advocacy_scoring.domain.decay import day_of
from advocacy_scoring.domain.rules import Rules
from chassis.clock import milliseconds
from chassis.errors import Conflict
from chassis.partitions import SLOTS
from chassis.ports import Clock, Documents, Query
from chassis.rpc.errors import RpcError, invalid
from chassis.rpc.pages import page_position, page_token
from chassis.rpc.requests import page_size
from chassis.rules import Rules as Loaded
from chassis.rules_in_force import Promoted, StoredRules
from rapport.advocacy.v1 import advocacy_pb2 as pb
from rapport.advocacy.v1 import rules_pb2
from rapport.common.v1.common_pb2 import ErrorReason
from wire.answering import reason
from wire.rule_files import checked_rules

_NO_LIMIT = 1_000_000


class RuleCalls:
    """GetRules, CompareRules and PromoteRules. For any number of threads."""

    def __init__(
        self,
        customers: Customers,
        scores: Documents,
        rules: StoredRules[RuleSet],
        read: Callable[[str], Loaded[Rules]],
        clock: Clock,
    ) -> None:
        self._customers = customers
        self._scores = scores
        self._rules = rules
        self._read = read
        self._clock = clock

    def get_rules(self, request: rules_pb2.GetRulesRequest, context: object) -> rules_pb2.Rules:
        """The rules in force."""
        return _message(self._rules.promoted())

    def compare_rules(self, request: rules_pb2.CompareRulesRequest, context: object) -> pb.CompareRulesResponse:
        """Some customers' scores by both rule sets, today. Goes through the customers by their slots."""
        proposed = checked_rules(request.yaml, "yaml", self._read)
        self._rules.refresh()
        current, version, _ = self._rules.now()
        position = page_position(request.page_token, request)
        slot = int(position[0]) if position else 0
        size = page_size(request.page_size, default=500, most=5000)
        day = day_of(milliseconds(self._clock.now()))
        answer = pb.CompareRulesResponse(current_version=version, proposed_version=proposed.version)
        while slot < SLOTS and len(answer.comparisons) < size:
            documents = self._scores.find(Query(is_in={"slot": [slot]}, limit=_NO_LIMIT))
            answer.comparisons.extend(
                _comparison(each.id_, compare(current, proposed.value, each.personas, day))
                for each in self._customers.stored(documents)
            )
            slot += 1
        if slot < SLOTS:
            answer.next_page_token = page_token([slot], request)
        return answer

    def promote_rules(self, request: rules_pb2.PromoteRulesRequest, context: object) -> rules_pb2.Rules:
        """Put rules in force."""
        for field in ("expected_version", "owner", "reason"):
            if not getattr(request, field).strip():
                raise invalid(field, "not empty")
        version = checked_rules(request.yaml, "yaml", self._read).version
        new = Promoted(request.yaml, version, request.owner, request.reason)
        try:
            return _message(self._rules.promote(new, request.expected_version))
        except Conflict as error:
            raise RpcError(
                grpc.StatusCode.FAILED_PRECONDITION,
                reason(ErrorReason.ERROR_REASON_RULES_CHANGED),
                f"expected_version: {error}; compare with those, then promote",
                {"field": "expected_version"},
            ) from None


def _message(promoted: Promoted) -> rules_pb2.Rules:
    message = rules_pb2.Rules(
        version=promoted.version, yaml=promoted.text, owner=promoted.owner, reason=promoted.reason
    )
    at(message.promote_time, promoted.at)
    return message


def _comparison(customer: str, found: Comparison) -> pb.Comparison:
    return pb.Comparison(
        customer_id=customer,
        current_score=found.current,
        proposed_score=found.proposed,
        current_standing=pb.Standing.ValueType(found.current_standing.value),
        proposed_standing=pb.Standing.ValueType(found.proposed_standing.value),
        differences=[
            rules_pb2.Difference(part=each.part, current_milli=each.current, proposed_milli=each.proposed)
            for each in found.differences
        ],
    )
