"""Comparing accounts with each other, from time to time, beside the fold.

One worker sweeps: the one that owns the first partition of the interactions. Two that believe so tell the same twice,
which is harmless, since findings are whole and replace each other in the order of their log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from advocacy_scoring.application.ports import RulesInForce
from advocacy_scoring.domain.decay import day_of, start_of
from advocacy_scoring.domain.findings import Findings
from advocacy_scoring.domain.gaming.crowds import Copies
from advocacy_scoring.domain.persona import Persona, Trace
from advocacy_scoring.domain.referrals import Party
from advocacy_scoring.domain.sweep import Seen, findings, suspects
from chassis.clock import milliseconds
from chassis.ports import Clock, Document, Documents, Handler, Publisher, Query
from chassis.records import Message, Record, TopicPartition
from chassis.stages.parts import PartCodec
from chassis.stages.results import result

_log = logging.getLogger(__name__)

_NO_LIMIT = 1_000_000
_AHEAD_DAYS = 2
"""An event may bear tomorrow's date."""


class Sweep:
    """One look at everything: loads traces and personas, and tells the accounts of which something else is found.

    `traces` loads those of a sort between two UTC days; `told` remembers by account what was told last.
    """

    def __init__(
        self,
        *,
        rules: RulesInForce,
        traces: Callable[[str, int, int], Sequence[Trace]],
        personas: Documents,
        codec: PartCodec[Persona],
        results: Documents,
        told: Told,
        copies: Copies,
        publisher: Publisher,
    ) -> None:
        self._rules = rules
        self._traces = traces
        self._personas = personas
        self._codec = codec
        self._results = results
        self._told = told
        self._copies = copies
        self._publisher = publisher

    def __call__(self, now: datetime) -> int:
        """Sweep; returns how many accounts were told something new. Raises `Unavailable`."""
        rules, _, staff = self._rules.now()
        now_ms = milliseconds(now)
        today = day_of(now_ms)
        spoken = self._traces("spoken", today - rules.gaming.window_days, today + _AHEAD_DAYS)
        since = today - rules.referrals.within_days - rules.referrals.return_days
        traded = self._traces("traded", since, today + _AHEAD_DAYS)
        known = Known(self._personas, self._codec, self._results, rules.employees.accounts, staff)
        concerned = {trace.account for trace in (*spoken, *traded)} | {trace.other for trace in traded if trace.other}
        still_open = self._told.open_accounts()
        known.load(concerned | still_open)
        suspected = suspects(rules, spoken, known.seen(), self._copies)
        judged = findings(rules, suspected, traded, known.party, now_ms)
        oldest = start_of(today - rules.history_days)
        whole = {
            account: judged.get(account, Findings()).carrying(known.findings(account), oldest, start_of(since))
            for account in sorted(judged.keys() | still_open)
        }
        news = self._told.news(whole)
        self._publisher.publish(self._told.message(account, each, now) for account, each in news.items())
        # After the send: a crash in between tells it twice.
        self._told.remember(whole, start_of(since))
        if news:
            _log.info("told accounts what was found", extra={"accounts": len(news), "traces": len(spoken)})
        return len(news)


class Told:
    """What accounts were told last, in a collection: {_id: account, version, digest, is_open}."""

    def __init__(
        self,
        documents: Documents,
        message: Callable[[str, Findings, datetime], Message],
        digest: Callable[[Findings], str],
    ) -> None:
        self._documents = documents
        self.message = message
        self._digest = digest

    def open_accounts(self) -> set[str]:
        """The accounts of which something was told that time alone may change."""
        return {each["_id"] for each in self._documents.find(Query(equals={"is_open": True}, limit=_NO_LIMIT))}

    def news(self, found: Mapping[str, Findings]) -> dict[str, Findings]:
        """What differs from what was told; also that nothing is found any more."""
        stored = self._documents.load(list(found))
        nothing = self._digest(Findings())
        return {
            account: each
            for account, each in found.items()
            if self._digest(each) != (stored[account]["digest"] if account in stored else nothing)
        }

    def remember(self, told: Mapping[str, Findings], since_ms: int) -> None:
        """These were told. Versions count on from what is stored: clocks may be set back."""
        stored = self._documents.load(list(told))
        changed = []
        for account, each in told.items():
            known = stored.get(account, {"version": 0})
            document = {"digest": self._digest(each), "is_open": each.is_open(since_ms)}
            if any(known.get(name) != value for name, value in document.items()):
                changed.append({"_id": account, "version": known["version"] + 1, **document})
        self._documents.put_newer(changed)


