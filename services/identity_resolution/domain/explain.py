"""Why accounts are one customer, and by which steps it came about: pure functions of what its document holds."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import NamedTuple

from identity_resolution.domain.customer_ids import entry_of
from identity_resolution.domain.customers import Customer, Refusal, Shown
from identity_resolution.domain.decisions import Joint
from identity_resolution.domain.evidence import ConstraintKind
from identity_resolution.domain.policy import Policy

_Node = tuple[bool, str]
"""Whether it is an account, and its key: the key of an e-mail account and of the address itself are one text."""


@dataclass(frozen=True, slots=True)
class Tie:
    """What ties an account to an identifier or another account; `constraint` is the must-link that it follows from."""

    joint: Joint
    constraint: str = ""

    @property
    def nodes(self) -> tuple[_Node, _Node]:
        """What it ties."""
        return (True, self.joint.account), (self.joint.is_pair, self.joint.other)


class Step(NamedTuple):
    """One step by which a customer came about; steps sort as they happened.

    `what` is the tie by which an account joined (to nothing, of the first one), a tie that was refused, or the id of a
    decision. `at` is in milliseconds since 1970.
    """

    position: int
    rank: int
    key: str
    at: int
    what: Tie | Refusal | str


def ties(customer: Customer, policy: Policy) -> Iterator[Tie]:
    """All that ties the accounts of a customer. What people said weighs more than any evidence."""
    for identifier, holders in customer.links.items():
        trust = policy.trust_in(identifier)
        for account, shown in holders.items():
            yield Tie(Joint(account, identifier, trust, shown))
    for (one, other), likeness in customer.pairs.items():
        if likeness.weight >= policy.link and one in customer.accounts and other in customer.accounts:
            yield Tie(Joint(one, other, likeness.weight, likeness.shown, is_pair=True, fields=likeness.fields))
    for constraint in customer.constraints.values():
        if constraint.kind is ConstraintKind.MUST_LINK:
            present = [account for account in constraint.accounts() if account in customer.accounts]
            shown = Shown(entry_of(constraint.id).position, constraint.at)
            for account in present[1:]:
                yield Tie(Joint(account, present[0], inf, shown, is_pair=True), constraint.id)


def strongest_way(customer: Customer, one: str, other: str, policy: Policy) -> list[Tie]:
    """The ties that lead from one account to another; empty where none do.

    Its weakest tie is as strong as that of any other way (a maximum bottleneck path, found as the maximum spanning tree
    of Kruskal's algorithm would have it), and of such ways it is one with the fewest ties.
    """
    ordered = sorted(ties(customer, policy), key=lambda tie: (-tie.joint.weight, tie.nodes))
    start, end = (True, one), (True, other)
    components = _Components()
    for number, tie in enumerate(ordered):
        components.join(*tie.nodes)
        if components.root(start) == components.root(end):
            least = tie.joint.weight
            as_strong = ordered[: number + 1] + [each for each in ordered[number + 1 :] if each.joint.weight >= least]
            return _shortened(_shortest(as_strong, start, end))
    return []


def steps(customer: Customer, policy: Policy) -> list[Step]:
    """How a customer came about: accounts as ties joined them, ties refused, and decisions, oldest first."""
    return sorted([*_joins(customer, policy), *_refusals(customer), *_decisions(customer)], key=lambda step: step[:3])


def _shortest(ties_: Sequence[Tie], start: _Node, end: _Node) -> list[Tie]:
    """A way with the fewest ties, each read in the direction of the way."""
    leading: dict[_Node, list[tuple[_Node, Tie]]] = {}
    for tie in ties_:
        one, other = tie.nodes
        leading.setdefault(one, []).append((other, tie))
        leading.setdefault(other, []).append((one, tie))
    came_by: dict[_Node, tuple[_Node, Tie] | None] = {start: None}
    waiting = deque([start])
    while end not in came_by:
        node = waiting.popleft()
        for reached, tie in leading[node]:
            if reached not in came_by:
                came_by[reached] = (node, tie)
                waiting.append(reached)
    way: list[Tie] = []
    node = end
    while (step := came_by[node]) is not None:
        before, tie = step
        if tie.joint.is_pair:
            tie = replace(tie, joint=replace(tie.joint, account=before[1], other=node[1]))
        way.append(tie)
        node = before
    return way[::-1]


def _shortened(way: Sequence[Tie]) -> list[Tie]:
    """The same way without detours: two ties of one must-link are one, as it names all its accounts."""
    shortened: list[Tie] = []
    for tie in way:
        if shortened and tie.constraint and shortened[-1].constraint == tie.constraint:
            start = shortened.pop().joint.account
            shortened.append(replace(tie, joint=replace(tie.joint, account=start)))
        else:
            shortened.append(tie)
    return shortened


def _joins(customer: Customer, policy: Policy) -> Iterator[Step]:
    """The first account, and then each tie that brought accounts together which were not together before."""
    if not customer.accounts:
        return
    first, born = min(customer.accounts.items(), key=lambda item: item[1])
    entry = entry_of(born)
    yield Step(entry.position, -1, first, entry.at, Tie(Joint(first, "", 0.0, Shown(entry.position, entry.at))))
    components = _Components()
    ordered = sorted(ties(customer, policy), key=lambda tie: (tie.joint.shown.position, -tie.joint.weight, tie.nodes))
    for tie in ordered:
        one, other = tie.nodes
        # An identifier that one account alone has shown so far brings nobody together.
        is_known = other[0] or components.has(other)
        if components.join(one, other) and is_known:
            shown = tie.joint.shown
            yield Step(shown.position, 0, f"{one[1]} {other[1]}", shown.at, tie)


def _refusals(customer: Customer) -> Iterator[Step]:
    for refusal in customer.refused.values():
        yield Step(refusal.shown.position, 1, f"{refusal.account} {refusal.other}", refusal.shown.at, refusal)


def _decisions(customer: Customer) -> Iterator[Step]:
    for decision in customer.decisions:
        entry = entry_of(decision)
        yield Step(entry.position, 2, decision, entry.at, decision)


class _Components:
    """Which nodes hang together: union-find with path halving."""

    def __init__(self, nodes: Iterable[Hashable] = ()) -> None:
        self._above: dict[Hashable, Hashable] = {node: node for node in nodes}

    def has(self, node: Hashable) -> bool:
        """Whether anything was joined to the node."""
        return node in self._above

    def root(self, node: Hashable) -> Hashable:
        """What stands for all that hang together with the node."""
        above = self._above
        above.setdefault(node, node)
        while above[node] != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    def join(self, one: Hashable, other: Hashable) -> bool:
        """Have the two hang together; False where they do already."""
        one, other = self.root(one), self.root(other)
        self._above[one] = other
        return one != other
