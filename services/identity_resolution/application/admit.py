"""Admit: check what producers send, drop repeats, stamp the origin, forward; send what is new to the log of evidence.

The order is what keeps it right: keep new details and compare them, forward, then record. Were an event id recorded
first, a crash in between would make a repeat of an interaction that nobody has seen. As it is, a crash makes it go out
twice, with the same origin both times, and readers skip what they have applied; and what is new of an account is told
until it is remembered as told.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from chassis.dead_letters import DeadLetters
from chassis.errors import Conflict, InvalidRecord
from chassis.ports import Clock, Publisher
from chassis.positions import position
from chassis.records import DeadLetter, Message, Record, TopicPartition
from chassis.store.cache import Cache
from identity_resolution.application.forgetting import Erasures
from identity_resolution.application.observing import MOST_IDENTIFIERS, Observer, Shown
from identity_resolution.application.ports import Accounts, Forwarder, Reader, Submission
from identity_resolution.domain.account import NOTHING, Account, News, admit, origin_code
from identity_resolution.domain.evidence import Evidence, Pair
from identity_resolution.domain.exclusive import ExclusiveValues
from identity_resolution.domain.rules import Intake

log = logging.getLogger(__name__)

HANDLER_FAILED = "HANDLER_FAILED"
MOST_PAIRS = 500
"""Of one entry of the log, which holds 2 MB at most. More of them go before it, as they may speak against the rest."""


@dataclass(frozen=True, slots=True)
class AdmitPorts:
    """What admission works with."""

    reader: Reader
    forwarder: Forwarder
    accounts: Accounts
    observer: Observer
    exclusive: ExclusiveValues
    publisher: Publisher
    dead_letters: DeadLetters
    clock: Clock
    erasures: Erasures


@dataclass(frozen=True, slots=True)
class _Found:
    """News of an account, with the record that brought it."""

    record: Record
    submission: Submission
    account: Account
    news: News


class Admit:
    """The handler of the topic of interactions, which is given by its full name."""

    def __init__(self, topic: str, ports: AdmitPorts, bounds: Intake, epoch: int, cache_size: int = 50_000) -> None:
        self._topic = topic
        self._ports = ports
        self._bounds = bounds
        self._epoch = epoch
        # Raises where the epoch is too high, now rather than at the first interaction.
        origin_code(position(epoch, 0), 0)
        self._cache: Cache[Account] = Cache(cache_size)

    @property
    def topics(self) -> Sequence[str]:
        """Full names of the topics read."""
        return [self._topic, *self._ports.erasures.topics]

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        """Forget the cache: another worker may have written since."""
        self._cache.clear()

    def reset(self) -> None:
        """Forget the cache."""
        self._cache.clear()

    def idle(self) -> None:
        """The clock causes nothing here."""

    def handle(self, records: Sequence[Record]) -> None:
        """Admit a batch; return when details are kept, all is forwarded and acknowledged, and after that remembered.

        Whom it tells to be erased is forgotten before: what the batch has of them, too, is of the time before.
        """
        interactions, unheeded, is_forgotten = self._ports.erasures.heed(records)
        if is_forgotten:
            self._cache.clear()
        if interactions or unheeded:
            self._take_in(interactions, unheeded)

    def _take_in(self, records: Sequence[Record], unheeded: Sequence[DeadLetter]) -> None:
        read, dead = self._read(records)
        dead = [*self._of_the_living(dead), *unheeded]
        submissions = self._ports.erasures.spare(read)
        self._ports.dead_letters.check(len(records) + len(unheeded), len(dead))
        accounts = self._load({submission.account for _, submission in submissions})
        changed, messages, found = self._admit(submissions, accounts)
        pairs = self._observe(found)
        self._ports.publisher.publish(messages + self._evidence(found, pairs))
        self._correct(found, pairs)
        self._ports.dead_letters.send(dead)
        refused = self._ports.accounts.save(changed)
        if refused:
            raise Conflict(f"{refused} of {len(changed)} accounts were written by another worker")
        self._cache.put_all(accounts)

    def _read(self, records: Sequence[Record]) -> tuple[list[tuple[Record, Submission]], list[DeadLetter]]:
        now = self._ports.clock.now()
        self._ports.forwarder.starting(now)
        read = self._ports.reader.read
        submissions: list[tuple[Record, Submission]] = []
        dead: list[DeadLetter] = []
        for record in records:
            try:
                submissions.append((record, read(record, now)))
            except InvalidRecord as invalid:
                dead.append(DeadLetter(record, invalid.reason, invalid.detail))
            except Exception as failure:  # noqa: BLE001 - a record that the reader cannot bear must not block its partition
                dead.append(DeadLetter(record, HANDLER_FAILED, type(failure).__name__))
        _report([letter for letter in dead if letter.reason == HANDLER_FAILED])
        return submissions, dead

    def _of_the_living(self, dead: Sequence[DeadLetter]) -> list[DeadLetter]:
        """Of these letters, those that tell nothing of somebody erased; each with whom it tells of, where known."""
        whose = [(letter, self._ports.reader.whose(letter.record)) for letter in dead]
        told = [(letter.record, each) for letter, each in whose if each is not None]
        spared = {id(record) for record, _ in self._ports.erasures.spare(told)} if told else set()
        left = [(letter, each) for letter, each in whose if each is None or id(letter.record) in spared]
        return [replace(letter, subject=each.account) if each is not None else letter for letter, each in left]

    def _load(self, keys: set[str]) -> dict[str, Account]:
        accounts = self._cache.take(keys)
        missing = keys - accounts.keys()
        if missing:
            accounts.update(self._ports.accounts.load(missing))
        return accounts

    def _admit(
        self, submissions: Sequence[tuple[Record, Submission]], accounts: dict[str, Account]
    ) -> tuple[list[Account], list[Message], list[_Found]]:
        """Decide about each; the accounts that change, what is forwarded, and what is new of whom."""
        forwarder, bounds = self._ports.forwarder, self._bounds
        changed: dict[str, Account] = {}
        messages: list[Message] = []
        found: list[_Found] = []
        for record, submission in submissions:
            account = accounts[submission.account]
            verdict = admit(
                account,
                submission.event_id,
                origin_code(position(self._epoch, record.offset), record.partition),
                submission.identifiers,
                submission.details,
                ignored_values=submission.ignored_values,
                bounds=bounds,
            )
            if verdict.is_changed:
                changed[account.key] = account
            if verdict.forward:
                messages.append(forwarder.forwarded(record, submission))
            if verdict.news is not None:
                found.append(_Found(record, submission, account, verdict.news))
        return list(changed.values()), messages, found

    def _observe(self, found: Sequence[_Found]) -> list[tuple[Pair, ...]]:
        """Have the observer see what is new; for each the pairs to tell of. Who has no details is like nobody."""
        shown: list[Shown] = []
        places: list[int] = []
        for place, (account, news) in enumerate([(each.account, each.news) for each in found]):
            if not account.details:
                continue
            identifiers = list(account.shown)[-MOST_IDENTIFIERS:] if news.details else news.identifiers
            if news.details or identifiers:
                shown.append(Shown(account.key, news.details, identifiers, account.told))
                places.append(place)
        pairs: list[tuple[Pair, ...]] = [()] * len(found)
        for place, told in zip(places, self._ports.observer.observe(shown), strict=True):
            pairs[place] = told
        return pairs

    def _correct(self, found: Sequence[_Found], pairs: Sequence[tuple[Pair, ...]]) -> None:
        """Tell again of pairs of which another worker has told at the same time, until nobody comes in between."""
        told = {each.account.key: its_pairs for each, its_pairs in zip(found, pairs, strict=True) if its_pairs}
        by_account = {each.account.key: replace(each, news=NOTHING) for each in found} if told else {}
        while told:
            told = self._ports.observer.overtaken(told)
            messages = self._evidence([by_account[account] for account in told], list(told.values()))
            self._ports.publisher.publish(messages)

    def _evidence(self, found: Sequence[_Found], pairs: Sequence[tuple[Pair, ...]]) -> list[Message]:
        """What the log is told, and remember which pairs it was told of."""
        messages: list[Message] = []
        for each, told in zip(found, pairs, strict=True):
            news, account = each.news, each.account
            exclusives = self._ports.exclusive.tokens(news.details) if news.details else ()
            if not (news.is_account_new or news.identifiers or exclusives or told):
                continue
            if told:
                account.tell({pair.other: pair.weight for pair in told})
            event_id, last = each.submission.event_id, max(0, len(told) - MOST_PAIRS)
            entries = [Evidence(account.key, pairs=some, event_id=event_id) for some in _in_parts(told[:last])]
            entries.append(Evidence(account.key, news.identifiers, exclusives, told[last:], event_id))
            messages += [self._ports.forwarder.evidence(each.record, each.submission, entry) for entry in entries]
        return messages


def _in_parts(pairs: Sequence[Pair]) -> Iterator[tuple[Pair, ...]]:
    for start in range(0, len(pairs), MOST_PAIRS):
        yield tuple(pairs[start : start + MOST_PAIRS])


def _report(failures: Sequence[DeadLetter]) -> None:
    """Tell of the first failure; one line for a batch, whose records may all fail for one reason."""
    if failures:
        first = failures[0]
        log.error(
            "handler failed on %d records; the first: topic=%s partition=%d offset=%d error=%s",
            len(failures),
            first.record.topic,
            first.record.partition,
            first.record.offset,
            first.detail,
        )
