"""Checks that customers are what their evidence makes them, by other means than those that decided it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any, NamedTuple

import networkx

from identity_resolution.domain.customers import Constraint, Customer, IdentifierState
from identity_resolution.domain.decisions import SuggestionState, suggestion_id
from identity_resolution.domain.evidence import ConstraintKind, Evidence
from identity_resolution.domain.policy import Policy, type_of
from tests.unit.identity_resolution.deciding import Store

Accounts = frozenset[str]


def check(store: Store) -> None:
    """All that must hold of what is stored, after any entry."""
    _check_memberships(store)
    _check_ids(store)
    _check_components(store)
    _check_what_keeps_apart(store)
    _check_constraints(store)


def _check_memberships(store: Store) -> None:
    owners = {account: id_ for id_, each in store.live().items() for account in each.accounts}
    assert sum(len(each.accounts) for each in store.live().values()) == len(owners), "an account has two customers"
    assert {key: each.customer for key, each in store.memberships.items()} == owners
    for customer in store.live().values():
        assert customer.accounts, f"{customer.id} has nobody"
        for account, born in customer.accounts.items():
            assert store.memberships[account].birth_id == born


def _check_ids(store: Store) -> None:
    for id_, customer in store.live().items():
        births = set(customer.accounts.values())
        assert id_ == min(births)
        known = births & (store.customers.keys() - {id_})
        assert set(customer.absorbed) == known, f"{id_} absorbed {customer.absorbed}, known are {known}"
    owners = {born: each.id for each in store.live().values() for born in each.accounts.values()}
    for id_, customer in store.customers.items():
        at, hops = customer, 0
        while at.merged_into:
            at, hops = store.customers[at.merged_into], hops + 1
            assert hops <= len(store.customers), "merged_into goes round"
        assert at.id == owners[id_], f"{id_} leads to {at.id}, its account is with {owners[id_]}"
        if customer.merged_into:
            assert not (
                customer.accounts or customer.links or customer.pairs or customer.refused or customer.constraints
            )


def _check_components(store: Store) -> None:
    """By what they hold, what matches and what people said, each customer is one component."""
    for customer in store.live().values():
        graph: Any = networkx.Graph()
        graph.add_nodes_from(customer.accounts)
        for identifier, holders in customer.links.items():
            assert holders
            assert holders.keys() <= customer.accounts.keys()
            assert store.identifiers[identifier].state is IdentifierState.TYING, f"{identifier} is held and ties nobody"
            assert holders.keys() <= set(store.identifiers[identifier].accounts)
            networkx.add_star(graph, holders)
        for pair, likeness in customer.pairs.items():
            if likeness.weight >= store.policy.link and set(pair) <= customer.accounts.keys():
                graph.add_edge(*pair)
        for constraint in customer.constraints.values():
            if constraint.kind is ConstraintKind.MUST_LINK:
                networkx.add_star(graph, [each for each in constraint.accounts() if each in customer.accounts])
        assert networkx.is_connected(graph), f"{customer.id} falls apart: {list(networkx.connected_components(graph))}"


def _check_what_keeps_apart(store: Store) -> None:
    """Those who share a tie and are not one all know why; nobody is told of what keeps nobody apart."""
    live = store.live()
    holders: dict[str, list[Customer]] = defaultdict(list)
    for customer in live.values():
        for identifier in customer.links:
            holders[identifier].append(customer)
    for identifier, customers in holders.items():
        for customer in customers:
            noted = [each for each in customer.refused.values() if each.other == identifier and not each.is_pair]
            held = [each for each in noted if each.account in customer.links[identifier]]
            assert bool(held) == (len(customers) > 1), (
                f"{customer.id} and {identifier}: {noted}, {len(customers)} hold it"
            )
    for customer in live.values():
        for pair, likeness in customer.pairs.items():
            assert not customer.accounts.keys().isdisjoint(pair)
            for account in pair:
                assert store.home(account).pairs[pair] == likeness
            is_across = not customer.accounts.keys() >= set(pair)
            is_refused = is_across and likeness.weight >= store.policy.link
            assert (pair in customer.refused) == is_refused, f"{pair} {likeness} in {customer.id}"


def _check_constraints(store: Store) -> None:
    owners = {key: each.customer for key, each in store.memberships.items()}
    standing = {constraint.id: constraint for constraint in store.standing()}
    for customer in store.live().values():
        expected = {id_ for id_, each in standing.items() if not customer.accounts.keys().isdisjoint(each.accounts())}
        assert customer.constraints.keys() == expected
    cannot = [each for each in standing.values() if each.kind is ConstraintKind.CANNOT_LINK]
    for constraint in cannot:
        for one, other in combinations([{owners[account] for account in side} for side in constraint.sides], 2):
            assert one.isdisjoint(other), f"{constraint.sides} are not kept apart"
    for constraint in standing.values():
        if constraint.kind is ConstraintKind.MUST_LINK:
            for mine, theirs in combinations({owners[account] for account in constraint.accounts()}, 2):
                assert _are_kept_apart(store.customers[mine], store.customers[theirs], cannot), (
                    f"{constraint} is not heeded"
                )


def _are_kept_apart(one: Customer, other: Customer, constraints: Iterable[Constraint]) -> bool:
    for constraint in constraints:
        touched = [number for number, side in enumerate(constraint.sides) if not one.accounts.keys().isdisjoint(side)]
        others = [number for number, side in enumerate(constraint.sides) if not other.accounts.keys().isdisjoint(side)]
        if touched and others and touched != others:
            return True
    return False


def check_evidence(store: Store) -> None:
    """Nothing that the log tells is lost: identifiers are held or noted as refused, of pairs the last word stands."""
    said: dict[frozenset[str], tuple[float, float]] = {}
    for entry in store.log:
        if isinstance(entry, Evidence):
            home = store.home(entry.account)
            for identifier in entry.identifiers:
                is_held = entry.account in home.links.get(identifier, ())
                assert is_held or (entry.account, identifier) in home.refused, f"{entry.account} showed {identifier}"
            said.update({frozenset([entry.account, each.other]): (each.weight, each.personal) for each in entry.pairs})
            assert set(entry.exclusives) <= set(home.exclusives.get(entry.account, ()))
    known = {frozenset(pair): each[:2] for customer in store.live().values() for pair, each in customer.pairs.items()}
    assert known == {pair: weights for pair, weights in said.items() if len(pair) > 1}


def check_questions(store: Store) -> None:
    """People are asked about those who may be one, and about nobody else."""
    cannot = [each for each in store.standing() if each.kind is ConstraintKind.CANNOT_LINK]
    for suggestion in store.suggestions.values():
        if suggestion.state is SuggestionState.PENDING:
            one, other = (store.home(account) for account in suggestion.pair)
            assert one is not other, f"{suggestion.pair} are one customer, and it is asked whether they are"
            assert not _are_kept_apart(one, other, cannot), f"{suggestion.pair} were told apart, and it is asked"
    for customer in store.live().values():
        for pair, likeness in customer.pairs.items():
            one, other = (store.home(account) for account in pair)
            is_between = store.policy.suggest <= likeness.weight < store.policy.link and one is not other
            if is_between and not _are_kept_apart(one, other, cannot):
                asked = store.suggestions[suggestion_id(*pair)]
                assert (asked.state, asked.weight) == (SuggestionState.PENDING, likeness.weight), f"{pair}: {asked}"


def check_step(store: Store, before: dict[str, str]) -> None:
    """What the last entry changed is told as it is; `before` has the customers of accounts from before it."""
    changes = store.changes
    for account, membership in changes.memberships.items():
        assert membership.previous == before.get(account, "")
        assert membership.customer != membership.previous
    moved = {key for key, each in store.memberships.items() if before.get(key) != each.customer}
    assert moved == changes.memberships.keys()
    parted_before, parted_now = _parts(before), _parts({key: each.customer for key, each in store.memberships.items()})
    known_now = {each.intersection(before) for each in parted_now} - {frozenset()}
    decided = bool(changes.decisions)
    if known_now != parted_before:
        assert decided, "customers came together or were parted, and no decision says so"
    for decision in changes.decisions.values():
        if decision.undone_by:
            continue
        for id_, accounts in decision.before:
            assert {key for key, owner in before.items() if owner == id_} == set(accounts)
        for id_, accounts in decision.after:
            assert store.live()[id_].accounts.keys() == set(accounts)
            assert decision.id in store.customers[id_].decisions
        told = {frozenset(accounts) for _, accounts in decision.before}
        assert parted_before - known_now <= told, "the decision does not tell of all that it changed"
    for id_, customer in changes.customers.items():
        assert customer.version == len(store.log)
        assert store.customers[id_].id == id_


def _parts(owners: dict[str, str]) -> set[Accounts]:
    parts: dict[str, set[str]] = defaultdict(set)
    for account, owner in owners.items():
        parts[owner].add(account)
    return set(map(frozenset, parts.values()))


class _Tie(NamedTuple):
    """In the order in which ties are tried."""

    weakness: float
    plain: bool
    position: int
    account: str
    identifier: str
    other: str


class Reference:
    """Who is one person by all evidence of a log, found in the plainest way: every account alone, tie by tie."""

    def __init__(self, log: Iterable[Any], constraints: Iterable[Constraint], policy: Policy) -> None:
        self._policy = policy
        self._claims: dict[tuple[str, str], int] = {}
        self._pairs: dict[tuple[str, str], tuple[float, float, int]] = {}
        self._exclusives: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._accounts: dict[str, None] = {}
        for position, entry in enumerate(log):
            if isinstance(entry, Evidence):
                self._learn(position, entry)
        self._constraints = sorted(constraints, key=lambda each: each.id)
        self._cannot = [each for each in self._constraints if each.kind is ConstraintKind.CANNOT_LINK]

    def _learn(self, position: int, entry: Evidence) -> None:
        self._accounts[entry.account] = None
        for identifier in entry.identifiers:
            self._claims.setdefault((entry.account, identifier), position)
        for pair in entry.pairs:
            if pair.other != entry.account:
                self._accounts[pair.other] = None
                key = (min(entry.account, pair.other), max(entry.account, pair.other))
                known = self._pairs.get(key)
                if known is None or known[:2] != (pair.weight, pair.personal):
                    self._pairs[key] = (pair.weight, pair.personal, position)
        self._exclusives[entry.account].update(entry.exclusives)

    def people(self, tying_nobody: Iterable[str]) -> set[Accounts]:
        """The accounts of each person; the identifiers named tie nobody."""
        ties = sorted(self._ties(set(tying_nobody)))
        held: set[tuple[str, str]] = set()
        parts = self._all_tried(ties, [frozenset([account]) for account in self._accounts], held)
        named: set[str] = set()
        for constraint in self._constraints:
            if constraint.kind is ConstraintKind.MUST_LINK:
                named.update(constraint.accounts())
                parts = self._linked(parts, list(constraint.accounts()))
        linked = [part for part in parts if part & named]
        known = frozenset[str]().union(*linked)
        held = {(account, identifier) for account, identifier in held if account in known}
        others = [frozenset([account]) for account in self._accounts if account not in known]
        return set(self._all_tried(ties, [*linked, *others], held))

    def _all_tried(self, ties: list[_Tie], parts: list[Accounts], held: set[tuple[str, str]]) -> list[Accounts]:
        for tie in ties:
            if (tie.account, tie.identifier) not in held:
                parts = self._tried(tie, parts, held)
        return parts

    def _linked(self, parts: list[Accounts], named: list[str]) -> list[Accounts]:
        for number, account in enumerate(named):
            for earlier in named[:number]:
                one, other = _with(parts, earlier), _with(parts, account)
                if one == other:
                    break
                if not any(_crosses(each, one, other) for each in self._cannot):
                    parts = _joined(parts, one, other)
                    break
        return parts

    def _ties(self, tying_nobody: set[str]) -> Iterator[_Tie]:
        apart: set[str] = set()
        apart.update(a for pair, (_, personal, _) in self._pairs.items() if personal < 0 for a in pair)
        for account, exclusives in self._exclusives.items():
            if any(name in self._policy.conflicts for name, _ in exclusives):
                apart.add(account)
        for (account, identifier), position in self._claims.items():
            if identifier not in tying_nobody:
                trust = self._policy.trust_in(identifier)
                is_plain = account not in apart and not self._is_kept_apart(account, identifier)
                yield _Tie(-trust, is_plain, position, account, identifier, "")
        for (one, other), (weight, _, position) in self._pairs.items():
            if weight >= self._policy.link:
                yield _Tie(-weight, False, position, one, "", other)

    def _is_kept_apart(self, account: str, identifier: str) -> bool:
        """Whether people keep the account apart from another one that shows the identifier."""
        me = frozenset([account])
        return any(
            _crosses(each, me, frozenset([other]))
            for each in self._cannot
            for other, shown in self._claims
            if shown == identifier and other != account
        )

    def _tried(self, tie: _Tie, parts: list[Accounts], held: set[tuple[str, str]]) -> list[Accounts]:
        part = _with(parts, tie.account)
        if not tie.identifier:
            other = _with(parts, tie.other)
            pair = (tie.account, tie.other)
            if part != other and not self._forbidden(part, other, -tie.weakness, held, pair):
                return _joined(parts, part, other)
            return parts
        if self._is_full(part, tie, held):
            return parts
        holders = {_with(parts, account) for account, identifier in held if identifier == tie.identifier}
        held.add((tie.account, tie.identifier))
        if part in holders:
            return parts
        before = held - {(tie.account, tie.identifier)}
        free = [each for each in holders if not self._forbidden(part, each, -tie.weakness, before, None)]
        return _joined(parts, part, free[0]) if len(free) == 1 else parts

    def _is_full(self, part: Accounts, tie: _Tie, held: set[tuple[str, str]]) -> bool:
        mine = {(account, identifier) for account, identifier in held if account in part}
        if len(mine) >= self._policy.caps.links_per_customer:
            return True
        type_ = type_of(tie.identifier)
        if any(identifier == tie.identifier for _, identifier in mine):
            return False
        ever = self._policy.limits_of(type_).per_customer.ever
        values = {identifier for _, identifier in mine if type_of(identifier) == type_}
        return ever is not None and len(values) + 1 > ever

    def _forbidden(
        self,
        one: Accounts,
        other: Accounts,
        strength: float,
        held: set[tuple[str, str]],
        pair: tuple[str, str] | None,
    ) -> bool:
        caps = self._policy.caps
        links = sum(account in one or account in other for account, _ in held)
        return (
            any(_crosses(each, one, other) for each in self._cannot)
            or len(one) + len(other) > caps.accounts_per_customer
            or links + (pair is None) > caps.links_per_customer
            or self._exceeds(one, other, held)
            or self._conflicts(one, other, held, is_pair=pair is not None)
            or self._contradicts(one, other, strength, pair)
        )

    def _exceeds(self, one: Accounts, other: Accounts, held: set[tuple[str, str]]) -> bool:
        for type_ in {type_of(identifier) for _, identifier in held}:
            mine, theirs = _values(one, type_, held), _values(other, type_, held)
            ever = self._policy.limits_of(type_).per_customer.ever
            is_more = bool(mine and theirs) and not mine <= theirs and not theirs <= mine
            if is_more and ever is not None and len(mine | theirs) > ever:
                return True
        return False

    def _conflicts(self, one: Accounts, other: Accounts, held: set[tuple[str, str]], *, is_pair: bool) -> bool:
        for name in self._policy.conflicts:
            mine, theirs = _values(one, name, held), _values(other, name, held)
            if mine and theirs and not mine & theirs:
                return True
            tokens = [{t for a in each for n, t in self._exclusives.get(a, ()) if n == name} for each in (one, other)]
            if not is_pair and all(tokens) and not any(_alike(a, b) for a in tokens[0] for b in tokens[1]):
                return True
        return False

    def _contradicts(self, one: Accounts, other: Accounts, strength: float, tied: tuple[str, str] | None) -> bool:
        return any(
            personal < 0 and personal < self._policy.hold - strength and pair != tied and _is_across(pair, one, other)
            for pair, (_, personal, _) in self._pairs.items()
        )


def _alike(one: str, other: str) -> bool:
    mine, theirs = one.split("."), other.split(".")
    if len(mine) != 3 or len(theirs) != 3:
        return one == other
    same = sum(a == b for a, b in zip(mine, theirs, strict=True))
    return same >= 2 or (mine[0] == theirs[0] and mine[1] == theirs[2] and mine[2] == theirs[1])


def _values(part: Accounts, type_: str, held: set[tuple[str, str]]) -> set[str]:
    return {identifier for account, identifier in held if account in part and type_of(identifier) == type_}


def _is_across(pair: tuple[str, str], one: Accounts, other: Accounts) -> bool:
    return (pair[0] in one and pair[1] in other) or (pair[1] in one and pair[0] in other)


def _crosses(constraint: Constraint, one: Accounts, other: Accounts) -> bool:
    mine = {number for number, side in enumerate(constraint.sides) if one & set(side)}
    theirs = {number for number, side in enumerate(constraint.sides) if other & set(side)}
    return bool(mine and theirs) and len(mine | theirs) > 1


def _with(parts: list[Accounts], account: str) -> Accounts:
    return next(part for part in parts if account in part)


def _joined(parts: list[Accounts], one: Accounts, other: Accounts) -> list[Accounts]:
    return [*(part for part in parts if part not in (one, other)), one | other]


def check_people(store: Store) -> None:
    """Customers are the persons that all evidence of the log makes, whatever came first."""
    tying_nobody = [identifier for identifier, state in store.shown().items() if state]
    people = Reference(store.log, store.standing(), store.policy).people(tying_nobody)
    assert store.people() == people
