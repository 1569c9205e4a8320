"""Linking a file: what a stream decides one event at a time, decided over a list of interactions in one go.

The interactions go through admission, what it finds through the same decisions, in the same order; only the doors lead
into memory. So a file and the stream that it is sent through end in the same customers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chassis.clock import milliseconds
from chassis.dead_letters import DeadLetters
from chassis.ports import Clock
from chassis.records import DeadLetter, Message, ReadRecord, Record
from identity_resolution.application.admit import Admit, AdmitPorts
from identity_resolution.application.forgetting import NobodyErased
from identity_resolution.application.observing import Observer
from identity_resolution.application.ports import Reader, Submission
from identity_resolution.domain.account import Account
from identity_resolution.domain.customers import PairKey
from identity_resolution.domain.decide import decide
from identity_resolution.domain.decisions import SuggestionState
from identity_resolution.domain.evidence import Evidence
from identity_resolution.domain.exclusive import ExclusiveValues
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.rules import Intake
from identity_resolution.domain.staging import Entered, Staging

BATCH = 500
"""Interactions that are admitted at once, as a worker would."""
_FILE = "file"
_NOTHING = Message(_FILE, None, None)


@dataclass(frozen=True, slots=True)
class Linked:
    """What became of all that was taken.

    `suggestions` counts pairs of customers' accounts that a person would be asked about, `refusals` ties that were not
    made, by the rule that forbade them.
    """

    customers: dict[str, str]
    """The customer's id of each account, by its key."""
    suggestions: int
    refusals: Counter[str]


@dataclass(frozen=True, slots=True)
class LinkingPorts:
    """What linking works with: the doors of admission that tell the outcome."""

    reader: Reader
    observer: Observer
    exclusive: ExclusiveValues


class FileLinker:
    """Takes interactions and decides who is who. For one process; what it knows is kept in memory.

    With `is_once`, no account comes twice: then nothing is remembered of an account but what matching needs.
    """

    def __init__(
        self, ports: LinkingPorts, bounds: Intake, policy: Policy, now: datetime, *, is_once: bool = False
    ) -> None:
        self._policy = policy
        self._now = _Stopped(now)
        self._at = milliseconds(now)
        self._staging = Staging()
        self._collected = _Collected()
        self._refused = _Refused(self._now)
        self._offset = 0
        self._position = 0
        self._suggested: dict[str, PairKey] = {}
        accounts = _NewAccounts() if is_once else _RememberedAccounts()
        admit_ports = AdmitPorts(
            reader=ports.reader,
            forwarder=self._collected,
            accounts=accounts,
            observer=ports.observer,
            exclusive=ports.exclusive,
            publisher=self._collected,
            dead_letters=self._refused,
            clock=self._now,
            erasures=NobodyErased(),
        )
        self._admit = Admit(_FILE, admit_ports, bounds, epoch=0, cache_size=BATCH)

    def take(self, values: Iterable[bytes], on_taken: Callable[[int], None] = lambda count: None) -> Iterable[Taken]:
        """Take serialized interactions; yields for each, in order, the account's key or why it was refused.

        `on_taken` is told how many more were taken, for progress.
        """
        batch: list[Record] = []
        for value in values:
            batch.append(ReadRecord(_FILE, 0, self._offset, self._at, None, value))
            self._offset += 1
            if len(batch) == BATCH:
                yield from self._take(batch)
                on_taken(len(batch))
                batch = []
        if batch:
            yield from self._take(batch)
            on_taken(len(batch))

    def linked(self) -> Linked:
        """What has become of all that was taken so far."""
        staging, member_of = self._staging, self._staging.memberships
        open_ = sum(member_of[one] != member_of[other] for one, other in self._suggested.values())
        live = set(member_of.values())
        rules = (refusal.rule for id_ in live for refusal in staging.customers[id_].refused.values())
        return Linked(dict(member_of), open_, Counter(map(str, rules)))

    def _take(self, batch: Sequence[Record]) -> list[Taken]:
        self._collected.begin()
        self._refused.letters = {}
        self._admit.handle(batch)
        for evidence in self._collected.evidences:
            decide(self._staging, evidence, Entered(self._position, self._at), self._policy)
            for id_, suggestion in self._staging.changes.suggestions.items():
                if suggestion.state is SuggestionState.PENDING:
                    self._suggested[id_] = suggestion.pair
                else:
                    self._suggested.pop(id_, None)
            self._staging.forget_changes()
            self._position += 1
        accounts, letters = self._collected.accounts, self._refused.letters
        return [Taken(accounts.get(record.offset, ""), letters.get(record.offset)) for record in batch]


@dataclass(frozen=True, slots=True)
class Taken:
    """The key of the account of an interaction; or else why it was refused. A repeat has neither."""

    account: str
    refused: DeadLetter | None = None


@dataclass(slots=True)
class _Collected:
    """Stands where admission sends: keeps the evidence, and which account each interaction is of."""

    evidences: list[Evidence] = field(default_factory=list)
    accounts: dict[int, str] = field(default_factory=dict)

    def begin(self) -> None:
        """Another batch."""
        self.evidences, self.accounts = [], {}

    def starting(self, now: datetime) -> None:
        """The time of admission matters to nobody here."""

    def forwarded(self, record: Record, submission: Submission) -> Message:
        """Nobody folds it; note whose it is."""
        self.accounts[record.offset] = submission.account
        return _NOTHING

    def evidence(self, record: Record, submission: Submission, evidence: Evidence) -> Message:
        """Keep it for the decisions."""
        self.evidences.append(evidence)
        return _NOTHING

    def publish(self, messages: Iterable[Message]) -> None:
        """All that matters has been kept."""


class _Refused(DeadLetters):
    """Stands where admission sends what it refuses; whoever reads a file wants to hear of all of it."""

    def __init__(self, clock: Clock) -> None:
        self.letters: dict[int, DeadLetter] = {}
        super().__init__(_Collected(), _FILE, _FILE, clock)

    def check(self, total_records: int, dead_letters: int) -> None:
        """No share is too large: nothing is drained here that could be read again later."""

    def send(self, letters: Iterable[DeadLetter]) -> None:
        """Keep them by their places."""
        self.letters.update((letter.record.offset, letter) for letter in letters)


class _RememberedAccounts:
    """The `Accounts` port in memory."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}

    def load(self, keys: Collection[str]) -> dict[str, Account]:
        """Each account among the keys, new ones included."""
        return {key: self._accounts.get(key) or Account(key) for key in keys}

    def save(self, accounts: Collection[Account]) -> int:
        """Keep them."""
        self._accounts.update((account.key, account) for account in accounts)
        return 0


class _NewAccounts:
    """The `Accounts` port where each account comes once: nothing is worth keeping."""

    def load(self, keys: Collection[str]) -> dict[str, Account]:
        """Each is new."""
        return {key: Account(key) for key in keys}

    def save(self, accounts: Collection[Account]) -> int:
        """Forget them."""
        return 0


class _Stopped:
    """A clock that stands: all of a file is taken at one time."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """That time."""
        return self._now
