"""Decides who is who: one piece of evidence after the other, on documents in memory.

A piece of evidence ties its account to identifiers and to other accounts. The strongest tie is tried first, so that where
not all can hold, the least trusted is left out. Where a guard forbids a tie that would have joined customers of several
accounts, or evidence speaks against what was joined before, those concerned are decided anew, from all their evidence: so
who is one person does not depend on what came first. Decisions follow from the log alone: it replays to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from identity_resolution.domain.customers import (
    Cause,
    Customer,
    IdentifierState,
    Likeness,
    Refusal,
    Rule,
    Shown,
    pair_key,
)
from identity_resolution.domain.decisions import DecisionKind, Joint
from identity_resolution.domain.evidence import Evidence, Pair
from identity_resolution.domain.guards import (
    Forbidden,
    against_holding,
    against_joining,
    cannot_links,
    joinable,
    not_compatible,
)
from identity_resolution.domain.policy import Policy, exceeded, type_of
from identity_resolution.domain.rearranging import conclude, rearrange
from identity_resolution.domain.review import held_back, suggest, withdraw
from identity_resolution.domain.staging import Entered, Staging

CLAIMS_KEPT = 500
"""Accounts remembered of one identifier; one that more show is shared, whatever the rules say."""
REARRANGED_AT_MOST = 200
"""Accounts that are decided anew because of one tie: larger customers stay as they are, and the refusal is recorded."""

_NOT_TYING = {IdentifierState.SHARED: Rule.VALUE_LIMIT, IdentifierState.BLOCKED: Rule.BLOCKED}
_FINAL = frozenset({Rule.ACCOUNTS_CAP, Rule.LINKS_CAP, Rule.AMBIGUOUS})
"""Rules whose refusal no other order of ties would change for the better."""


def decide(staging: Staging, evidence: Evidence, entered: Entered, policy: Policy) -> None:
    """Take a piece of evidence into the staging. The same evidence again changes nothing."""
    staging.begin()
    _Deciding(staging, evidence, entered, policy).run()


def join(staging: Staging, one: Customer, other: Customer, entered: Entered, joint: Joint) -> Customer:
    """Make two live customers one, which bears the lesser id."""
    survivor, loser = (one, other) if one.id < other.id else (other, one)
    for each in (survivor, loser):
        if each.id not in staging.born.values():
            staging.remember_before(each)
    staging.joints.append(joint)
    for account, born in loser.accounts.items():
        staging.move(account, born, survivor.id, Cause.MERGE, entered)
    if loser.id in staging.born.values():
        survivor.adopt(loser)
        staging.unmake(loser.id)
    else:
        survivor.absorb(loser)
        staging.touch(loser, entered)
    return survivor


@dataclass(slots=True)
class _Tie:
    """An identifier that the account shows, or another account that it is like."""

    strength: float
    identifier: str = ""
    pair: Pair | None = None


class _Deciding:
    """One piece of evidence in work. `home` is the customer that its account belongs to, as it stands."""

    def __init__(self, staging: Staging, evidence: Evidence, entered: Entered, policy: Policy) -> None:
        self._staging = staging
        self._evidence = evidence
        self._entered = entered
        self._policy = policy
        self._account = evidence.account
        self._shown = Shown(entered.position, entered.at, evidence.event_id)
        self._again: dict[str, None] = {}
        """Accounts whose customers are to be decided anew."""
        self._is_changed = False

    def run(self) -> None:
        """Take it in."""
        staging = self._staging
        is_new = self._account not in staging.memberships
        home = staging.create(self._account, self._entered) if is_new else self._home()
        self._is_changed = is_new
        if self._evidence.exclusives:
            self._take_exclusives(home)
        for tie in self._ties(home):
            if tie.pair is not None:
                self._take_pair(tie.pair)
            else:
                self._take_claim(tie.identifier, tie.strength)
        if self._is_changed:
            staging.touch(self._home(), self._entered)
        if self._again:
            region = {staging.memberships[account]: None for account in self._again}
            rearrange(
                staging, [staging.customers[id_] for id_ in region], self._entered, self._policy, Cause.REEVALUATION
            )
        if staging.before:
            kind = DecisionKind.REEVALUATION if self._again else DecisionKind.MERGE
            conclude(staging, self._entered, kind)

    def _home(self) -> Customer:
        return self._staging.customers[self._staging.memberships[self._account]]

    def _ties(self, home: Customer) -> list[_Tie]:
        """What is new, the strongest first."""
        ties = [
            _Tie(self._policy.trust_in(identifier), identifier)
            for identifier in dict.fromkeys(self._evidence.identifiers)
            if self._account not in home.links.get(identifier, ())
        ]
        ties += [_Tie(pair.weight, pair=pair) for pair in self._evidence.pairs if pair.other != self._account]
        if len(ties) > 1:
            ties.sort(key=lambda tie: -tie.strength)
        return ties

    def _take_exclusives(self, home: Customer) -> None:
        """Learn values of which a person has only one; two that differ part the customer."""
        known = home.exclusives.get(self._account, ())
        new = tuple(each for each in dict.fromkeys(self._evidence.exclusives) if each not in known)
        if not new:
            return
        home.exclusives[self._account] = known + new
        home.changed()
        self._is_changed = True
        mine = home.exclusives[self._account]
        for account, theirs in home.exclusives.items():
            if account != self._account and any(
                not_compatible([t for n, t in mine if n == name], [t for n, t in theirs if n == name])
                for name, _ in new
            ):
                self._decide_anew(home)

    def _decide_anew(self, *customers: Customer) -> None:
        if sum(len(each.accounts) for each in customers) <= REARRANGED_AT_MOST:
            self._again.update((next(iter(each.accounts)), None) for each in customers)

    def _take_claim(self, identifier: str, trust: float) -> None:
        """Have the account show the identifier."""
        staging, home = self._staging, self._home()
        state = IdentifierState.BLOCKED if identifier in self._policy.blocked else staging.states.get(identifier)
        if state:
            self._refuse(home, identifier, Forbidden(_NOT_TYING[state], ""), ())
            return
        holders = staging.holders(identifier)
        if not self._may_be_shown(identifier, holders):
            self._share(identifier, holders)
            self._refuse(self._home(), identifier, Forbidden(Rule.VALUE_LIMIT, self._limit_of(identifier)), ())
            return
        forbidden = against_holding(home.side(), type_of(identifier), identifier, self._entered.at, self._policy)
        if forbidden is not None:
            if self._refuse(home, identifier, forbidden, holders):
                self._try_anew(home, holders)
            return
        refused = None
        if home not in holders:
            found = joinable(home.side(), [each.side() for each in holders], trust, self._policy)
            if isinstance(found, int):
                joint = Joint(self._account, identifier, trust, self._shown)
                home = join(staging, home, holders[found], self._entered, joint)
            else:
                refused = found
        home.link(self._account, identifier, self._shown)
        self._is_changed = True
        if refused is not None:
            self._refuse(home, identifier, refused, holders)
            if refused.rule not in _FINAL:
                self._try_anew(home, holders)

    def _may_be_shown(self, identifier: str, holders: list[Customer]) -> bool:
        """Note that the account shows it; False where that are more accounts than a value may have."""
        staging = self._staging
        accounts = staging.identifiers.get(identifier, ())
        if self._account in accounts:
            return True
        times = [shown.at for each in holders for shown in each.links[identifier].values()]
        limits = self._policy.limits_of(type_of(identifier)).per_value
        if len(accounts) >= CLAIMS_KEPT or exceeded([*times, self._entered.at], limits):
            return False
        staging.show(identifier, (*accounts, self._account), self._entered)
        return True

    def _limit_of(self, identifier: str) -> str:
        return f"{type_of(identifier)}: {self._policy.limits_of(type_of(identifier)).per_value.ever or CLAIMS_KEPT}"

    def _share(self, identifier: str, holders: list[Customer]) -> None:
        """From now on the identifier ties nobody, and whoever it held together is decided anew."""
        staging = self._staging
        accounts = staging.identifiers.get(identifier, ())
        staging.show(identifier, accounts, self._entered, IdentifierState.SHARED)
        for holder in holders:
            drop_claims(holder, identifier, Rule.VALUE_LIMIT, self._limit_of(identifier))
            staging.touch(holder, self._entered)
            rearrange(staging, [holder], self._entered, self._policy, Cause.REEVALUATION)

    def _refuse(self, home: Customer, identifier: str, forbidden: Forbidden, holders: Sequence[Customer]) -> bool:
        """Record that the account's claim ties nothing; False where that is known."""
        refusal = Refusal(self._account, identifier, *forbidden, self._shown)
        is_new = home.refuse(refusal)
        if is_new:
            self._is_changed = True
            held_back(self._staging, home, refusal, holders, self._policy, self._entered)
        return is_new

    def _try_anew(self, home: Customer, others: list[Customer]) -> None:
        """Let the stronger of ties that exclude each other win, where there are others than the one refused."""
        if any(len(each.accounts) > 1 for each in (home, *others)):
            self._decide_anew(home, *others)

    def _take_pair(self, pair: Pair) -> None:
        """Learn how alike the account is to another one."""
        staging, home = self._staging, self._home()
        key = pair_key(self._account, pair.other)
        known = home.pairs.get(key)
        if known is not None and (known.weight, known.personal) == (pair.weight, pair.personal):
            return
        if pair.other not in staging.memberships:
            # Admission has seen it, and says so in an entry that is still to come.
            staging.touch(staging.create(pair.other, self._entered), self._entered)
        other = staging.customers[staging.memberships[pair.other]]
        likeness = Likeness(pair.weight, pair.personal, pair.fields, pair.model, self._shown)
        for each in {home.id: home, other.id: other}.values():
            each.know_pair(key, likeness)
            each.refused.pop(key, None)
            staging.touch(each, self._entered)
        self._is_changed = True
        if home is other:
            self._look_again(home, likeness, known)
        elif pair.weight >= self._policy.link:
            self._match(home, other, pair)
        elif pair.weight >= self._policy.suggest and next(cannot_links(home.side(), other.side()), None) is None:
            suggest(staging, key, likeness, self._entered)
        elif known is not None and known.weight >= self._policy.suggest:
            withdraw(staging, key, likeness, self._entered)

    def _look_again(self, home: Customer, likeness: Likeness, known: Likeness | None) -> None:
        """Two accounts of one customer were compared: what speaks against them may part it."""
        lost = known is not None and known.weight >= self._policy.link > likeness.weight
        if lost or (likeness.personal < 0 and likeness.weight < self._policy.link):
            self._decide_anew(home)

    def _match(self, home: Customer, other: Customer, pair: Pair) -> None:
        """Join two customers of which two accounts match, unless that is forbidden."""
        key = pair_key(self._account, pair.other)
        forbidden = against_joining(home.side(), other.side(), pair.weight, self._policy, key)
        if forbidden is None:
            joint = Joint(*key, pair.weight, self._shown, is_pair=True, fields=pair.fields)
            join(self._staging, home, other, self._entered, joint)
            return
        refusal = Refusal(*key, *forbidden, self._shown, is_pair=True)
        home.refuse(refusal)
        held_back(self._staging, home, refusal, [other], self._policy, self._entered)
        if forbidden.rule not in _FINAL:
            self._try_anew(home, [other])


def drop_claims(customer: Customer, identifier: str, rule: Rule, detail: str) -> None:
    """Have the customer hold the identifier no longer: what its accounts showed is recorded as refused."""
    for account, shown in customer.links.pop(identifier, {}).items():
        customer.refuse(Refusal(account, identifier, rule, detail, shown))
    customer.changed()
