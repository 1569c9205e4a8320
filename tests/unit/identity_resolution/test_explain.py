"""Why accounts are one customer, and how it came about: the pure functions, against an independent graph library."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import networkx
from hypothesis import given
from hypothesis import strategies as st

from identity_resolution.domain.apart import held_back_between, likely_alike, refused_between
from identity_resolution.domain.customer_ids import birth_id, entry_of
from identity_resolution.domain.customers import Constraint, Customer, Likeness, Refusal, Rule, Shown, pair_key
from identity_resolution.domain.evidence import ConstraintKind
from identity_resolution.domain.explain import Tie, steps, strongest_way, ties
from identity_resolution.domain.policy import Policy

POLICY = Policy(trust={"strong": 20.0, "fair": 12.0, "weak": 8.0}, link=7.0)
ACCOUNTS = [f"x:{number}" for number in range(6)]
IDENTIFIERS = [f"{type_}:h_{number}" for type_ in ("strong", "fair", "weak") for number in range(2)]


def customer(*accounts: str, **fields: Any) -> Customer:
    """A customer of these accounts, which were born in this order."""
    births = {account: birth_id(1_000 + number, number) for number, account in enumerate(accounts)}
    return Customer(min(births.values()), accounts=births, **fields)


def linked(*shown: tuple[str, str]) -> dict[str, dict[str, Shown]]:
    """Links of (account, identifier), shown in this order."""
    links: dict[str, dict[str, Shown]] = {}
    for position, (account, identifier) in enumerate(shown, 100):
        links.setdefault(identifier, {})[account] = Shown(position, 1_000 + position, f"e{position}")
    return links


def alike(weight: float, position: int = 50) -> Likeness:
    return Likeness(weight, 0.0, (("given_name", "exact", weight),), "m1", Shown(position, 1_000 + position))


def must_link(*accounts: str) -> dict[str, Constraint]:
    id_ = birth_id(5_000, 500)
    return {id_: Constraint(id_, ConstraintKind.MUST_LINK, (accounts,), "S-1", "", 5_000, decision=id_)}


def graph_of(of: Customer) -> Any:
    """Its ties as a networkx graph, weighed by their strength."""
    graph: Any = networkx.Graph()
    for tie in ties(of, POLICY):
        one, other = tie.nodes
        before = graph.get_edge_data(one, other, {"weight": float("-inf")})["weight"]
        graph.add_edge(one, other, weight=max(before, tie.joint.weight))
    return graph


shows = st.lists(st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(IDENTIFIERS)), max_size=14)
likenesses = st.dictionaries(
    st.sets(st.sampled_from(ACCOUNTS), min_size=2, max_size=2).map(lambda two: pair_key(*two)),
    st.floats(0, 30).map(alike),
    max_size=5,
)
constraints: Any = st.one_of(
    st.just({}), st.lists(st.sampled_from(ACCOUNTS), min_size=2, max_size=4, unique=True).map(lambda a: must_link(*a))
)


@given(shown=shows, pairs=likenesses, said=constraints)
def test_id8_the_way_shown_has_the_strongest_weakest_tie_of_all_ways(shown: Any, pairs: Any, said: Any) -> None:
    """The bottleneck of the maximum spanning tree, as networkx builds it, and no way as strong has fewer ties."""
    of = customer(*ACCOUNTS, links=linked(*shown), pairs=pairs, constraints=said)
    start, end = (True, ACCOUNTS[0]), (True, ACCOUNTS[1])
    graph = graph_of(of)
    way = strongest_way(of, ACCOUNTS[0], ACCOUNTS[1], POLICY)
    if start not in graph or end not in graph or not networkx.has_path(graph, start, end):
        assert way == []
        return
    tree = networkx.maximum_spanning_tree(graph)
    through = networkx.shortest_path(tree, start, end)
    least = min(tree[one][other]["weight"] for one, other in pairwise(through))
    assert min(tie.joint.weight for tie in way) == least
    as_strong = networkx.Graph([edge for edge in graph.edges if graph.edges[edge]["weight"] >= least])
    assert len(way) <= networkx.shortest_path_length(as_strong, start, end)


@given(shown=shows, pairs=likenesses, said=constraints)
def test_id8_the_way_shown_leads_from_the_one_account_to_the_other(shown: Any, pairs: Any, said: Any) -> None:
    of = customer(*ACCOUNTS, links=linked(*shown), pairs=pairs, constraints=said)
    at = (True, ACCOUNTS[0])
    for tie in strongest_way(of, ACCOUNTS[0], ACCOUNTS[1], POLICY):
        one, other = tie.nodes
        assert at in (one, other)
        at = other if at == one else one
    assert at in ((True, ACCOUNTS[0]), (True, ACCOUNTS[1]))


def test_id8_an_account_key_that_reads_like_an_identifier_is_not_taken_for_one() -> None:
    """The mailbox account and the address are one text; a way through the account alone would skip a tie."""
    of = customer("email:h_1", "x:1", "x:2", links=linked(("x:1", "email:h_1"), ("x:2", "email:h_1")))
    assert [tie.joint.account for tie in strongest_way(of, "x:1", "x:2", POLICY)] == ["x:1", "x:2"]
    assert strongest_way(of, "x:1", "email:h_1", POLICY) == []


def test_id8_a_must_link_leads_straight_from_any_of_its_accounts_to_any_other() -> None:
    of = customer("x:1", "x:2", "x:3", constraints=must_link("x:1", "x:2", "x:3"))
    (tie,) = strongest_way(of, "x:2", "x:3", POLICY)
    assert (tie.joint.account, tie.joint.other, bool(tie.constraint)) == ("x:2", "x:3", True)


def test_id8_a_stronger_way_is_preferred_to_a_shorter_one() -> None:
    shown = linked(("x:1", "weak:h_1"), ("x:2", "weak:h_1"), ("x:1", "strong:h_1"), ("x:3", "strong:h_1"))
    of = customer("x:1", "x:2", "x:3", links=shown, pairs={("x:2", "x:3"): alike(15.0)})
    way = strongest_way(of, "x:1", "x:2", POLICY)
    assert [tie.joint.other for tie in way] == ["strong:h_1", "strong:h_1", "x:2"]


@given(shown=shows, pairs=likenesses, said=constraints)
def test_id8_each_account_but_the_first_joins_by_one_tie(shown: Any, pairs: Any, said: Any) -> None:
    """As many joins as components lack of accounts: a spanning forest, taken in the order of the log."""
    of = customer(*ACCOUNTS, links=linked(*shown), pairs=pairs, constraints=said)
    told = steps(of, POLICY)
    joined = [step.what for step in told if isinstance(step.what, Tie)]
    graph = graph_of(of)
    graph.add_nodes_from((True, account) for account in ACCOUNTS)
    components = [part for part in networkx.connected_components(graph) if any(is_account for is_account, _ in part)]
    assert len(joined) == 1 + len(ACCOUNTS) - len(components)
    assert joined[0].joint.account == ACCOUNTS[0]
    assert [step.position for step in told] == sorted(step.position for step in told)


def test_id8_steps_tell_joins_refusals_and_decisions_in_the_order_of_the_log() -> None:
    refusal = Refusal("x:2", "weak:h_9", Rule.CUSTOMER_LIMIT, "weak: 1 ever", Shown(101, 1_101, "e101"))
    decision = birth_id(1_102, 102)
    of = customer(
        "x:1",
        "x:2",
        links=linked(("x:1", "fair:h_1"), ("x:2", "weak:h_1"), ("x:2", "fair:h_1")),
        refused={("x:2", "weak:h_9"): refusal},
        decisions=[decision],
    )
    first, *others = steps(of, POLICY)
    assert isinstance(first.what, Tie)
    assert (first.what.joint.account, first.what.joint.other, first.at) == ("x:1", "", 1_000)
    assert [(step.position, type(step.what)) for step in others] == [(101, Refusal), (102, Tie), (102, str)]


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**64 - 1), st.integers(0, 2**16 - 1))
def test_an_id_tells_the_entry_that_created_its_bearer(at: int, position: int, nth: int) -> None:
    assert entry_of(birth_id(at, position, nth)) == (at, position)


def refused(account: str, other: str, rule: Rule, *, is_pair: bool = False) -> dict[tuple[str, str], Refusal]:
    return {(account, other): Refusal(account, other, rule, "", Shown(9, 9), is_pair)}


def test_id8_refusals_between_two_customers_are_those_whose_tie_leads_to_the_other() -> None:
    one = customer(
        "x:1", refused={**refused("x:1", "fair:h_1", Rule.HARD_CONFLICT), **refused("x:1", "y", Rule.BLOCKED)}
    )
    other = customer(
        "x:2", links=linked(("x:2", "fair:h_1")), refused=refused("x:1", "x:2", Rule.CONTRADICTION, is_pair=True)
    )
    assert {(each.other, each.rule) for each in refused_between(one, other)} == {
        ("fair:h_1", Rule.HARD_CONFLICT),
        ("x:2", Rule.CONTRADICTION),
    }
    assert refused_between(one, other) == refused_between(other, one)


def test_id8_a_value_that_both_showed_and_that_ties_nobody_is_told_of_both() -> None:
    one, other = (
        customer(account, refused=refused(account, "fair:h_1", Rule.VALUE_LIMIT)) for account in ("x:1", "x:2")
    )
    assert [each.account for each in refused_between(one, other)] == ["x:1", "x:2"]


def test_id9_all_rules_that_hold_a_merge_back_are_told_and_not_only_the_first() -> None:
    born, contradicting = {"x:1": (("born", "a.b.c"),)}, Likeness(-9.0, -12.0, (), "m1", Shown(3, 3))
    pairs = {("x:1", "x:2"): contradicting}
    one = customer("x:1", exclusives=born, pairs=pairs, links=linked(("x:1", "fair:h_1")))
    other = customer("x:2", exclusives={"x:2": (("born", "d.e.f"),)}, pairs=pairs)
    other.refuse(Refusal("x:2", "fair:h_1", Rule.HARD_CONFLICT, "born", Shown(9, 9)))
    policy = Policy(trust={"fair": 12.0}, conflicts=frozenset({"born"}), hold=4.0)
    held_back = held_back_between(one, other, policy)
    assert [(each.other, each.rule) for each in held_back] == [
        ("fair:h_1", Rule.HARD_CONFLICT),
        ("fair:h_1", Rule.CONTRADICTION),
    ]
    assert held_back_between(one, customer("x:3"), policy) == []


def test_id8_accounts_known_to_be_alike_are_compared_first() -> None:
    one = customer("x:1", "x:2", "x:3", pairs={("x:3", "y:2"): alike(5.0), ("x:1", "z:1"): alike(9.0)})
    other = customer("y:1", "y:2")
    assert likely_alike(one, other, 2) == (["x:3", "x:1"], ["y:2", "y:1"])
