"""Answers as bytes: stored messages are put together without being parsed, unless a read mask asks for parts."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf.field_mask_pb2 import FieldMask

from chassis.ports import Document
from chassis.rpc.requests import concat_repeated, masked
from chassis.stages.lookup import Found
from rapport.profile.v1.profile_pb2 import (
    BatchGetCustomersResponse,
    CustomerRecord,
    ListTimelineResponse,
    TimelineEntry,
)

_MERGED_FROM = CustomerRecord.DESCRIPTOR.fields_by_name["merged_from"].number
_CUSTOMERS = BatchGetCustomersResponse.DESCRIPTOR.fields_by_name["customers"].number
_ENTRIES = ListTimelineResponse.DESCRIPTOR.fields_by_name["entries"].number
_ACCOUNT_KEY = TimelineEntry.DESCRIPTOR.fields_by_name["account_key"].number
_INTERACTION = TimelineEntry.DESCRIPTOR.fields_by_name["interaction"].number


def record(found: Found, asked: str, mask: FieldMask) -> bytes:
    """Return the record for an id, with `merged_from` where another customer answers for it, whatever the mask says.

    In protobuf, bytes put behind a message set the field that they carry.
    """
    message: bytes = found.message
    if mask.paths:
        message = masked(CustomerRecord.FromString(message), mask).SerializeToString()
    if found.group != asked:
        message += concat_repeated(_MERGED_FROM, [asked.encode()])
    return message


def batch(records: Iterable[bytes], not_found: Iterable[str]) -> bytes:
    """Return a BatchGetCustomersResponse."""
    absent = BatchGetCustomersResponse(not_found=not_found).SerializeToString()
    return concat_repeated(_CUSTOMERS, records) + absent


def timeline(rows: Iterable[Document], next_page_token: str) -> bytes:
    """Return a ListTimelineResponse."""
    entries = concat_repeated(_ENTRIES, map(_entry, rows))
    return entries + ListTimelineResponse(next_page_token=next_page_token).SerializeToString()


def _entry(row: Document) -> bytes:
    account: bytes = concat_repeated(_ACCOUNT_KEY, [row["account"].encode()])
    return account + concat_repeated(_INTERACTION, [row["body"]])
