"""Rows and lines of `rapportctl profile`: customers, accounts, versions and changes of segments."""

from __future__ import annotations

from typing import Any

from rapport.profile.v1.changes_pb2 import SegmentChange, SegmentChangeCause, SegmentChangeKind
from rapport.profile.v1.facets_pb2 import AccountSummary
from rapport.profile.v1.profile_pb2 import CustomerRecord
from rapportctl.views import moment, money

CUSTOMER_COLUMNS = ("customer", "name", "stage", "tier", "segments", "net", "last order")
ACCOUNT_COLUMNS = ("account", "interactions", "first", "last", "followers")


def customer_row(record: CustomerRecord) -> dict[str, Any]:
    """A customer in a list."""
    contact = record.contact
    names = (contact.full_name.value, f"{contact.given_name.value} {contact.family_name.value}".strip())
    ordered = [each.last_at for each in record.purchases if each.orders]
    return {
        "customer": record.customer_id,
        "name": next((name for name in names if name), ""),
        "stage": record.lifecycle.stage,
        "tier": record.tier.tier,
        "segments": ", ".join(each.segment for each in record.segments),
        "net": ", ".join(money(each.net_minor_units, each.currency_code) for each in record.purchases),
        "last order": moment(max(ordered, key=lambda time: time.seconds)) if ordered else "",
    }


def account_row(account: AccountSummary) -> dict[str, Any]:
    """An account of a customer."""
    return {
        "account": account.account_key,
        "interactions": account.interactions,
        "first": moment(account.first_at),
        "last": moment(account.last_at),
        "followers": account.reach.followers if account.HasField("reach") else "",
    }


def version_line(record: CustomerRecord) -> str:
    """A version of a record, as it comes."""
    merged = f"  (was {record.merged_from})" if record.merged_from else ""
    changed = ", ".join(record.changed_sections)
    return f"{moment(record.update_time)}  {record.customer_id}{merged}  version {record.version}: {changed}"


def segment_line(change: SegmentChange) -> str:
    """A customer who entered or left, as it comes."""
    kind = SegmentChangeKind.Name(change.kind).removeprefix("SEGMENT_CHANGE_KIND_").lower()
    cause = SegmentChangeCause.Name(change.cause).removeprefix("SEGMENT_CHANGE_CAUSE_").lower()
    return (
        f"{moment(change.effective_time)}  {change.customer_id}  #{change.sequence}  {kind} {change.segment}  ({cause})"
    )
