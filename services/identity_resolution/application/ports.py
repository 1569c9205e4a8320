"""The doors that the handlers need beyond those of chassis."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from chassis.ports import Document
from chassis.records import Message, Record
from identity_resolution.domain.account import Account
from identity_resolution.domain.decide import Evidence, Staging


class Submission(NamedTuple):
    """An interaction that passed the checks: its account, its id, and the identifiers that it shows, all by key.

    `occurred_at` is in nanoseconds since 1970; `ignored_values` counts identifiers that are blocked or none.
    """

    account: str
    event_id: str
    occurred_at: int
    identifiers: tuple[str, ...]
    ignored_values: int


class Reader(Protocol):
    """Reads what producers send."""

    def read(self, record: Record, now: datetime) -> Submission:
        """The interaction of the record. Raises `InvalidRecord` where it cannot be used."""


class Forwarder(Protocol):
    """Makes the messages of admission."""

    def starting(self, now: datetime) -> None:
        """What is made from here on is admitted at this time."""

    def forwarded(self, record: Record, submission: Submission) -> Message:
        """The interaction with its origin, for those who fold it."""

    def evidence(self, record: Record, submission: Submission, identifiers: tuple[str, ...]) -> Message:
        """What the interaction shows that was not known of its account, for the log of evidence."""


class Accounts(Protocol):
    """Keeps what admission remembers. Calls raise `Unavailable` when the store does not answer."""

    def load(self, keys: Collection[str]) -> dict[str, Account]:
        """Each account among the keys, new ones included."""

    def save(self, accounts: Collection[Account]) -> int:
        """Write each unless somebody else wrote it since it was loaded; returns how many were refused."""


class EvidenceReader(Protocol):
    """Reads the log of evidence."""

    def __call__(self, record: Record) -> Evidence:
        """The entry of the record. Raises `InvalidRecord`."""


@dataclass(frozen=True, slots=True)
class Commit:
    """What a batch of decisions changes, as documents with a `version`, and how far in the log they reach.

    `latest` is the time of the last entry, in milliseconds since 1970.
    """

    position: int
    latest: int
    customers: Sequence[Document]
    memberships: Sequence[Document]
    identifiers: Sequence[Document]


@dataclass(frozen=True, slots=True)
class Late:
    """Customers and accounts of which a former owner may send something late, and when that is over.

    `until` is in milliseconds since 1970.
    """

    until: int
    customers: Sequence[str]
    accounts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Held:
    """What the journal holds: the last commit, if any, the token of whoever wrote it, and what may still come late."""

    generation: int
    commit: Commit | None
    late: Sequence[Late] = ()


class Journal(Protocol):
    """Holds the last commit, so that a batch of decisions is made wholly or not at all."""

    def read(self) -> Held:
        """What it holds, as the primary has it; from here on `write` expects nobody else to have written."""

    def write(self, held: Held) -> None:
        """Replace what it holds. Raises `Conflict` where somebody else has since `read`."""


class Customers(Protocol):
    """Keeps customers, and who and what belongs to them. Its caller must be the only writer between two `forget`."""

    def forget(self) -> None:
        """Keep nothing in memory: somebody else may have written."""

    def load(self, accounts: Collection[str], identifiers: Collection[str], staging: Staging) -> None:
        """Put into the staging what is stored of these, and their customers."""

    def remember(self, staging: Staging) -> None:
        """Keep in memory what the staging knows: all of it is stored."""

    def prepare(self, staging: Staging, position: int, latest: int) -> Commit:
        """The commit of all that has changed in the staging."""

    def write(self, commit: Commit) -> None:
        """Write the commit's documents where what is stored is older."""

    def stored(self, customers: Collection[str], accounts: Collection[str]) -> tuple[list[Document], list[Document]]:
        """The documents of these customers, and those of the memberships of these accounts, as they are now."""


class Announcer(Protocol):
    """Tells the world of decisions."""

    def messages(self, customers: Collection[Document], memberships: Collection[Document]) -> list[Message]:
        """What is to be published of these documents."""