class Known:
    """The personas that a sweep looks at, and the customers that they belong to."""

    def __init__(
        self,
        personas: Documents,
        codec: PartCodec[Persona],
        results: Documents,
        listed: Collection[str],
        staff: frozenset[str],
    ) -> None:
        self._personas = personas
        self._codec = codec
        self._results = results
        self._listed = frozenset(listed)
        self._staff = staff
        self._known: set[str] = set()
        self._states: dict[str, Persona] = {}
        self._members: dict[str, frozenset[str]] = {}
        self._parties: dict[str, Party] = {}

    def load(self, accounts: set[str], *, is_home: bool = False) -> None:
        """Load the accounts' personas, those of all other accounts of their customers, and of whom they live with."""
        documents = self._personas.load(accounts)
        groups = {document["group"] for document in documents.values() if document["group"]}
        for group, document in self._results.load(groups).items():
            self._members.update(self._membership(group, document))
        missing = (
            {member for members in self._members.values() for member in members}
            - documents.keys()
            - self._states.keys()
        )
        documents |= self._personas.load(missing)
        self._states |= {account: self._codec.state(document) for account, document in documents.items()}
        self._known |= accounts
        home = {other for state in self._states.values() for other in state.related.home} - self._known
        if home and not is_home:
            # Of those who live with them it matters who they are, not with whom they live.
            self.load(home, is_home=True)

    def party(self, account: str) -> Party:
        """What is known of the customer behind the account."""
        if account not in self._parties:
            self._parties[account] = self._party(account)
        return self._parties[account]

    def findings(self, account: str) -> Findings:
        """What the account knows that was found of it."""
        return self._states[account].findings if account in self._states else Findings()

    def seen(self) -> Seen:
        """When the accounts were first seen, where and with whom they live, and who works for the brand."""
        return Seen(
            {account: state.first_ms for account, state in self._states.items()},
            {account: state.household.value for account, state in self._states.items() if state.household.value},
            frozenset(account for account in self._states if self.party(account).is_staff),
            {account: self._home(account) for account in self._states if self.party(account).home},
        )

    @staticmethod
    def _membership(_: str, document: Document) -> dict[str, frozenset[str]]:
        members = frozenset(result(document).body.members)
        return dict.fromkeys(members, members)

    def _party(self, account: str) -> Party:
        members = self._members.get(account, frozenset({account}))
        own = [self._states[each] for each in sorted(members) if each in self._states]
        bought = [state.first_purchase_ms for state in own if state.first_purchase_ms >= 0]
        return Party(
            accounts=members if own else frozenset(),
            first_purchase_ms=min(bought, default=-1),
            households=frozenset(state.household.value for state in own if state.household.value),
            is_staff=bool(members & self._listed) or any(state.works_for(self._staff) for state in own),
            home=frozenset(account for state in own for account in state.related.home),
        )

    def _home(self, account: str) -> frozenset[str]:
        """All accounts of those who live with the account's person."""
        home = self.party(account).home
        return home.union(*(self.party(other).accounts for other in home))


class Sweeping:
    """The fold, which sweeps when idle. Implements the chassis' `Handler`."""

    def __init__(self, fold: Handler, sweep: Sweep, rules: RulesInForce, clock: Clock, first_topic: str) -> None:
        self._fold = fold
        self._sweep = sweep
        self._rules = rules
        self._clock = clock
        self._first = TopicPartition(first_topic, 0)
        self._is_mine = False
        self._next: datetime | None = None

    @property
    def topics(self) -> Sequence[str]:
        """Those of the fold."""
        return self._fold.topics

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        """Tell the fold; sweep soon if the first partition is among them."""
        self._is_mine = self._first in partitions
        self._next = None
        self._fold.assigned(partitions)

    def handle(self, records: Sequence[Record]) -> None:
        """Fold by the rules that hold."""
        self._rules.refresh()
        self._fold.handle(records)

    def reset(self) -> None:
        """Tell the fold."""
        self._fold.reset()

    def idle(self) -> None:
        """Sweep where it is time."""
        self._fold.idle()
        self._rules.refresh()
        now = self._clock.now()
        if self._is_mine and (self._next is None or now >= self._next):
            self._sweep(now)
            self._next = now + timedelta(minutes=self._rules.now()[0].gaming.sweep_minutes)
