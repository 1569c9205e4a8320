"""What reasons and decisions about who is who look like to a person: rows and fields of tables."""

from __future__ import annotations

import re
from typing import Any

from google.protobuf.descriptor import EnumDescriptor

from rapport.identity.v1.decisions_pb2 import (
    Constraint,
    Decision,
    DecisionKind,
    Identifier,
    Refusal,
    RefusalRule,
    Relationship,
    Suggestion,
    Tie,
)
from rapport.identity.v1.events_pb2 import ConstraintKind, RelationshipKind
from rapport.identity.v1.service_pb2 import Comparison, Step
from rapportctl.bits import bits, percent, weight_text
from rapportctl.regrouping import regroupings
from rapportctl.views import moment

SHOWN = 10
"""Of a long list within a cell."""

TIE_COLUMNS = ("account", "tied to", "strength", "fields", "since", "event")
REFUSAL_COLUMNS = ("account", "not tied to", "strength", "rule", "detail", "since")
IDENTIFIER_COLUMNS = ("type", "key", "shown by")
STEP_COLUMNS = ("time", "step", "what", "strength", "because of")
DECISION_COLUMNS = ("decision", "time", "kind", "what", "owner", "reason", "undone by")
SUGGESTION_COLUMNS = ("suggestion", "accounts", "customers", "strength", "right", "held back by", "updated")
CONSTRAINT_COLUMNS = ("constraint", "kind", "sides", "owner", "reason", "until", "decision")
RELATIONSHIP_COLUMNS = ("relationship", "kind", "customer", "other side", "owner", "reason", "since")
COMPARISON_COLUMNS = ("accounts", "strength", "personal", "model")


def word(enum: EnumDescriptor, value: int) -> str:
    """An enum's value in words: DECISION_KIND_MERGE_BY_PERSON is "merge by person"; a number that is new, as it is."""
    if value not in enum.values_by_number:
        return str(value)
    prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", enum.name).upper() + "_"
    return enum.values_by_number[value].name.removeprefix(prefix).lower().replace("_", " ")


def tie_row(tie: Tie) -> dict[str, Any]:
    """What ties an account to an identifier or to another account."""
    return {
        "account": tie.account_key,
        "tied to": tie.identifier_key or tie.other_account_key,
        "strength": "a person's word" if tie.constraint else weight_text(tie.weight),
        "fields": [f"{field.field} {field.level} {bits(field.weight)}" for field in tie.fields],
        "since": moment(tie.enter_time),
        "event": tie.constraint or tie.event_id,
    }


def refusal_row(refusal: Refusal) -> dict[str, Any]:
    """A tie that was not made."""
    row = tie_row(refusal.tie)
    return {
        "account": row["account"],
        "not tied to": row["tied to"],
        "strength": row["strength"],
        "rule": word(RefusalRule.DESCRIPTOR, refusal.rule),
        "detail": refusal.detail,
        "since": row["since"],
    }


def identifier_row(identifier: Identifier) -> dict[str, Any]:
    """An identifier and the accounts that showed it."""
    shown = [f"{each.account_key}  {moment(each.first_time)}  {each.event_id}".rstrip() for each in identifier.shown_by]
    return {"type": identifier.type, "key": identifier.key, "shown by": _cut(shown)}


def step_row(step: Step) -> dict[str, Any]:
    """One step by which a customer came about."""
    time = moment(step.step_time)
    match step.WhichOneof("step"):
        case "joined":
            return {"time": time, "step": "joined", **_joined(step.joined)}
        case "refused":
            row = refusal_row(step.refused)
            what = f"{row['account']} not tied to {row['not tied to']}"
            because = f"{row['rule']}: {row['detail']}".removesuffix(": ")
            return {"time": time, "step": "refused", "what": what, "strength": row["strength"], "because of": because}
        case "decision":
            decided = decision_row(step.decision)
            because = f"{decided['owner']}: {decided['reason']}" if decided["owner"] else decided["decision"]
            return {"time": time, "step": decided["kind"], "what": decided["what"], "because of": because}
        case _:
            return {"time": time}


