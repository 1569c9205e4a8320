"""Which value of a field survives: by each rule, whatever the order of events and accounts, and by hand above all."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_profile.config import profile_rules
from customer_profile.domain.contact import FIELDS, SHOWN_KEPT, Contact
from customer_profile.domain.rules import ProfileRules, SourceRules, SurvivorshipRules
from customer_profile.domain.survivorship import OTHERS_SHOWN, ByHand, Value, survivors, values
from tests.unit.customer_profile.world import SETTINGS

A, B, C = "instagram:a", "web_shop:b", "email:h_c"
STRATEGIES = ("most_trusted", "newest", "most_frequent", "longest")
TRUST = {"crm": 0.9, "shop": 0.8}
SHIPPED = profile_rules(SETTINGS).value


class Told(NamedTuple):
    """A source showed a value of the e-mail address with an account."""

    account: str
    value: str
    source: str
    at: int
    event_id: str = "e"


def by(strategy: str) -> ProfileRules:
    """Rules by which every field is chosen so; sources that are not named are right half the time."""
    return replace(SHIPPED, sources=SourceRules(0.5, TRUST), survivorship=SurvivorshipRules(strategy, {}))


def contacts(told: Sequence[Told]) -> dict[str, Contact]:
    found: dict[str, Contact] = {}
    for account, value, source, at, event_id in told:
        found.setdefault(account, Contact()).show("email", value, source, at, event_id)
    return found


def ranked(strategy: str, *told: Told) -> list[str]:
    return [each.value for each in values(contacts(told), "email", by(strategy))]


told_somehow = st.builds(
    Told,
    st.sampled_from([A, B, C]),
    st.sampled_from(["x", "yy", "zz", "www"]),
    st.sampled_from(["crm", "shop", "form"]),
    st.integers(-3, 3),
    st.sampled_from("123"),
)


def test_pr2_the_word_of_the_most_trusted_source_survives() -> None:
    """However new and frequent the others are; of the equally trusted the newest."""
    crm, newer = Told(A, "crm@x", "crm", 1), Told(A, "crm2@x", "crm", 2)
    form = [Told(A, "form@x", "form", at) for at in (5, 6, 7)]
    assert ranked("most_trusted", *form, crm, newer) == ["crm2@x", "crm@x", "form@x"]


def test_pr2_a_value_speaks_with_its_most_trusted_voice() -> None:
    """Source, time and account are those of the showing for which it survived, not of a later hearsay."""
    (best,) = values(
        contacts([Told(A, "v", "crm", 1, "e1"), Told(B, "v", "form", 9, "e2")]), "email", by("most_trusted")
    )
    assert (best.source, best.at, best.event_id, best.account) == ("crm", 1, "e1", A)
    assert (best.times, best.first_at) == (2, 1)


def test_pr2_the_newest_value_survives() -> None:
    """By when it was shown last, however often or by whom."""
    assert ranked("newest", Told(A, "old", "crm", 1), Told(B, "new", "form", 2), Told(A, "older", "crm", 0)) == [
        "new", "old", "older",
    ]  # fmt: skip


def test_pr2_the_most_frequent_value_survives() -> None:
    """Counted over all accounts and sources; of the equally frequent the newest."""
    often = [Told(A, "often", "crm", 1, "1"), Told(B, "often", "form", 2, "2")]
    assert ranked("most_frequent", *often, Told(C, "once", "shop", 9), Told(C, "once too", "shop", 8)) == [
        "often", "once", "once too",
    ]  # fmt: skip


def test_pr2_the_longest_value_survives() -> None:
    """In characters; of the equally long the newest."""
    assert ranked("longest", Told(A, "J. Smith", "form", 9), Told(A, "Joan Smith", "crm", 1)) == [
        "Joan Smith", "J. Smith",
    ]  # fmt: skip


def test_pr2_values_shown_at_one_time_are_told_apart_by_event_and_then_by_themselves() -> None:
    """A documented order without ties: the greater event id, and in one event the greater value."""
    assert ranked("newest", Told(A, "b", "form", 1, "1"), Told(A, "a", "form", 1, "2")) == ["a", "b"]
    assert ranked("newest", Told(A, "b", "form", 1, "1"), Told(B, "a", "crm", 1, "1")) == ["b", "a"]


@pytest.mark.parametrize("strategy", STRATEGIES)
@given(st.lists(told_somehow, max_size=12), st.randoms(use_true_random=False), st.permutations([A, B, C]))
def test_pr2_neither_the_order_of_events_nor_that_of_accounts_matters(
    strategy: str, told: list[Told], order: random.Random, accounts: list[str]
) -> None:
    """All values rank the same, with the same voice, count and confidence."""
    shuffled = list(told)
    order.shuffle(shuffled)
    turned = contacts(shuffled)
    turned = {account: turned[account] for account in accounts if account in turned}
    rules = by(strategy)
    assert values(turned, "email", rules) == values(contacts(told), "email", rules)


@pytest.mark.parametrize("strategy", STRATEGIES)
@given(st.lists(told_somehow, max_size=12))
def test_pr2_every_value_is_ranked_once_with_all_that_was_told_of_it(strategy: str, told: list[Told]) -> None:
    """Nothing is lost and nothing made up: counts, first and last times are those of a plain loop."""
    found = values(contacts(told), "email", by(strategy))
    assert sorted(each.value for each in found) == sorted({each.value for each in told})
    for each in found:
        mine = [showing for showing in told if showing.value == each.value]
        assert (each.times, each.first_at) == (len(mine), min(showing.at for showing in mine))
        assert any((s.source, s.at, s.event_id, s.account) == each[1:5] for s in mine), "its voice is one that told it"


@given(st.lists(told_somehow, max_size=12))
def test_pr2_accounts_that_were_merged_and_parted_give_what_each_had(told: list[Told]) -> None:
    """Choosing over several accounts changes none of them."""
    found = contacts(told)
    before = {account: values({account: each}, "email", by("newest")) for account, each in found.items()}
    values(found, "email", by("most_trusted"))
    assert {account: values({account: each}, "email", by("newest")) for account, each in found.items()} == before


def test_pr2_sources_that_agree_are_trusted_more_than_any_of_them() -> None:
    """1 - (1 - 0.9) * (1 - 0.8) = 0.98; a source that repeats itself adds nothing."""
    both = [Told(A, "v", "crm", 1), Told(B, "v", "shop", 2), Told(B, "v", "shop", 3), Told(A, "w", "form", 0)]
    one, other = values(contacts(both), "email", by("newest"))
    assert (one.confidence, other.confidence) == (0.98, 0.5)


def test_pr2_the_losers_stand_behind_the_survivor_next_best_first() -> None:
    """At most five are shown, and how many there are."""
    told = [Told(A, f"v{at}", "form", at, f"e{at}") for at in range(9)]
    survivor = survivors(contacts(told), by("newest"), {})["email"]
    assert survivor.best.value == "v8"
    assert [other.value for other in survivor.others] == ["v7", "v6", "v5", "v4", "v3"]
    assert (len(survivor.others), survivor.other_count) == (OTHERS_SHOWN, 8)
    assert survivor.best.strategy == "newest"


LAID_DOWN = ByHand("by@hand", "care-7", "read out", at=5, expires_at=99, event_id="d1", account=A)


def test_pr2_what_was_laid_down_by_hand_outranks_all_sources() -> None:
    """With who laid it down, why and until when; the best of the sources comes next."""
    found = values(contacts([Told(A, "crm@x", "crm", 9)]), "email", by("most_trusted"), LAID_DOWN)
    assert [each.value for each in found] == ["by@hand", "crm@x"]
    best = found[0]
    assert (best.strategy, best.owner, best.reason, best.expires_at, best.confidence) == (
        "by_hand", "care-7", "read out", 99, 1.0,
    )  # fmt: skip


def test_pr2_a_value_by_hand_that_sources_show_too_is_one_value() -> None:
    """It is no loser beside itself, and keeps how often it was shown and since when."""
    told = [Told(A, "by@hand", "form", 1, "1"), Told(B, "by@hand", "shop", 2, "2"), Told(B, "other", "crm", 3)]
    best, other = values(contacts(told), "email", by("newest"), LAID_DOWN)
    assert (best.value, best.times, best.first_at, other.value) == ("by@hand", 2, 1, "other")


def test_pr2_a_field_that_only_a_person_filled_in_survives_too() -> None:
    """Also where no source has shown any value."""
    found = survivors({}, by("newest"), {"company": LAID_DOWN._replace(value="Acme")})
    assert [*found] == ["company"]
    assert found["company"].best.times == 0


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 99)), max_size=120), st.randoms(use_true_random=False))
def test_pr2_however_many_values_a_field_has_those_shown_last_are_kept(
    shown: list[tuple[int, int]], order: random.Random
) -> None:
    """The bound holds, what is kept does not depend on the order of arrival, and every showing is kept or counted."""
    last: dict[str, int] = {}
    for number, at in shown:
        last[f"v{number}"] = max(last.get(f"v{number}", 0), at)
    expected = sorted(last, key=lambda value: (last[value], value))[-SHOWN_KEPT:]
    shuffled = list(shown)
    order.shuffle(shuffled)
    contact = Contact()
    for number, at in shuffled:
        contact.show("email", f"v{number}", "form", at, "e")
    kept = contact.shown.get("email", {})
    assert sorted(kept) == sorted(expected)
    assert {value: sources["form"].last_at for value, sources in kept.items()} == {
        each: last[each] for each in expected
    }
    counted = sum(sources["form"].times for sources in kept.values())
    assert counted + contact.forgotten.get("email", 0) == len(shown)


def test_pr2_the_rules_that_ship_name_a_rule_for_every_field() -> None:
    """Each is one that is known."""
    assert {SHIPPED.survivorship.of(name) for name in FIELDS} <= set(STRATEGIES)


@given(st.lists(told_somehow, min_size=2, max_size=12))
def test_pr2_the_newest_first_is_in_order_of_time(told: list[Told]) -> None:
    """What is listed goes down in the very quantity that it is ranked by."""
    found: list[Value] = values(contacts(told), "email", by("newest"))
    assert all(one.at >= other.at for one, other in pairwise(found))
