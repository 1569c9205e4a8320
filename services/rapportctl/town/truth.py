"""What is true of a town's events: the figures that a system which read them must arrive at."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

Amounts = dict[str, int]
"""Minor units by currency."""


@dataclass(kw_only=True, slots=True)
class CustomerTruth:
    """Accounts that identifiers tie together, whoever shows them. Repeats and invalid events do not count.

    With the default settings, what a system must hold to be one customer. Where identifiers are shared, or details
    alone show who somebody is, it must arrive at other customers: see `PersonTruth.findable`.
    """

    accounts: list[str]
    """Sorted, as "channel:id" with raw ids."""
    interactions: int
    by_kind: dict[str, int]
    """By the name of the interaction's oneof field: "purchase"."""
    by_channel: dict[str, int]
    orders: int
    returns: int
    gross: Amounts
    returned: Amounts
    net: Amounts
    """Gross less returned."""
    first_at: datetime
    last_at: datetime


@dataclass(kw_only=True, slots=True)
class PersonTruth:
    """One person as they are in the end, whatever the interactions say."""

    number: int
    household: int
    accounts: list[str]
    findable: list[list[str]]
    """Those of one list show that they belong together, as `findable` defines it; the others are in none."""
    separate_account: str
    """The one that nothing ties to the others; empty where there is none."""
    given_name: str
    family_name: str
    date_of_birth: str
    email: str
    phone: str
    country: str
    postal_code: str
    city: str
    address_line: str
    followers: int
    employer: str
    """The brand, of its staff; else empty."""
    agency: str
    """The e-mail address of the agency that represents the person, or empty."""
    games: str = ""
    """How, of those who game: one of `gaming.KINDS`; else empty."""


@dataclass(kw_only=True, slots=True)
class SharedIdentifier:
    """An identifier that accounts of more than one person show."""

    type: str
    value: str
    persons: list[int]


@dataclass(kw_only=True, slots=True)
class Totals:
    """Counts over the whole stream."""

    events: int
    """All that is sent: valid, repeated and invalid."""
    valid: int
    """Valid events, each counted once."""
    repeated: int
    invalid: int
    invalid_by_reason: dict[str, int]
    by_kind: dict[str, int]
    by_channel: dict[str, int]
    persons: int
    accounts: int
    customers: int
    orders: int
    returns: int
    gross: Amounts
    returned: Amounts
    net: Amounts
    crisis_complaints: int
    first_at: datetime
    last_at: datetime


@dataclass(kw_only=True, slots=True)
class Truth:
    """All of it; as JSON, times are ISO 8601 in UTC."""

    seed: int
    parameters: dict[str, Any]
    totals: Totals
    customers: list[CustomerTruth]
    """Sorted by their first account."""
    persons: list[PersonTruth]
    shared_identifiers: list[SharedIdentifier] = field(default_factory=list)

    def customer_of(self) -> dict[str, CustomerTruth]:
        """Give each account's expected customer."""
        return {account: customer for customer in self.customers for account in customer.accounts}

    def to_json(self) -> str:
        """Write as JSON: the same text for the same truth."""
        return json.dumps(asdict(self), default=_iso, ensure_ascii=False, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Truth:
        """Read what `to_json` wrote. Raises KeyError or TypeError for anything else."""
        read = json.loads(text)
        return cls(
            seed=read["seed"],
            parameters=read["parameters"],
            totals=Totals(**_timed(read["totals"])),
            customers=[CustomerTruth(**_timed(customer)) for customer in read["customers"]],
            persons=[PersonTruth(**person) for person in read["persons"]],
            shared_identifiers=[SharedIdentifier(**shared) for shared in read["shared_identifiers"]],
        )

    def write(self, path: Path) -> None:
        """Write the truth file."""
        path.write_text(self.to_json() + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Truth:
        """Read a truth file."""
        return cls.from_json(path.read_text(encoding="utf-8"))


_TIMES = [each.name for each in fields(CustomerTruth) if each.type == "datetime"]


def _timed(read: dict[str, Any]) -> dict[str, Any]:
    return read | {name: datetime.fromisoformat(read[name]) for name in _TIMES}


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    raise TypeError(f"a truth file cannot hold a {type(value).__name__}")
