"""Answers as bytes: stored messages are put together without being parsed, unless a read mask asks for parts."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf.field_mask_pb2 import FieldMask

from chassis.ports import Document
from chassis.rpc.requests import concat_repeated, masked
from chassis.stages.lookup import Found
from customer_profile.domain.timeline import DECISIONS
from rapport.profile.v1.profile_pb2 import (
    BatchGetCustomersResponse,
    BatchLookupCustomersResponse,
    CustomerRecord,
    ListCustomersResponse,
    ListTimelineResponse,
    LookedUpCustomer,
    TimelineEntry,
)

_MERGED_FROM = CustomerRecord.DESCRIPTOR.fields_by_name["merged_from"].number
_CUSTOMERS = BatchGetCustomersResponse.DESCRIPTOR.fields_by_name["customers"].number
_LISTED = ListCustomersResponse.DESCRIPTOR.fields_by_name["customers"].number
_RESULTS = BatchLookupCustomersResponse.DESCRIPTOR.fields_by_name["results"].number
_CUSTOMER = LookedUpCustomer.DESCRIPTOR.fields_by_name["customer"].number
_ENTRIES = ListTimelineResponse.DESCRIPTOR.fields_by_name["entries"].number
_INTERACTION = TimelineEntry.DESCRIPTOR.fields_by_name["interaction"].number
_DECISION = TimelineEntry.DESCRIPTOR.fields_by_name["decision"].number


def record(found: Found, asked: str, mask: FieldMask) -> bytes:
    """Return the record for an id, with `merged_from` where another customer answers for it, whatever the mask says."""
    return stated(found.message, found.group, asked, mask)


def stated(message: bytes, customer: str, asked: str, mask: FieldMask) -> bytes:
    """Return a customer's record as the answer for an id, which may be another's.

    In protobuf, bytes put behind a message set the field that they carry.
    """
    if mask.paths:
        message = masked(CustomerRecord.FromString(message), mask).SerializeToString()
    if customer != asked:
        message += concat_repeated(_MERGED_FROM, [asked.encode()])
    return message


def batch(records: Iterable[bytes], not_found: Iterable[str]) -> bytes:
    """Return a BatchGetCustomersResponse."""
    absent = BatchGetCustomersResponse(not_found=not_found).SerializeToString()
    return concat_repeated(_CUSTOMERS, records) + absent


def listed(records: Iterable[bytes], next_page_token: str) -> bytes:
    """Return a ListCustomersResponse."""
    token = ListCustomersResponse(next_page_token=next_page_token).SerializeToString()
    return concat_repeated(_LISTED, records) + token


def looked_up(records: Iterable[bytes]) -> bytes:
    """Return a BatchLookupCustomersResponse; where nobody was found, the record has no bytes."""
    return concat_repeated(_RESULTS, (concat_repeated(_CUSTOMER, [message]) if message else b"" for message in records))


def timeline(rows: Iterable[Document], next_page_token: str) -> bytes:
    """Return a ListTimelineResponse."""
    entries = concat_repeated(_ENTRIES, map(_entry, rows))
    return entries + ListTimelineResponse(next_page_token=next_page_token).SerializeToString()


def _entry(row: Document) -> bytes:
    entry = TimelineEntry(account_key=row["account"])
    if row["known_at"]:
        entry.known_at.FromMilliseconds(row["known_at"])
    field = _DECISION if row["kind"] in DECISIONS else _INTERACTION
    return entry.SerializeToString() + concat_repeated(field, [row["body"]])