def decision_row(decision: Decision) -> dict[str, Any]:
    """A decision on one line."""
    return {
        "decision": decision.name,
        "time": moment(decision.decide_time),
        "kind": word(DecisionKind.DESCRIPTOR, decision.kind),
        "what": _cut([line for each in regroupings(decision) for line in each.lines()]),
        "owner": decision.owner,
        "reason": decision.reason,
        "undone by": decision.undone_by,
    }


def decision_fields(decision: Decision) -> dict[str, Any]:
    """A decision whole: customers with their accounts before and after."""
    row = decision_row(decision)
    return {
        **row,
        "request": decision.request_id,
        "before": _sides(decision.before),
        "after": _sides(decision.after),
        "ties": _cut([_tie_text(tie) for tie in decision.ties]),
        "constraints": list(decision.constraints),
    }


def suggestion_row(suggestion: Suggestion) -> dict[str, Any]:
    """Two accounts that may be one person's."""
    held_back = suggestion.held_back
    rule = word(RefusalRule.DESCRIPTOR, held_back.rule) if suggestion.HasField("held_back") else "the weight alone"
    return {
        "suggestion": suggestion.name,
        "accounts": [suggestion.account_key, suggestion.other_account_key],
        "customers": [suggestion.customer_id, suggestion.other_customer_id],
        "strength": f"{bits(suggestion.weight)} bits",
        "right": percent(suggestion.expected_precision),
        "held back by": f"{rule}: {held_back.detail}" if held_back.detail else rule,
        "updated": moment(suggestion.update_time),
    }


def constraint_row(constraint: Constraint) -> dict[str, Any]:
    """What a person said of accounts."""
    return {
        "constraint": constraint.name,
        "kind": word(ConstraintKind.DESCRIPTOR, constraint.kind),
        "sides": [", ".join(_cut(side.account_keys)) for side in constraint.sides],
        "owner": constraint.owner,
        "reason": constraint.reason,
        "until": moment(constraint.expire_time) or "for ever",
        "decision": constraint.decision,
    }


def relationship_row(relationship: Relationship) -> dict[str, Any]:
    """How a customer belongs to another, or to an organisation."""
    other = f"{relationship.other_customer_id}  {relationship.other_account_key}".strip()
    return {
        "relationship": relationship.name,
        "kind": word(RelationshipKind.DESCRIPTOR, relationship.kind),
        "customer": f"{relationship.customer_id}  {relationship.account_key}".strip(),
        "other side": relationship.organisation or other,
        "owner": relationship.owner,
        "reason": relationship.reason,
        "since": moment(relationship.create_time),
    }


def comparison_row(comparison: Comparison) -> dict[str, Any]:
    """How alike two accounts are, in one line."""
    return {
        "accounts": f"{comparison.account_key}  {comparison.other_account_key}",
        "strength": weight_text(comparison.weight),
        "personal": f"{bits(comparison.personal_weight)} bits",
        "model": comparison.model_version,
    }


def _joined(tie: Tie) -> dict[str, Any]:
    if not (tie.identifier_key or tie.other_account_key):
        return {"what": f"{tie.account_key}, the first", "because of": tie.event_id}
    row = tie_row(tie)
    what = f"{row['account']} by {row['tied to']}"
    return {"what": what, "strength": row["strength"], "because of": row["event"]}


def _tie_text(tie: Tie) -> str:
    row = tie_row(tie)
    return f"{row['account']} - {row['tied to']}  {row['strength']}"


def _sides(customers: Any) -> list[str]:  # noqa: ANN401 - a repeated field
    return [f"{each.customer_id}: {', '.join(_cut(each.account_keys))}" for each in customers]


def _cut(items: Any) -> list[str]:  # noqa: ANN401 - a list or a repeated field
    more = len(items) - SHOWN
    return [*items[:SHOWN], *([f"{more:,} more"] if more > 0 else [])]
