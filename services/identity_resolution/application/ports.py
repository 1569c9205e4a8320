"""The doors that the handlers need beyond those of chassis."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from chassis.ports import Document
from chassis.records import Message, Record
from chassis.tombstones import Tombstone
from identity_resolution.domain.account import NO_DETAILS, Account
from identity_resolution.domain.decisions import Relationship
from identity_resolution.domain.evidence import Command, Entry, Evidence
from identity_resolution.domain.matching.details import Details
from identity_resolution.domain.staging import Staging


class Submission(NamedTuple):
    """An interaction that passed the checks: its account, its id, and the identifiers that it shows, all by key.

    `occurred_at` is in nanoseconds since 1970; `ignored_values` counts identifiers that are blocked or none. `details`
    are what it tells of the person, normalised.
    """

    account: str
    event_id: str
    occurred_at: int
    identifiers: tuple[str, ...]
    ignored_values: int
    details: Details = NO_DETAILS


class Reader(Protocol):
    """Reads what producers send."""

    def read(self, record: Record, now: datetime) -> Submission:
        """The interaction of the record. Raises `InvalidRecord` where it cannot be used."""

    def whose(self, record: Record) -> Submission | None:
        """Of a record that cannot be used, the account and the time as far as they can be read; None where not."""


class Forwarder(Protocol):
    """Makes the messages of admission."""

    def starting(self, now: datetime) -> None:
        """What is made from here on is admitted at this time."""

    def forwarded(self, record: Record, submission: Submission) -> Message:
        """The interaction with its origin, for those who fold it."""

    def evidence(self, record: Record, submission: Submission, evidence: Evidence) -> Message:
        """What the interaction shows that was not known of its account, for the log of evidence."""


class Accounts(Protocol):
    """Keeps what admission remembers. Calls raise `Unavailable` when the store does not answer."""

    def load(self, keys: Collection[str]) -> dict[str, Account]:
        """Each account among the keys, new ones included."""

    def save(self, accounts: Collection[Account]) -> int:
        """Write each unless somebody else wrote it since it was loaded; returns how many were refused."""


class Markers(Protocol):
    """Who was erased. Times in milliseconds since 1970. Calls raise `Unavailable` when the store does not answer."""

    def latest(self) -> int:
        """When anybody was erased last; -1 where nobody was."""

    def accounts(self, keys: Collection[str]) -> Mapping[str, int]:
        """Those of the accounts that were erased, and when."""

    def identifiers(self, keys: Collection[str]) -> Mapping[str, int]:
        """Those of the identifiers that were erased, and when."""

    def forgotten(self, keys: Collection[str]) -> Mapping[str, int]:
        """Those of the accounts that admission has forgotten, with the version of the erasure."""

    def note_forgotten(self, erasures: Collection[Tombstone]) -> None:
        """Note that admission has forgotten the accounts."""


class EntryReader(Protocol):
    """Reads the log of evidence."""

    def __call__(self, record: Record) -> Entry:
        """The entry of the record. Raises `InvalidRecord`."""


CUSTOMERS = "customers"
MEMBERSHIPS = "memberships"


@dataclass(frozen=True, slots=True)
class Commit:
    """What decisions change, as documents with a `version` by collection, and how far in the log they reach.

    `latest` is the time of the last entry, in milliseconds since 1970. `erased` has by collection the ids of documents
    that it removes, `related` the accounts whose relationships it changes.
    """

    position: int
    latest: int
    documents: Mapping[str, Sequence[Document]]
    erased: Mapping[str, Sequence[str]] = field(default_factory=dict)
    related: Sequence[str] = ()

    @property
    def version(self) -> int:
        """That of what its last entry changes; higher than all that was written before."""
        return self.position + 1

    @property
    def customers(self) -> Sequence[Document]:
        """The customers that it changes."""
        return self.documents.get(CUSTOMERS, ())

    @property
    def memberships(self) -> Sequence[Document]:
        """The accounts that it moves."""
        return self.documents.get(MEMBERSHIPS, ())


@dataclass(frozen=True, slots=True)
class Late:
    """Customers and accounts of which a former owner may send something late, and when that is over.

    `until` is in milliseconds since 1970. `erased` has by collection the ids of documents that were removed, and that
    the former owner may bring back; what has come up anew has this `version` or a higher one.
    """

    until: int
    customers: Sequence[str]
    accounts: Sequence[str]
    version: int = 0
    erased: Mapping[str, Sequence[str]] = field(default_factory=dict)
    related: Sequence[str] = ()
    """Accounts of whose relationships it may send something late."""


class Erasure(NamedTuple):
    """A customer or an account that was erased: by which version, and when, in milliseconds since 1970."""

    key: str
    version: int
    at: int


@dataclass(frozen=True, slots=True)
class Held:
    """What the journal holds: the last commit, if any, the token of whoever wrote it, and what may still come late."""

    generation: int
    commit: Commit | None
    late: Sequence[Late] = ()


class TooLargeError(Exception):
    """A commit is more than the journal can hold; `limit` says how much that is."""

    def __init__(self, limit: str) -> None:
        super().__init__(f"the journal holds at most {limit}")
        self.limit = limit


class Journal(Protocol):
    """Holds the last commit, so that a batch of decisions is made wholly or not at all."""

    def read(self) -> Held:
        """What it holds, as the primary has it; from here on `write` expects nobody else to have written."""

    def write(self, held: Held) -> None:
        """Replace what it holds.

        Raises `Conflict` where somebody else has since `read`, and `TooLargeError`, having written nothing.
        """


class Customers(Protocol):
    """Keeps customers, and who and what belongs to them. Its caller must be the only writer between two `forget`."""

    def forget(self) -> None:
        """Keep nothing in memory: somebody else may have written."""

    def load(self, entries: Collection[Evidence], staging: Staging) -> None:
        """Put into the staging what is stored of all that the evidence names."""

    def load_command(self, command: Command, staging: Staging) -> None:
        """Put into the staging what is stored of all that the command names, and of all that it may concern."""

    def remember(self, staging: Staging) -> None:
        """Keep in memory what the staging knows: all of it is stored."""

    def prepare(self, staging: Staging, position: int, latest: int) -> Commit:
        """The commit of all that has changed in the staging."""

    def write(self, commit: Commit) -> None:
        """Write the commit's documents where what is stored is older."""

    def stored(self, customers: Collection[str], accounts: Collection[str]) -> tuple[list[Document], list[Document]]:
        """The documents of these customers, and those of the memberships of these accounts, as they are now."""

    def relationships(self, accounts: Collection[str]) -> dict[str, list[Relationship]]:
        """What holds of each of these accounts, as it is told to it."""

    def erase(self, late: Late) -> None:
        """Remove again what was removed, and brought back by whoever did not know."""

    def erased(self, customers: Collection[str], accounts: Collection[str]) -> tuple[list[Erasure], list[Erasure]]:
        """Those of the customers, and those of the accounts, that were erased."""


class Constraints(Protocol):
    """Finds constraints whose time has passed."""

    def expired(self, now: int) -> Sequence[str]:
        """Ids of some that hold still and were to hold until before `now`, in milliseconds since 1970."""


class Announcer(Protocol):
    """Tells the world of decisions."""

    def messages(self, customers: Collection[Document], memberships: Collection[Document]) -> list[Message]:
        """What is to be published of these documents."""

    def tombstones(self, customers: Collection[Erasure], accounts: Collection[Erasure]) -> list[Message]:
        """What is to be published of whom was erased."""

    def relationships(
        self, holding: Mapping[str, Collection[Relationship]], erased: Collection[Erasure], version: int, at: int
    ) -> list[Message]:
        """What is to be published of what holds by account, `at` milliseconds since 1970, and of the erased."""

    def expiry(self, constraint: str, now: int) -> Message:
        """The command that a constraint holds no longer; `now` in milliseconds since 1970."""
