"""A person's details: of each field the latest value, with where it came from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

FIELDS = (
    "given_name",
    "family_name",
    "full_name",
    "date_of_birth",
    "email",
    "phone",
    "postal_address",
    "language",
    "company",
)


class Observed(NamedTuple):
    """A value of a field, when it was observed (milliseconds since 1970, UTC), in which event, by which source.

    The later one is the greater tuple. At the same time the greater event id decides, and between two accounts with the
    same event id the value: so the outcome does not depend on the order in which values arrive.
    """

    at: int
    event_id: str
    value: str
    source: str


class Attributed(NamedTuple):
    """An observed value and the account that it was observed with. Compares as `Observed` does, then by account."""

    observed: Observed
    account: str


def observe(contact: dict[str, Observed], field: str, observed: Observed) -> None:
    """Keep the value for the field, unless a later one is known."""
    known = contact.get(field)
    if known is None or observed > known:
        contact[field] = observed


def latest(contacts: Iterable[tuple[str, dict[str, Observed]]]) -> dict[str, Attributed]:
    """Return the latest value of each field over several accounts, given as (account, its contact)."""
    result: dict[str, Attributed] = {}
    for account, contact in contacts:
        for field, observed in contact.items():
            value = Attributed(observed, account)
            known = result.get(field)
            if known is None or value > known:
                result[field] = value
    return result
