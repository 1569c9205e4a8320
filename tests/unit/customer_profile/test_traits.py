"""Computed traits: what is counted in any order, over several accounts, within windows, and what a file may say."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chassis.codec import StateCodec
from chassis.rules import RulesError
from customer_profile.adapters.trait_sampling import Sampling
from customer_profile.config import DEFAULT_RULES, SCHEMA, rules_of
from customer_profile.domain.traits.attributes import ATTRIBUTES, KINDS
from customer_profile.domain.traits.computing import TraitValue, computed
from customer_profile.domain.traits.definitions import Plan, Trait, Wanted
from customer_profile.domain.traits.tallies import DAY_MS, VALUES_KEPT, Tallies
from rapport.common.v1.common_pb2 import Money
from rapport.interactions.v1.interaction_pb2 import (
    INTENT_COMPLAINT,
    PURCHASE_SOURCE_WEB_SHOP,
    Comment,
    Content,
    Engagement,
    Interaction,
    OrderLine,
    Purchase,
    Review,
)
from tests.unit.customer_profile.rules_of_tests import rules_with
from tests.unit.customer_profile.world import World, interaction
from tests.unit.wire.world import JOE

NUMBERS = ("sum", "avg", "min", "max", "first", "last", "most_frequent", "distinct")
WORDS = ("first", "last", "most_frequent", "distinct")
TODAY = 1000

_ENCODE = StateCodec(Tallies).encode


def plan_of(*, window: int = 0) -> Plan:
    """Every function, over numbers and over words."""
    numbers = [Trait(f"number_{each}", each, "rating", window_days=window) for each in NUMBERS]
    words = [Trait(f"word_{each}", each, "channel", window_days=window) for each in WORDS]
    return Plan([Trait("count", "count", window_days=window), *numbers, *words])


def events(days: int = 30) -> st.SearchStrategy[list[Any]]:
    one = st.tuples(
        st.integers((TODAY - days) * DAY_MS, (TODAY + 1) * DAY_MS - 1),
        st.text("abc", min_size=1, max_size=6),
        st.integers(0, 5),
        st.sampled_from(["instagram", "tiktok", "email"]),
    )
    return st.lists(one, max_size=40, unique_by=lambda each: each[1])


def counted(plan: Plan, happened: list[Any]) -> Tallies:
    tallies = Tallies.new(plan)
    for at, event_id, number, word in happened:
        for trait in plan.traits:
            value = word if trait.attribute == "channel" else number if trait.attribute else 1
            tallies.take_in([(plan.kept[trait.trait], value)], at, event_id)
    return tallies


def slowly(happened: list[Any], window: int, today: int) -> dict[str, int | float | str]:
    """What the traits come to, from all events at once and by the words of the API."""
    seen = [each for each in happened if not window or each[0] // DAY_MS > today - window]
    values: dict[str, int | float | str] = {"count": len(seen), "number_sum": sum(each[2] for each in seen)}
    for name, place in (("number", 2), ("word", 3)):
        values[f"{name}_distinct"] = len({each[place] for each in seen})
    if not seen:
        return values
    numbers = [each[2] for each in seen]
    values |= {"number_min": min(numbers), "number_max": max(numbers)}
    values["number_avg"] = round(sum(numbers) / len(numbers), 6)
    for name, place in (("number", 2), ("word", 3)):
        ordered = sorted(seen)
        values |= {f"{name}_first": ordered[0][place], f"{name}_last": ordered[-1][place]}
        counts = Counter(each[place] for each in seen)
        values[f"{name}_most_frequent"] = min(value for value, times in counts.items() if times == max(counts.values()))
    return values


@given(happened=events(), window=st.sampled_from([0, 1, 7, 20]), shuffled=st.randoms(), later=st.integers(0, 40))
def test_pr6_traits_are_what_the_interactions_come_to_in_any_order(
    happened: list[Any], window: int, shuffled: Any, later: int
) -> None:
    """Against a slow computation, at the time of the events and up to weeks later; the bytes kept are the same, too."""
    plan = plan_of(window=window)
    other = list(happened)
    shuffled.shuffle(other)
    tallies = counted(plan, happened)
    assert _ENCODE(tallies) == _ENCODE(counted(plan, other))
    values = computed([tallies], plan, (TODAY + later) * DAY_MS).values
    assert {name: each.value for name, each in values.items()} == slowly(happened, window, TODAY + later)


@given(happened=events(), window=st.sampled_from([0, 5]), accounts=st.integers(2, 4), data=st.data())
def test_pr6_several_accounts_give_what_one_would(
    happened: list[Any], window: int, accounts: int, data: st.DataObject
) -> None:
    """However the events are spread, and if one account's tallies take in another's."""
    plan = plan_of(window=window)
    spread = [data.draw(st.integers(0, accounts - 1)) for _ in happened]
    parts = [
        counted(plan, [each for each, at in zip(happened, spread, strict=True) if at == account])
        for account in range(accounts)
    ]
    now = TODAY * DAY_MS
    one = counted(plan, happened)
    assert computed(parts, plan, now) == computed([one], plan, now)
    first, *others = parts
    for other in others:
        for kept in plan.keys.values():
            first.absorb(kept, other)
    assert computed([first], plan, now) == computed([one], plan, now)
    if not window:
        assert _ENCODE(first) == _ENCODE(one)


@given(happened=events(), window=st.integers(1, 20))
def test_pr6_the_clock_changes_traits_when_it_was_said_to_and_not_before(happened: list[Any], window: int) -> None:
    """Windows end at midnight UTC: a millisecond before, everything is as it was."""
    plan = plan_of(window=window)
    tallies = [counted(plan, happened)]
    now = TODAY * DAY_MS + 12_345
    before = computed(tallies, plan, now)
    if not before.due_ms:
        assert not any(each.samples for each in before.values.values())
        return
    assert before.due_ms > now
    assert before.due_ms % DAY_MS == 0
    assert computed(tallies, plan, before.due_ms - 1).values == before.values
    assert computed(tallies, plan, before.due_ms).values != before.values


def test_pr6_a_window_looks_at_today_and_the_days_before() -> None:
    """Seven days: today and six before, whatever the hour."""
    plan = Plan([Trait("week", "count", window_days=7)])
    day = [Tallies.new(plan)]
    day[0].take_in([(plan.kept["week"], 1)], (TODAY - 6) * DAY_MS, "e1")
    assert computed(day, plan, TODAY * DAY_MS).values["week"].value == 1
    assert computed(day, plan, (TODAY + 1) * DAY_MS - 1).values["week"].value == 1
    assert computed(day, plan, (TODAY + 1) * DAY_MS).values["week"].value == 0


@given(values=st.lists(st.integers(0, 2 * VALUES_KEPT), max_size=30), shuffled=st.randoms())
def test_pr6_too_many_values_are_counted_the_same_in_any_order_and_that_is_said(
    values: list[int], shuffled: Any
) -> None:
    """Of too many different values so many are kept, exactly counted, and `truncated` says so."""
    plan = Plan([Trait("products", "distinct", "product_id")])
    words = [f"p{number}" for number in [*values, *range(VALUES_KEPT - 5)]]
    other = list(words)
    shuffled.shuffle(other)
    one, two = Tallies.new(plan), Tallies.new(plan)
    for tallies, order in ((one, words), (two, other)):
        for place, word in enumerate(order):
            tallies.take_in([(plan.kept["products"], word)], 0, f"e{place}")
    assert _ENCODE(one) == _ENCODE(two)
    distinct = len(set(words))
    found = computed([one], plan, 0).values["products"]
    assert found == TraitValue(min(distinct, VALUES_KEPT), len(words), distinct > VALUES_KEPT)


@given(days=st.lists(st.integers(0, 5000), max_size=60))
def test_pr6_what_is_kept_of_a_window_is_bounded_by_the_window(days: list[int]) -> None:
    """Days that no clock can look at any more are forgotten."""
    plan = Plan([Trait("said", "count", window_days=10)])
    tallies = Tallies.new(plan)
    for place, day in enumerate(days):
        tallies.take_in([(plan.kept["said"], 1)], day * DAY_MS, f"e{place}")
    kept = [day for day, *_ in tallies.numbers.get(plan.kept["said"].key, [])]
    assert kept == sorted({day for day in days if day > max(days) - 12})


def samples(trait: Trait, message: Interaction) -> list[int | str]:
    kind = message.WhichOneof("kind") or ""
    return [value for _, value in Sampling(Plan([trait]))(message, kind)]


def bought(*lines: OrderLine, currency: str = "EUR") -> Interaction:
    total = Money(currency_code=currency, minor_units=700)
    return interaction(
        "e1", "web_shop:1", purchase=Purchase(order_id="o1", total=total, lines=lines, source=PURCHASE_SOURCE_WEB_SHOP)
    )


def said(**content: Any) -> Interaction:
    return interaction("e1", comment=Comment(post_id="p1", content=Content(**content)))


@pytest.mark.parametrize(
    ("trait", "message", "expected"),
    [
        (Trait("t", "count"), said(), [1]),
        (Trait("t", "count", where={"kind": Wanted(is_one_of=("like",))}), said(), []),
        (Trait("t", "last", "channel"), said(), ["instagram"]),
        (Trait("t", "last", "sentiment"), said(), []),
        (Trait("t", "last", "sentiment"), said(sentiment=3), ["positive"]),
        (Trait("t", "last", "sentiment"), said(sentiment=77), []),
        (Trait("t", "count", where={"intent": Wanted(equals="thank_you")}), said(intent=1), [1]),
        (Trait("t", "distinct", "topic"), said(topics=["price", "size"]), ["price", "size"]),
        (Trait("t", "count", where={"topic": Wanted(equals="size")}), said(topics=["price", "size"]), [1]),
        (Trait("t", "sum", "likes"), said(engagement=Engagement(likes=3)), [3]),
        (Trait("t", "sum", "likes"), said(), []),
        (Trait("t", "max", "views"), said(engagement=Engagement(views=2**62)), []),
        (
            Trait("t", "avg", "text_length", where={"language": Wanted(equals="de")}),
            said(text="ja", language="de"),
            [2],
        ),
        (Trait("t", "first", "hour"), said(), [0]),
        (Trait("t", "first", "weekday"), said(), ["thursday"]),
        (Trait("t", "last", "post_id"), said(), ["p1"]),
        (Trait("t", "avg", "rating"), interaction("e", review=Review(product_id="x", rating=4)), [4]),
        (Trait("t", "count", where={"rating": Wanted(at_most=3)}), interaction("e", review=Review(rating=4)), []),
        (Trait("t", "count", where={"rating": Wanted(at_least=4)}), interaction("e", review=Review(rating=4)), [1]),
        (Trait("t", "sum", "amount", currency="EUR"), bought(), [700]),
        (Trait("t", "sum", "amount", currency="USD"), bought(), []),
        (Trait("t", "last", "purchase_source"), bought(), ["web_shop"]),
        (Trait("t", "distinct", "sku"), bought(OrderLine(sku="a"), OrderLine(sku="b")), ["a", "b"]),
        (
            Trait("t", "sum", "quantity", where={"sku": Wanted(equals="b")}),
            bought(OrderLine(sku="a", quantity=2), OrderLine(sku="b", quantity=3)),
            [3],
        ),
    ],
)
def test_pr6_each_attribute_is_read_where_it_is(trait: Trait, message: Interaction, expected: list[int | str]) -> None:
    """And what is absent, unknown or out of range is not counted."""
    assert samples(trait, message) == expected


@pytest.mark.parametrize("name", sorted(ATTRIBUTES))
def test_pr6_every_attribute_can_be_read_of_every_kind_that_has_it(name: str) -> None:
    """Of an interaction that says nothing, too."""
    currency = "EUR" if name in ("amount", "unit_price") else ""
    for kind in sorted(ATTRIBUTES[name].kinds):
        message = Interaction()
        getattr(message, kind).SetInParent()
        sampling = Sampling(Plan([Trait("t", "distinct", name, currency=currency)]))
        assert all(isinstance(value, (int, str)) for _, value in sampling(message, kind))


def test_pr6_attributes_and_kinds_are_those_of_the_schema_and_of_the_api() -> None:
    """What the schema admits has a reader, and what is read can be written in the file."""
    schema = yaml.safe_load(SCHEMA.read_text(encoding="utf-8"))["properties"]["traits"]["items"]["properties"]
    assert set(schema["attribute"]["enum"]) == set(schema["where"]["properties"]) == set(ATTRIBUTES)
    assert {each.name for each in Interaction.DESCRIPTOR.oneofs_by_name["kind"].fields} == KINDS


@pytest.mark.parametrize(
    ("trait", "place", "words"),
    [
        ({"function": "sum", "attribute": "channel"}, "function: sum", "sum is of numbers, and channel has words"),
        ({"function": "sum", "attribute": "amount"}, "- trait: t", "currency is missing"),
        ({"function": "sum", "attribute": "rating", "currency": "EUR"}, "currency: EUR", "looks at no money"),
        ({"function": "sum", "attribute": "amount", "currency": "euro"}, "currency: euro", "does not have the form"),
        ({"function": "count", "attribute": "channel"}, "attribute: channel", "count counts"),
        ({"function": "last"}, "- trait: t", "attribute is missing: last of what?"),
        ({"function": "averge", "attribute": "rating"}, "function: averge", "none of"),
        ({"function": "avg", "attribute": "raiting"}, "attribute: raiting", "did you mean 'rating'?"),
        ({"function": "count", "where": {"raiting": {"equals": 1}}}, "raiting:", "did you mean 'rating'?"),
        ({"function": "count", "where": {"rating": {"equals": "x"}}}, "equals: x", "rating has numbers"),
        ({"function": "count", "where": {"channel": {"at_least": 3}}}, "at_least: 3", "not greater or smaller"),
        ({"function": "count", "where": {"sentiment": {"equals": "happy"}}}, "equals: happy", "never 'happy'"),
        (
            {"function": "avg", "attribute": "rating", "where": {"sku": {"equals": "a"}}},
            "sku:",
            "no kind of interaction",
        ),
        ({"function": "count", "window_days": 0}, "window_days: 0", "less than the minimum 1"),
    ],
)
def test_pr6_a_mistake_in_a_trait_is_told_with_its_place(trait: dict[str, Any], place: str, words: str) -> None:
    """Line and column lead to the very words, or to the thing that lacks them."""
    text = rules_with([{"trait": "t"} | trait])
    with pytest.raises(RulesError) as caught:
        rules_of(text)
    lines = text.splitlines()
    told = [each.split(":", 3) for each in caught.value.problems]
    assert any(words in each[3] and place in lines[int(each[1]) - 1] for each in told), (told, place)


def test_pr6_a_trait_that_is_declared_twice_is_refused() -> None:
    """Nobody could say which of the two the record shows."""
    with pytest.raises(RulesError, match="declared twice"):
        rules_of(
            rules_with([{"trait": "t", "function": "count"}, {"trait": "t", "function": "count", "window_days": 3}])
        )


def test_pr6_the_own_traits_stand_in_the_record() -> None:
    """Those of the service's file, after a review and an order: numbers, words and an average."""
    world = World()
    world.interacted(
        interaction("e1", review=Review(product_id="x", rating=4)),
        interaction("e2", review=Review(product_id="x", rating=5)),
        interaction("e3", comment=Comment(content=Content(intent=INTENT_COMPLAINT))),
        *[bought(OrderLine(sku="a", quantity=1), OrderLine(sku="b", quantity=1))],
    )
    world.belongs("C1", JOE, "web_shop:1")
    world.settle()
    traits = world.record("C1").traits
    assert set(traits) <= {each.trait for each in rules_of(DEFAULT_RULES.read_text(encoding="utf-8")).value.traits}
    assert (traits["average_rating"].average, traits["average_rating"].samples) == (4.5, 2)
    assert traits["comments_90d"].number == 3
    assert (traits["last_channel"].text, traits["favourite_way_to_buy"].text) == ("instagram", "web_shop")
    assert (traits["products_bought"].number, traits["spend_365d_eur"].number) == (2, 700)
    assert traits["complaints_365d"].number == 1
    assert "last_survey_score" not in traits
