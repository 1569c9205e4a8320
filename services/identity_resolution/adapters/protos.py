"""What identity resolution keeps of its decisions, as messages for those who ask."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf.timestamp_pb2 import Timestamp

from identity_resolution.domain.customers import Constraint, Refusal, Rule
from identity_resolution.domain.decisions import (
    Decision,
    DecisionKind,
    Joint,
    Relationship,
    Suggestion,
    SuggestionState,
)
from identity_resolution.domain.evidence import ConstraintKind, FieldWeights, RelationshipKind
from identity_resolution.domain.matching.model import probability
from rapport.identity.v1 import decisions_pb2 as pb
from rapport.identity.v1 import events_pb2 as events

DECISION_KINDS = {
    DecisionKind.MERGE: pb.DECISION_KIND_MERGE,
    DecisionKind.MERGE_BY_PERSON: pb.DECISION_KIND_MERGE_BY_PERSON,
    DecisionKind.SPLIT_BY_PERSON: pb.DECISION_KIND_SPLIT_BY_PERSON,
    DecisionKind.UNDO: pb.DECISION_KIND_UNDO,
    DecisionKind.CONSTRAINT: pb.DECISION_KIND_CONSTRAINT,
    DecisionKind.REEVALUATION: pb.DECISION_KIND_REEVALUATION,
}
RULES = {
    Rule.ACCOUNTS_CAP: pb.REFUSAL_RULE_ACCOUNTS_CAP,
    Rule.LINKS_CAP: pb.REFUSAL_RULE_LINKS_CAP,
    Rule.CUSTOMER_LIMIT: pb.REFUSAL_RULE_CUSTOMER_LIMIT,
    Rule.VALUE_LIMIT: pb.REFUSAL_RULE_VALUE_LIMIT,
    Rule.HARD_CONFLICT: pb.REFUSAL_RULE_HARD_CONFLICT,
    Rule.CONTRADICTION: pb.REFUSAL_RULE_CONTRADICTION,
    Rule.CANNOT_LINK: pb.REFUSAL_RULE_CANNOT_LINK,
    Rule.AMBIGUOUS: pb.REFUSAL_RULE_AMBIGUOUS,
    Rule.BLOCKED: pb.REFUSAL_RULE_BLOCKED,
}
CONSTRAINT_KINDS = {
    ConstraintKind.MUST_LINK: events.CONSTRAINT_KIND_MUST_LINK,
    ConstraintKind.CANNOT_LINK: events.CONSTRAINT_KIND_CANNOT_LINK,
}
RELATIONSHIP_KINDS = {
    RelationshipKind.HOUSEHOLD: events.RELATIONSHIP_KIND_HOUSEHOLD,
    RelationshipKind.EMPLOYER: events.RELATIONSHIP_KIND_EMPLOYER,
    RelationshipKind.AGENCY: events.RELATIONSHIP_KIND_AGENCY,
    RelationshipKind.EXECUTIVE: events.RELATIONSHIP_KIND_EXECUTIVE,
}
SUGGESTION_STATES = {
    SuggestionState.PENDING: pb.SUGGESTION_STATE_PENDING,
    SuggestionState.ACCEPTED: pb.SUGGESTION_STATE_ACCEPTED,
    SuggestionState.REJECTED: pb.SUGGESTION_STATE_REJECTED,
    SuggestionState.WITHDRAWN: pb.SUGGESTION_STATE_WITHDRAWN,
}


def decision_message(decision: Decision) -> pb.Decision:
    """The decision as it is told."""
    return pb.Decision(
        name=f"decisions/{decision.id}",
        kind=DECISION_KINDS[decision.kind],
        decide_time=timestamp(decision.at),
        version=decision.version,
        owner=decision.owner,
        reason=decision.reason,
        request_id=decision.request_id,
        before=[pb.CustomerAccounts(customer_id=id_, account_keys=accounts) for id_, accounts in decision.before],
        after=[pb.CustomerAccounts(customer_id=id_, account_keys=accounts) for id_, accounts in decision.after],
        ties=[tie_message(joint) for joint in decision.joints],
        constraints=[f"constraints/{id_}" for id_ in decision.constraints],
        undone_by=f"decisions/{decision.undone_by}" if decision.undone_by else "",
    )


def tie_message(joint: Joint) -> pb.Tie:
    """What tied an account to an identifier or another account."""
    tie = pb.Tie(
        account_key=joint.account,
        weight=joint.weight,
        fields=field_messages(joint.fields),
        enter_time=timestamp(joint.shown.at),
        event_id=joint.shown.event_id,
    )
    if joint.is_pair:
        tie.other_account_key = joint.other
    else:
        tie.identifier_key = joint.other
    return tie


def refusal_message(refusal: Refusal) -> pb.Refusal:
    """A tie that was not made, and what forbade it."""
    tie = tie_message(Joint(refusal.account, refusal.other, 0.0, refusal.shown, is_pair=refusal.is_pair))
    detail = f"constraints/{refusal.detail}" if refusal.rule is Rule.CANNOT_LINK else refusal.detail
    return pb.Refusal(tie=tie, rule=RULES[refusal.rule], detail=detail)


def constraint_message(constraint: Constraint) -> pb.Constraint:
    """The constraint as it is told."""
    return pb.Constraint(
        name=f"constraints/{constraint.id}",
        kind=CONSTRAINT_KINDS[constraint.kind],
        sides=[pb.ConstraintSide(account_keys=side) for side in constraint.sides],
        owner=constraint.owner,
        reason=constraint.reason,
        create_time=timestamp(constraint.at),
        expire_time=timestamp(constraint.expires_at) if constraint.expires_at else None,
        decision=f"decisions/{constraint.decision}",
    )


def suggestion_message(suggestion: Suggestion) -> pb.Suggestion:
    """The suggestion as it is told, without the customers, which may have changed since."""
    return pb.Suggestion(
        name=f"suggestions/{suggestion.id}",
        state=SUGGESTION_STATES[suggestion.state],
        account_key=suggestion.pair[0],
        other_account_key=suggestion.pair[1],
        weight=suggestion.weight,
        expected_precision=probability(suggestion.weight),
        fields=field_messages(suggestion.fields),
        held_back=refusal_message(suggestion.held_back) if suggestion.held_back else None,
        update_time=timestamp(suggestion.at),
    )


def relationship_message(relationship: Relationship) -> pb.Relationship:
    """The relationship as it is told, without the customers."""
    return pb.Relationship(
        name=f"relationships/{relationship.id}",
        kind=RELATIONSHIP_KINDS[relationship.kind],
        account_key=relationship.account,
        other_account_key=relationship.other,
        organisation=relationship.organisation,
        owner=relationship.owner,
        reason=relationship.reason,
        create_time=timestamp(relationship.at),
    )


def field_messages(fields: FieldWeights) -> Iterable[events.FieldWeight]:
    """What each field gave."""
    return [events.FieldWeight(field=name, level=level, weight=weight) for name, level, weight in fields]


def timestamp(milliseconds: int) -> Timestamp:
    """Milliseconds since 1970 as protobuf has times."""
    seconds, rest = divmod(milliseconds, 1000)
    return Timestamp(seconds=seconds, nanos=rest * 1_000_000)
