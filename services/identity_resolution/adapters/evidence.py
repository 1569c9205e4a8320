"""Reads the log of evidence."""

from __future__ import annotations

from google.protobuf.message import DecodeError

from chassis.errors import InvalidRecord
from chassis.records import Record
from identity_resolution.domain.decide import Evidence
from rapport.identity.v1.events_pb2 import EvidenceEntry

_parse = EvidenceEntry.FromString


def read_evidence(record: Record) -> Evidence:
    """The entry of the record. Raises `InvalidRecord`: UNPARSEABLE, UNKNOWN_KIND or NO_ACCOUNT."""
    if not record.value:
        raise InvalidRecord("UNPARSEABLE", "the value is empty; a serialized EvidenceEntry would be right")
    try:
        entry = _parse(record.value)
    except DecodeError:
        raise InvalidRecord("UNPARSEABLE", "the value is no serialized EvidenceEntry") from None
    if not entry.HasField("evidence"):
        raise InvalidRecord("UNKNOWN_KIND", "entry: evidence")
    evidence = entry.evidence
    if not evidence.account_key:
        raise InvalidRecord("NO_ACCOUNT", "evidence.account_key: is missing")
    return Evidence(evidence.account_key, tuple([claim.key for claim in evidence.claims if claim.key]))
