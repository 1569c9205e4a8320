"""Decide: take the log of evidence into customers, in batches, each made wholly or not at all.

A batch is decided in memory, committed by one compare-and-set on the journal, then written and published. What the
journal holds is finished before anything else is done, so a crash in between delays a batch and never tears it; the
position in the journal says which entries it has taken in, whatever the log hands out again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from chassis.clock import milliseconds
from chassis.dead_letters import DeadLetters
from chassis.errors import Deposed, InvalidRecord
from chassis.ports import Clock, Counter, Document, Publisher
from chassis.positions import position
from chassis.records import DeadLetter, Record, TopicPartition
from chassis.stages.resend import SETTLED_AFTER
from identity_resolution.application.ports import (
    CUSTOMERS,
    MEMBERSHIPS,
    Announcer,
    Commit,
    Constraints,
    Customers,
    EntryReader,
    Held,
    Journal,
    Late,
    TooLargeError,
)
from identity_resolution.domain.commands import carry_out, turn_down
from identity_resolution.domain.decide import decide
from identity_resolution.domain.evidence import Command, Entry, Evidence
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.staging import Entered, Staging

MOST_ENTRIES = 2_000
MOST_WEIGHT = 8_000
"""Of one commit: in accounts and links, about 250 bytes each. A document holds 16 MB at most; one entry alone changes a
few thousand of them, by the caps."""
EXPIRY_ASKED_EVERY_MS = 60_000


@dataclass(frozen=True, slots=True)
class DecidePorts:
    """What decisions work with."""

    reader: EntryReader
    customers: Customers
    constraints: Constraints
    journal: Journal
    announcer: Announcer
    publisher: Publisher
    dead_letters: DeadLetters
    counter: Counter
    clock: Clock


class Decide:
    """The handler of the log of evidence, which is given by its full name. Whoever has its partition decides."""

    def __init__(self, topic: str, ports: DecidePorts, policy: Policy, epoch: int) -> None:
        self._topic = topic
        self._ports = ports
        self._policy = policy
        self._epoch = epoch
        self._is_mine = False
        self._is_ready = False
        self._generation = 0
        self._position = -1
        self._latest = 0
        self._told = 0
        self._late: list[Late] = []
        self._asked_at = 0

    @property
    def topics(self) -> Sequence[str]:
        """Full names of the topics read."""
        return [self._topic]

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        """Take a new token; another worker may have decided since, so begin with what the journal holds."""
        self._is_mine = bool(partitions)
        self._generation = 0
        self.reset()

    def reset(self) -> None:
        """Forget what is cached, and begin with what the journal holds."""
        self._is_ready = False

    def idle(self) -> None:
        """Finish what the journal holds, also where no evidence comes; send again what a former owner may send late."""
        if not self._is_mine:
            return
        self._begin()
        if self._late and milliseconds(self._ports.clock.now()) >= self._late[0].until:
            self._settle(self._late[0])
        self._end_what_has_expired()

    def _settle(self, late: Late) -> None:
        """Say again what a former owner may have said too late, and remove again what it may have brought back.

        After that the journal names nobody any more: the last commit is made.
        """
        customers = self._ports.customers
        customers.erase(late)
        stored, memberships = customers.stored(late.customers, late.accounts)
        self._publish(stored, memberships)
        self._tell_relationships(late.related, self._position + 1, self._latest)
        found = {document["_id"] for document in (*stored, *memberships)}
        self._bury(
            [id_ for id_ in late.customers if id_ not in found], [key for key in late.accounts if key not in found]
        )
        del self._late[0]
        self._ports.journal.write(Held(self._generation, Commit(self._position, self._latest, {}), self._late))

    def _end_what_has_expired(self) -> None:
        """Say in the log that constraints have expired, so that its replay decides the same.

        What was said and is not decided yet is said again, under the same request id: which changes nothing.
        """
        now = milliseconds(self._ports.clock.now())
        if now - self._asked_at < EXPIRY_ASKED_EVERY_MS:
            return
        self._asked_at = now
        expired = self._ports.constraints.expired(now)
        self._ports.publisher.publish([self._ports.announcer.expiry(constraint, now) for constraint in expired])

    def handle(self, records: Sequence[Record]) -> None:
        """Decide a batch; return when its decisions are committed, written and published.

        Dead letters go first: entries up to the journal's position are not looked at again.
        """
        self._begin()
        fresh = [record for record in records if position(self._epoch, record.offset) > self._position]
        entries, dead = self._read(fresh)
        self._ports.dead_letters.check(len(fresh), len(dead))
        self._ports.dead_letters.send(dead)
        for part in _parts(entries):
            self._decide(part)

    def _begin(self) -> None:
        """Be the one who decides, and finish the last commit, which its maker may have left half done.

        Raises `Deposed` where another worker has become the one since: by the token, which only rises.
        """
        if self._is_ready:
            return
        ports = self._ports
        self._generation = self._generation or ports.counter.next()
        ports.customers.forget()
        held = ports.journal.read()
        if held.generation > self._generation:
            raise Deposed("another worker decides now")
        if held.generation < self._generation:
            self._expect_late_messages(held)
            ports.journal.write(Held(self._generation, held.commit, self._late))
        # Also where nothing is held: a first commit that failed has moved the position in memory.
        self._position, self._latest, self._told = -1, 0, 0
        if held.commit is not None:
            self._finish(held.commit)
            self._position, self._latest = held.commit.position, held.commit.latest
        self._is_ready = True

    def _expect_late_messages(self, held: Held) -> None:
        """The former owner may wake up and send the messages of its last commit after newer ones.

        Readers keep the higher version, but a compacted topic keeps what came last: so these customers and accounts are
        told of once more when such a message must have arrived or failed. All earlier ones were acknowledged before.
        It stands in the journal, as the next owner may itself be followed by another before that; once for a commit,
        however many begin with it.
        """
        self._late = list(held.late)
        if held.commit is not None:
            late = _late(held.commit, milliseconds(self._ports.clock.now() + SETTLED_AFTER))
            self._late = [
                each
                for each in self._late
                if (each.customers, each.accounts, each.related) != (late.customers, late.accounts, late.related)
            ]
            if late.customers or late.accounts or late.related:
                self._late.append(late)

    def _read(self, records: Iterable[Record]) -> tuple[list[tuple[Entered, Entry]], list[DeadLetter]]:
        entries: list[tuple[Entered, Entry]] = []
        dead: list[DeadLetter] = []
        latest = self._latest
        for record in records:
            try:
                entry = self._ports.reader(record)
            except InvalidRecord as invalid:
                dead.append(DeadLetter(record, invalid.reason, invalid.detail))
                continue
            # Producers' clocks differ, and ids are to rise with the log.
            latest = max(latest, record.timestamp)
            entries.append((Entered(position(self._epoch, record.offset), latest), entry))
        return entries, dead

    def _decide(self, entries: Sequence[tuple[Entered, Entry]]) -> None:
        """Decide entries that are all evidence, or one command."""
        first, first_entry = entries[0]
        if isinstance(first_entry, Command):
            self._carry_out(first_entry, first)
            return
        evidence = [(entered, entry) for entered, entry in entries if isinstance(entry, Evidence)]
        staging = Staging()
        self._ports.customers.load([entry for _, entry in evidence], staging)
        for entered, entry in evidence:
            decide(staging, entry, entered, self._policy)
            self._position, self._latest = entered.position, entered.at
            if staging.weight > MOST_WEIGHT:
                self._commit(staging)
        self._commit(staging)
        self._ports.customers.remember(staging)

    def _carry_out(self, command: Command, entered: Entered) -> None:
        """Decide a command; one that changes more than a commit can hold is turned down, as it would be for ever."""
        staging = Staging()
        self._ports.customers.load_command(command, staging)
        carry_out(staging, command, entered, self._policy)
        self._position, self._latest = entered.position, entered.at
        try:
            self._commit(staging)
        except TooLargeError as too_large:
            staging = Staging()
            turn_down(staging, command, entered, "CUSTOMER_TOO_LARGE", limit=too_large.limit)
            self._commit(staging)
        self._ports.customers.remember(staging)

    def _commit(self, staging: Staging) -> None:
        commit = self._ports.customers.prepare(staging, self._position, self._latest)
        if commit.erased and self._late:
            # A former owner may still bring back what this removes.
            self._late.append(_late(commit, self._late[-1].until))
        self._ports.journal.write(Held(self._generation, commit, self._late))
        self._finish(commit)
        staging.forget_changes()

    def _finish(self, commit: Commit) -> None:
        """Write and publish: of customers, those of whom there is more to tell than the commits before have told.

        What an erasure has removed is in the journal until that is done, and not longer.
        """
        self._ports.customers.write(commit)
        news = [customer for customer in commit.customers if customer["told"] > self._told]
        self._publish(news, commit.memberships)
        self._tell_relationships(commit.related, commit.version, commit.latest)
        self._told = commit.position + 1
        if commit.erased:
            self._bury(commit.erased.get(CUSTOMERS, ()), commit.erased.get(MEMBERSHIPS, ()))
            self._ports.journal.write(Held(self._generation, Commit(commit.position, commit.latest, {}), self._late))
            self._ports.customers.forget()

    def _bury(self, customers: Collection[str], accounts: Collection[str]) -> None:
        """Publish that these were erased, of those that were."""
        if customers or accounts:
            erased = self._ports.customers.erased(customers, accounts)
            self._ports.publisher.publish(self._ports.announcer.tombstones(*erased))

    def _tell_relationships(self, accounts: Collection[str], version: int, at: int) -> None:
        """Publish what holds of these accounts, in the version of what was decided last: an erasure leaves no other."""
        if accounts:
            ports = self._ports
            _, erased = ports.customers.erased((), accounts)
            holding = ports.customers.relationships(accounts)
            ports.publisher.publish(ports.announcer.relationships(holding, erased, version, at))

    def _publish(self, customers: Collection[Document], memberships: Collection[Document]) -> None:
        self._ports.publisher.publish(self._ports.announcer.messages(customers, memberships))


def _late(commit: Commit, until: int) -> Late:
    """What whoever has made the commit may bring back or say of it until then."""
    customers = [document["_id"] for document in commit.customers] + [*commit.erased.get(CUSTOMERS, ())]
    accounts = [document["_id"] for document in commit.memberships] + [*commit.erased.get(MEMBERSHIPS, ())]
    return Late(until, customers, accounts, commit.version, commit.erased, [*commit.related])


def _parts(entries: Sequence[tuple[Entered, Entry]]) -> Iterator[Sequence[tuple[Entered, Entry]]]:
    """The entries in parts that are decided at once: some evidence, or one command.

    What a command concerns is only known when all before it is stored.
    """
    start = 0
    for place, (_, entry) in enumerate(entries):
        if isinstance(entry, Command):
            if start < place:
                yield entries[start:place]
            yield entries[place : place + 1]
            start = place + 1
        elif place - start == MOST_ENTRIES:
            yield entries[start:place]
            start = place
    if start < len(entries):
        yield entries[start:]
