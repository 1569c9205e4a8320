"""What looks bought or arranged, and what does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from random import Random

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advocacy_scoring.adapters.likeness import copies, sketch
from advocacy_scoring.domain.decay import start_of
from advocacy_scoring.domain.findings import EVERYTHING, Suspicion
from advocacy_scoring.domain.gaming.crowds import suspect_circle
from advocacy_scoring.domain.gaming.exchanges import farms, rings
from advocacy_scoring.domain.gaming.graph import components
from advocacy_scoring.domain.gaming.suspects import Suspects
from advocacy_scoring.domain.persona import Trace
from advocacy_scoring.domain.sweep import Seen, suspects
from tests.unit.advocacy_scoring.actions import RULES, TODAY

SIGNATURE = "comment||positive|public||"
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
LONG_AGO = 0


def at(day: float, minutes: float = 0) -> int:
    return start_of(TODAY) - 20 * DAY + round(day * DAY + minutes * MINUTE)


def post(author: str, name: str, when: int) -> Trace:
    return Trace("post", author, name, when, "post|||||", post=name)


def comment(account: str, target: str, when: int, *, text: str = "", number: int = 0) -> Trace:
    name = f"{account}-{target}-{number}"
    return Trace("comment", account, name, when, SIGNATURE, target=target, sketch=sketch(text, 6))


def found(traces: Iterable[Trace], first_ms: Mapping[str, int] | None = None) -> Suspects:
    spoken = list(traces)
    seen = {trace.account: LONG_AGO for trace in spoken} | dict(first_ms or {})
    return suspects(RULES, spoken, Seen(seen, {}, frozenset()), copies)


def kinds(suspected: Suspects, account: str) -> set[Suspicion]:
    return {each.suspicion for each in suspected.findings(account).evidence}


def exchange(accounts: list[str], rounds: int) -> list[Trace]:
    """Everybody posts once a round, and everybody else comments on it within the hour."""
    made = []
    for number in range(rounds):
        for author in accounts:
            name = f"{author}-{number}"
            made.append(post(author, name, at(number)))
            made += [comment(other, name, at(number, 30)) for other in accounts if other != author]
    return made


def test_ad6_accounts_that_comment_on_nothing_but_each_other_are_a_ring() -> None:
    """With the others named as evidence, and each of the comments marked on its day."""
    ring = ["x:a", "x:b", "x:c", "x:d"]
    suspected = found(exchange(ring, 5))
    assert suspected.accounts() == set(ring)
    (evidence,) = suspected.findings("x:a").evidence
    assert (evidence.suspicion, evidence.deeds, evidence.others) == (Suspicion.RING, 15, 3)
    assert evidence.examples == ("x:b", "x:c", "x:d")
    assert sum(mark.number for mark in suspected.findings("x:a").marks) == 15


def test_ad6_a_ring_need_not_be_reciprocal_in_pairs() -> None:
    """Each comments on the next only; together they are strongly connected."""
    ring = [f"x:{n}" for n in range(6)]
    made = []
    for number in range(10):
        for place, author in enumerate(ring):
            made += [
                post(author, f"{author}-{number}", at(number)),
                comment(ring[place - 1], f"{author}-{number}", at(number, 9)),
            ]
    assert found(made).accounts() == set(ring)


def test_ad6_friends_who_also_talk_to_others_are_no_ring() -> None:
    """They answer each other often, and most of what they do goes elsewhere."""
    friends = ["x:a", "x:b", "x:c"]
    others = [f"x:o{n}" for n in range(30)]
    made = exchange(friends, 4)
    for place, other in enumerate(others):
        made.append(post(other, f"{other}-1", at(place % 10)))
        made += [comment(friend, f"{other}-1", at(place % 10, 50)) for friend in friends]
    assert not found(made).accounts()


def test_ad6_fans_of_the_same_stars_are_no_farm() -> None:
    """They share some of them; each has others of their own."""
    random = Random(4)
    stars = [f"x:star{n}" for n in range(20)]
    edges = {f"x:fan{n}": {star: random.randint(2, 5) for star in random.sample(stars, 6)} for n in range(40)}
    assert not list(farms(RULES.gaming, edges))


def test_ad6_accounts_that_serve_the_same_authors_are_a_farm() -> None:
    """Nobody answers them, so they are no ring; what gives them away is that they have the same authors."""
    authors = [f"x:author{n}" for n in range(5)]
    farm = [f"x:farm{n}" for n in range(7)]
    made = []
    for author in authors:
        for number in range(3):
            name = f"{author}-{number}"
            made.append(post(author, name, at(number)))
            made += [comment(account, name, at(number, 20)) for account in farm]
    suspected = found(made)
    assert suspected.accounts() == set(farm)
    assert kinds(suspected, farm[0]) == {Suspicion.FARM}


def test_ad6_more_deeds_at_once_than_anybody_does_are_a_burst() -> None:
    """What is beyond fifteen within an hour is suspicious, not the fifteen."""
    made = [comment("x:a", f"p{n}", at(1, n), number=n) for n in range(40)]
    (mark,) = found(made).findings("x:a").marks
    assert (mark.suspicion, mark.number) == (Suspicion.BURST, 25)
    slowly = [comment("x:a", f"p{n}", at(1, 5 * n), number=n) for n in range(40)]
    assert not found(slowly).accounts()


TEXT = "this brand changed my whole wardrobe and i will never go anywhere else again"


def test_ad6_copies_by_many_accounts_within_a_day_are_suspicious_but_for_the_first() -> None:
    """Capitals, punctuation and a word more or less do not hide them."""
    variants = [TEXT, TEXT.upper() + "!!!", "wow " + TEXT, TEXT + " really", TEXT.replace(" ", "  "), TEXT]
    made = [comment(f"x:{n}", "", at(1, 10 * n), text=text) for n, text in enumerate(variants)]
    suspected = found(made)
    assert suspected.accounts() == {f"x:{n}" for n in range(1, 6)}


def test_ad6_one_text_over_weeks_by_several_people_is_a_saying() -> None:
    """What everybody says now and then is not copied."""
    made = [comment(f"x:{n}", "", at(3 * n), text=TEXT) for n in range(6)]
    assert not found(made).accounts()


def test_ad6_the_same_words_again_and_again_by_one_account_are_copies() -> None:
    """Two may be a post on two channels; from three on the second and later ones are suspicious."""
    twice, thrice = ([comment("x:a", "", at(4 * n), text=TEXT, number=n) for n in range(number)] for number in (2, 3))
    assert not found(twice).accounts()
    assert [mark.number for mark in found(thrice).findings("x:a").marks] == [1, 1]


def test_ad6_short_exclamations_are_nobodys_text() -> None:
    """Everybody says "love it"."""
    assert sketch("Love it so much!", 6) == b""


def test_ad6_new_accounts_in_number_under_one_post_are_suspicious() -> None:
    """Eight of ten are hours old; the two others are let stand."""
    old, new = [f"x:old{n}" for n in range(40)], [f"x:new{n}" for n in range(8)]
    made = [comment(account, f"p{account}", at(2)) for account in old]
    made += [comment(account, "hot", at(3, 5)) for account in (*new, old[0], old[1])]
    suspected = found(made, {account: at(3) for account in new})
    assert suspected.accounts() == set(new)
    assert kinds(suspected, new[0]) == {Suspicion.FRESH}


def test_ad6_where_everybody_is_new_newness_tells_nothing() -> None:
    """In the first days of a deployment all accounts are."""
    made = [comment(f"x:{n}", "hot", at(3, n)) for n in range(12)]
    assert not found(made, {f"x:{n}": at(3) for n in range(12)}).accounts()


def test_ad6_who_lives_with_staff_is_their_circle() -> None:
    """All that they do, and with whom they live; staff itself is kept apart elsewhere."""
    suspected = Suspects()
    homes = {"x:staff": "home", "x:partner": "home", "x:other": "elsewhere"}
    suspect_circle(homes, {"x:child": frozenset({"x:staff", "x:other"})}, frozenset({"x:staff"}), suspected)
    assert suspected.accounts() == {"x:partner", "x:child"}
    for account in ("x:partner", "x:child"):
        (mark,) = suspected.findings(account).marks
        assert (mark.suspicion, mark.signature) == (Suspicion.CIRCLE, EVERYTHING)
        assert suspected.findings(account).evidence[0].examples == ("x:staff",)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=60))
def test_strongly_connected_components_are_those_of_an_independent_search(pairs: list[tuple[int, int]]) -> None:
    """Against networkx."""
    edges: dict[str, dict[str, int]] = {str(node): {} for node in range(10)}
    for source, target in pairs:
        edges[str(source)][str(target)] = 1
    graph = networkx.DiGraph([(str(a), str(b)) for a, b in pairs])
    expected = {frozenset(each) for each in networkx.strongly_connected_components(graph) if len(each) > 1}
    assert set(components(edges)) == expected


@pytest.mark.parametrize("seed", range(5))
def test_findings_do_not_depend_on_the_order_in_which_traces_are_loaded(seed: int) -> None:
    """A store returns documents in any order."""
    made = exchange(["x:a", "x:b", "x:c", "x:d"], 5) + [
        comment("x:z", f"p{n}", at(1, n), text=TEXT, number=n) for n in range(20)
    ]
    shuffled = list(made)
    Random(seed).shuffle(shuffled)
    one, other = found(made), found(shuffled)
    assert one.accounts() == other.accounts()
    assert [one.findings(each) for each in sorted(one.accounts())] == [
        other.findings(each) for each in sorted(one.accounts())
    ]


def test_a_chain_of_who_leaves_takes_a_ring_apart() -> None:
    """Who does not turn inwards leaves, and what is left is looked at again."""
    ring = {f"x:{a}": {f"x:{b}": 4 for b in range(4) if b != a} for a in range(4)}
    bridge = ring | {"x:9": {"x:0": 4, **{f"x:out{n}": 9 for n in range(5)}}}
    bridge["x:0"] = bridge["x:0"] | {"x:9": 3}
    assert list(rings(RULES.gaming, bridge)) == [frozenset(ring)]
