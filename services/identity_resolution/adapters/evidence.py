"""Reads the log of evidence: what accounts showed, and what people command."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from typing import Any

from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import InvalidRecord
from chassis.records import Record
from identity_resolution.adapters.protos import CONSTRAINT_KINDS, RELATIONSHIP_KINDS
from identity_resolution.domain import evidence as entries
from identity_resolution.domain.evidence import Command, Entry, Evidence, Pair
from rapport.identity.v1 import events_pb2 as pb

_parse = pb.EvidenceEntry.FromString

_CONSTRAINTS = {told: kind for kind, told in CONSTRAINT_KINDS.items()}
_RELATIONSHIPS = {told: kind for kind, told in RELATIONSHIP_KINDS.items()}


def read_entry(record: Record) -> Entry:
    """The entry of the record. Raises `InvalidRecord`: UNPARSEABLE, UNKNOWN_KIND, NO_ACCOUNT or INVALID_FIELD."""
    if not record.value:
        raise InvalidRecord("UNPARSEABLE", "the value is empty; a serialized EvidenceEntry would be right")
    try:
        entry = _parse(record.value)
    except DecodeError:
        raise InvalidRecord("UNPARSEABLE", "the value is no serialized EvidenceEntry") from None
    kind = entry.WhichOneof("entry")
    if kind == "evidence":
        return _evidence(entry.evidence)
    if kind == "command":
        return _command(entry.command)
    raise InvalidRecord("UNKNOWN_KIND", "entry: evidence or command")


def digest(command: pb.Command) -> str:
    """What tells a command from another one under the same request id; when it was given does not count."""
    plain = pb.Command()
    plain.CopyFrom(command)
    plain.ClearField("request_time")
    return hashlib.sha256(plain.SerializeToString(deterministic=True)).hexdigest()[:32]


def _evidence(evidence: pb.Evidence) -> Evidence:
    if not evidence.account_key:
        raise InvalidRecord("NO_ACCOUNT", "evidence.account_key: is missing")
    return Evidence(
        evidence.account_key,
        tuple([claim.key for claim in evidence.claims if claim.key]),
        tuple([(each.field, each.token) for each in evidence.exclusives]),
        tuple([_pair(each) for each in evidence.pairs if each.other_account_key]),
        evidence.event_id,
        _milliseconds(evidence.occurred_at),
    )


def _pair(pair: pb.PairEvidence) -> Pair:
    if not (math.isfinite(pair.weight) and math.isfinite(pair.personal_weight)):
        raise InvalidRecord("INVALID_FIELD", "evidence.pairs: weights are numbers of bits")
    return Pair(
        pair.other_account_key,
        pair.weight,
        pair.personal_weight,
        tuple([(each.field, each.level, each.weight) for each in pair.fields]),
        pair.model_version,
    )


def _command(command: pb.Command) -> Command:
    kind = command.WhichOneof("command")
    if kind is None:
        raise InvalidRecord("UNKNOWN_KIND", "command: one of the commands that EvidenceEntry names")
    if not command.request_id:
        raise InvalidRecord("INVALID_FIELD", "command.request_id: is missing")
    act = _ACTS[kind](getattr(command, kind))
    return Command(command.request_id, command.owner, command.reason, act, digest(command))


def _constraint(told: pb.AddConstraintCommand) -> entries.AddConstraint:
    kind = _CONSTRAINTS.get(told.kind)
    if kind is None:
        raise InvalidRecord("INVALID_FIELD", "command.add_constraint.kind: MUST_LINK or CANNOT_LINK")
    expires_at = _milliseconds(told.expire_time) if told.HasField("expire_time") else 0
    return entries.AddConstraint(kind, tuple(told.account_keys), expires_at)


def _relationship(told: pb.AddRelationshipCommand) -> entries.AddRelationship:
    kind = _RELATIONSHIPS.get(told.kind)
    if kind is None:
        raise InvalidRecord("INVALID_FIELD", "command.add_relationship.kind: a kind that the proto names")
    return entries.AddRelationship(kind, told.account_key, told.other_account_key, told.organisation)


_ACTS: dict[str, Callable[[Any], entries.Act]] = {
    "merge": lambda told: entries.Merge(tuple(told.customer_ids)),
    "split": lambda told: entries.Split(told.customer_id, tuple(told.account_keys)),
    "undo": lambda told: entries.Undo(told.decision_id, tuple(told.account_keys)),
    "add_constraint": _constraint,
    "remove_constraint": lambda told: entries.RemoveConstraint(told.constraint_id, told.expired),
    "decide_suggestion": lambda told: entries.DecideSuggestion(told.suggestion_id, told.accepted),
    "reevaluate": lambda told: entries.Reevaluate(tuple(told.customer_ids)),
    "block_identifier": lambda told: entries.BlockIdentifier(told.identifier_key, told.unblock),
    "add_relationship": _relationship,
    "erase": lambda told: entries.Erase(told.customer_id),
    "remove_relationship": lambda told: entries.RemoveRelationship(told.relationship_id),
}


def _milliseconds(told: Timestamp) -> int:
    return told.seconds * 1000 + told.nanos // 1_000_000
