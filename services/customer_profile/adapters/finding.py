"""Finding the customer that a call names."""

from __future__ import annotations

from chassis.ports import Documents
from chassis.rpc.requests import parse_name
from chassis.stages.lookup import Found, find, find_messages
from wire.answering import not_computed, not_found

CUSTOMER = "customers/{customer}"


def found_under(records: Documents, customer: str) -> Found:
    """Return what is known under the id, also where it was merged away.

    Raises `RpcError` NOT_FOUND where nothing is, or nothing is computed yet, and `Unavailable`.
    """
    return _computed(find(records, [customer]).get(customer))


def message_under(records: Documents, customer: str) -> Found:
    """As `found_under`, and quicker, where only the message is wanted."""
    return _computed(find_messages(records, [customer]).get(customer))


def found_as(records: Documents, name: str, field: str) -> Found:
    """As `found_under`, by a resource name, which stands in that field of the request."""
    (customer,) = parse_name(CUSTOMER, name, field)
    return found_under(records, customer)


def _computed(found: Found | None) -> Found:
    if found is None:
        raise not_found()
    if not found.message:
        raise not_computed()
    return found
