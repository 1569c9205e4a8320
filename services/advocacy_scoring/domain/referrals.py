"""Referrals: whom a code or an address brought, and whether that counts.

A referral is found from three sorts of interactions: the giver's own (a code, and perhaps whom it was meant for), the
purchase of somebody who uses the code or is who was meant, and the return of that purchase. A code belongs to the
account that was first to show it. A code that is used before anybody showed it waits for its owner.

Each customer is brought by one referral, its first; each pair is credited once. What cannot be known: whom a code
reached that nobody used, and who an address belongs to that never did anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from advocacy_scoring.domain.findings import Referral, ReferralState, Rejection
from advocacy_scoring.domain.persona import Trace
from advocacy_scoring.domain.rules import ReferralRules

REFERRAL, PURCHASE, RETURN = "referral", "purchase", "return"

_MINUTE_MS, _DAY_MS = 60_000, 86_400_000


@dataclass(frozen=True, slots=True)
class Party:
    """What is known of the customer behind an account: its accounts, when it first bought, where it lives and works.

    `households` are tokens of addresses; `home` are accounts of those with whom it is said to live.
    """

    accounts: frozenset[str]
    first_purchase_ms: int = -1
    households: frozenset[str] = frozenset()
    is_staff: bool = False
    home: frozenset[str] = frozenset()

    def lives_with(self, other: Party) -> bool:
        """Whether forms of both told one address, or it is said of either that it lives with the other."""
        return bool(self.households & other.households or self.home & other.accounts or other.home & self.accounts)


def judge(
    rules: ReferralRules, traces: Sequence[Trace], party: Callable[[str], Party], now_ms: int
) -> dict[str, list[Referral]]:
    """How every referral among the traces stands, by the accounts of both sides."""
    return _Judge(rules, traces, party, now_ms).judged()


class _Judge:
    """Goes through referrals and purchases in the order in which they happened."""

    def __init__(
        self, rules: ReferralRules, traces: Sequence[Trace], party: Callable[[str], Party], now_ms: int
    ) -> None:
        self._rules = rules
        self._party = party
        self._now = now_ms
        ordered = sorted(traces, key=lambda trace: (trace.at_ms, trace.account, trace.event_id))
        self._said = [trace for trace in ordered if trace.what == REFERRAL]
        self._bought = [trace for trace in ordered if trace.what == PURCHASE]
        self._returned = {(trace.account, trace.order) for trace in ordered if trace.what == RETURN and trace.order}
        self._owner: dict[str, Trace] = {}
        for trace in self._said:
            if trace.code:
                self._owner.setdefault(trace.code, trace)
        self._giver_of: dict[str, str] = {}
        self._found: dict[str, list[Referral]] = defaultdict(list)

    def judged(self) -> dict[str, list[Referral]]:
        """By account; each referral stands with its giver, and with its taker where one bought."""
        done: set[str] = set()
        for bought in self._bought:
            for said in self._matching(bought):
                done.add(_id(said))
                self._judge(said, bought)
        for said in self._said:
            if _id(said) not in done:
                self._wait(said)
        return dict(self._found)

    def _matching(self, bought: Trace) -> Iterator[Trace]:
        """The referral that a purchase follows from: the newest with the code, or the first that meant the buyer."""
        owner = self._owner.get(bought.code) if bought.code else None
        if owner is not None:
            said = [each for each in self._said if each.account == owner.account and each.code == bought.code]
            before = [each for each in said if each.at_ms <= bought.at_ms]
            yield before[-1] if before else said[0]
            return
        meant = [
            each for each in self._said if each.other and each.at_ms <= bought.at_ms and self._is_meant(each, bought)
        ]
        if meant:
            yield meant[0]

    def _is_meant(self, said: Trace, bought: Trace) -> bool:
        if said.other == bought.account or said.other in bought.shown:
            return True
        return bought.account in self._party(said.other).accounts

    def _judge(self, said: Trace, bought: Trace) -> None:
        rejection = self._rejection(said, bought)
        state = ReferralState.REJECTED if rejection else ReferralState.VALID
        if not rejection:
            self._giver_of[self._head(bought.account)] = self._head(said.account)
            if (bought.account, bought.order) in self._returned:
                state = ReferralState.TAKEN_BACK
        given = Referral(_id(said), True, state, rejection, bought.account, said.at_ms, bought.at_ms, bought.event_id)
        self._found[said.account].append(given)
        self._found[bought.account].append(given._replace(is_giver=False, other=said.account))

    def _rejection(self, said: Trace, bought: Trace) -> Rejection:
        giver, taker = self._party(said.account), self._party(bought.account)
        waited = bought.at_ms - said.at_ms
        reasons = (
            (bought.account == said.account or bought.account in giver.accounts, Rejection.SELF),
            (giver.is_staff or taker.is_staff, Rejection.STAFF),
            (giver.lives_with(taker), Rejection.SAME_HOUSEHOLD),
            (0 <= taker.first_purchase_ms < bought.at_ms, Rejection.EXISTING_CUSTOMER),
            (waited < self._rules.least_minutes * _MINUTE_MS, Rejection.TOO_FAST),
            (waited > self._rules.within_days * _DAY_MS, Rejection.NO_PURCHASE_IN_TIME),
            (self._head(bought.account) in self._giver_of, Rejection.ALREADY_REFERRED),
            (self._is_above(self._head(bought.account), self._head(said.account)), Rejection.CIRCULAR),
        )
        return next((reason for holds, reason in reasons if holds), Rejection.NONE)

    def _is_above(self, one: str, other: str) -> bool:
        """Whether one brought the other, directly or through others."""
        seen: set[str] = set()
        while other in self._giver_of and other not in seen:
            seen.add(other)
            other = self._giver_of[other]
            if other == one:
                return True
        return False

    def _head(self, account: str) -> str:
        """One account that stands for the customer."""
        return min(self._party(account).accounts | {account})

    def _wait(self, said: Trace) -> None:
        """Nobody bought yet: it is pending, until it is too late or shows to be none."""
        other = self._party(said.other) if said.other else Party(frozenset())
        giver = self._party(said.account)
        if said.other and (said.other == said.account or said.other in giver.accounts):
            rejection = Rejection.SELF
        elif 0 <= other.first_purchase_ms < said.at_ms:
            rejection = Rejection.EXISTING_CUSTOMER
        elif self._now - said.at_ms > self._rules.within_days * _DAY_MS:
            rejection = Rejection.NO_PURCHASE_IN_TIME
        else:
            rejection = Rejection.NONE
        state = ReferralState.REJECTED if rejection else ReferralState.PENDING
        known = said.other if other.accounts else ""
        self._found[said.account].append(Referral(_id(said), True, state, rejection, known, said.at_ms))


def _id(said: Trace) -> str:
    """The account key, a slash, the event id; what names a referral together with whose it is."""
    return f"{said.account}/{said.event_id}"
