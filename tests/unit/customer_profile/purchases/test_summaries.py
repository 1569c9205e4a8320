"""What orders and returns come to, whatever the order in which they arrive and the accounts that they are told of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from customer_profile.adapters.codec import personas
from customer_profile.domain import ledger as ledgers
from customer_profile.domain.interaction import Order, Return
from customer_profile.domain.ledger import DAY, Ledger
from customer_profile.domain.persona import Persona
from customer_profile.domain.purchases.model import BgNbd, GammaGamma, PurchaseModel, RfmBounds
from customer_profile.domain.purchases.past import past
from customer_profile.domain.purchases.placed import placed
from customer_profile.domain.purchases.rfm import RfmClass
from customer_profile.domain.purchases.summary import PurchaseRules, Purchases, summaries

RULES = PurchaseRules("EUR", 365, 7, (RfmClass("best", (4, 5), (4, 5), (4, 5)), RfmClass("others")))
MODEL = PurchaseModel(
    "EUR",
    "EUR-1",
    365,
    RfmBounds((10, 30, 60, 120), (1, 2, 3, 4), (1000, 2000, 5000, 9000)),
    BgNbd(0.3, 40.0, 0.8, 2.4),
    GammaGamma(6.25, 3.74, 1545.0),
)
ALL_KEPT = 1000
ACCOUNTS = ("web_shop:a", "store:b", "instagram:c")


class Entry(NamedTuple):
    """An order or a return under its id, and the account that it is told of."""

    account: str
    id: str
    entry: Order | Return


@st.composite
def histories(draw: st.DrawFn) -> list[Entry]:
    """Orders and returns over 400 days, each told of one account or two; some returns name no order that is known."""
    numbers = draw(st.lists(st.integers(0, 30), unique=True, max_size=14))
    entries: list[Entry] = []
    for number in numbers:
        at = draw(st.integers(0, 400 * 24)) * (DAY // 24)
        currency = draw(st.sampled_from(["EUR", "EUR", "JPY"]))
        amount = draw(st.integers(0, 5000))
        entry: Order | Return
        if draw(st.integers(0, 3)):
            lines = draw(st.integers(0, 3))
            entry = Order(at, currency, amount, draw(st.sampled_from(["store", "live"])), lines, lines * 2)
        else:
            entry = Return(at, currency, amount, draw(st.sampled_from(["", "1", "2", "3", "99"])))
        accounts = draw(st.lists(st.sampled_from(ACCOUNTS), min_size=1, max_size=2, unique=True))
        entries += [Entry(account, str(number), entry) for account in accounts]
    return entries


def once(entries: Sequence[Entry]) -> list[Entry]:
    """All of it told of one account, each entry once: beyond the limit a repeat is not noticed."""
    return list({each.id: each._replace(account="web_shop:a") for each in entries}.values())


def folded(entries: Sequence[Entry], kept: int = ALL_KEPT) -> dict[str, Ledger]:
    """The ledgers of the accounts."""
    found: dict[str, Ledger] = {}
    for account, id_, entry in entries:
        mine = found.setdefault(account, Ledger())
        if isinstance(entry, Order):
            mine.add_order(id_, entry, kept)
        else:
            mine.add_return(id_, entry, kept)
    return found


def summed(found: dict[str, Ledger], now: int = 500 * DAY) -> tuple[dict[str, Purchases], int]:
    """What they come to by the model of these tests."""
    return summaries(found, {"EUR": MODEL}, RULES, now)


@given(histories(), st.randoms(use_true_random=False))
def test_pr8_neither_the_order_of_arrival_nor_that_of_accounts_matters(entries: list[Entry], random: object) -> None:
    mixed = [*entries, *entries]
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert summed(folded(mixed)) == summed(folded(entries))


@given(histories())
def test_pr8_one_customer_of_three_accounts_is_worth_what_one_account_with_all_of_it_is(entries: list[Entry]) -> None:
    """So a merge adds up exactly, and a split takes exactly apart: an order that two accounts told counts once."""
    together = [each._replace(account="web_shop:a") for each in entries]
    assert summed(folded(entries)) == summed(folded(together))


@given(histories())
def test_pr8_a_merge_that_is_undone_leaves_what_was(entries: list[Entry]) -> None:
    apart = {account: summed({account: mine}) for account, mine in folded(entries).items()}
    found = folded(entries)
    summed(found)
    assert {account: summed({account: mine}) for account, mine in found.items()} == apart


@given(histories(), st.integers(1, 6))
def test_pr8_what_is_kept_as_sums_only_still_gives_the_same_sums(entries: list[Entry], kept: int) -> None:
    """Days with an order, first and last, lines, pieces, and what was ordered after the first day stay exact."""
    single = once(entries)
    rolled, whole = folded(single, kept), folded(single)
    (found, due), (expected, expected_due) = summed(rolled), summed(whole)

    told_apart = ("unmatched_returns", "summed_up")

    def exact(sums: dict[str, Purchases]) -> dict[str, list[object]]:
        return {
            currency: [getattr(each, field.name) for field in fields(each) if field.name not in told_apart]
            for currency, each in sums.items()
        }

    assert exact(found) == exact(expected)
    assert due == expected_due
    assert sum(each.summed_up for each in found.values()) == sum(ledger.rolled_up for ledger in rolled.values())
    assert not any(each.summed_up for each in expected.values())


def test_pr8_once_orders_are_kept_as_sums_a_return_may_be_of_one_of_them_unless_it_names_none() -> None:
    mine = Ledger()
    for day in range(6):
        mine.add_order(f"o{day}", Order(day * DAY, "EUR", 100, "store"), 3)
    mine.add_return("r1", Return(9 * DAY, "EUR", 50, "o0"), 3)
    mine.add_return("r2", Return(9 * DAY, "EUR", 50), 3)
    sums = summed({"a": mine})[0]["EUR"]
    assert (sums.orders, sums.summed_up > 0, sums.unmatched_returns) == (6, True, 1)


def test_pr8_beyond_a_limit_the_oldest_days_are_counted_with_the_day_after(monkeypatch: object) -> None:
    """A limit that is hit is recorded, and what was ordered stays whole."""
    monkeypatch.setattr(ledgers, "MOST_DAYS", 5)  # type: ignore[attr-defined]
    mine = Ledger()
    for day in range(40):
        mine.add_order(str(day), Order(day * DAY, "EUR", 100, "store"), 10)
    assert len(mine.rolled["EUR"].days) == 5
    assert mine.rolled["EUR"].days_dropped > 0
    (sums,) = summed({"a": mine})[0].values()
    assert (sums.orders, sums.gross, sums.first_at, sums.last_at) == (40, 4000, 0, 39 * DAY)


@given(histories())
def test_pr8_a_return_is_unmatched_until_its_order_is_known_whichever_account_told_it(entries: list[Entry]) -> None:
    orders = {each.id for each in entries if isinstance(each.entry, Order)}
    returns = {each.id: each.entry for each in entries if isinstance(each.entry, Return)}
    found, _ = summed(folded(entries))
    unmatched = sum(each.order_id not in orders for each in returns.values())
    assert sum(each.unmatched_returns for each in found.values()) == unmatched


@given(histories())
def test_pr8_money_is_whole_and_adds_up(entries: list[Entry]) -> None:
    for sums in summed(folded(entries))[0].values():
        amounts = [sums.gross, sums.returned, sums.net, sums.average_order]
        if sums.lifetime is not None:
            amounts += [sums.lifetime.expected, sums.lifetime.expected_order]
        assert all(type(amount) is int for amount in amounts)
        assert sums.net == sums.gross - sums.returned
        assert sums.orders == sum(sums.by_source.values())
        assert 0 <= sums.repeat_share < 1
        assert sums.average_interval * max(sums.orders - 1, 0) <= sums.last_at - sums.first_at


def test_pr8_a_return_may_be_larger_than_its_order_and_dates_may_be_out_of_order() -> None:
    """What the shop tells counts as it is: the net then is below zero, and the return is older than its order."""
    mine = Ledger()
    mine.add_return("r", Return(5 * DAY, "EUR", 9000, "o"), 10)
    mine.add_order("o", Order(9 * DAY, "EUR", 100, "store"), 10)
    sums = summed({"a": mine})[0]["EUR"]
    assert (sums.net, sums.unmatched_returns, sums.orders, sums.returns) == (-8900, 0, 1, 1)


@given(histories(), st.integers(380, 900), st.integers(0, 2 * 24))
def test_pr9_nothing_changes_before_the_time_that_is_told(entries: list[Entry], day: int, hours: int) -> None:
    """And at that time something does: so a record is computed anew when it must be, and not every day."""
    found = folded(entries)
    now = day * DAY + hours * (DAY // 24)
    sums, due = summed(found, now)
    if due == 0:
        assert summed(found, now + 10_000 * DAY) == (sums, 0)
        return
    assert due > now
    assert summed(found, due - 1) == (sums, due)
    assert summed(found, due)[0] != sums


def test_pr9_a_lifetime_value_is_that_of_the_day_of_the_last_order_and_then_of_every_seventh() -> None:
    mine = Ledger()
    mine.add_order("1", Order(100 * DAY + 5, "EUR", 1000, "store"), 10)
    mine.add_order("2", Order(110 * DAY + 7, "EUR", 1000, "store"), 10)

    def computed(day: int) -> int:
        value = summed({"a": mine}, day * DAY + 3)[0]["EUR"].lifetime
        assert value is not None
        return value.computed_at // DAY

    assert [computed(day) for day in (109, 110, 113, 114, 120, 121)] == [110, 110, 110, 114, 114, 121]


def test_pr9_without_a_model_of_the_currency_there_are_no_scores_and_no_values() -> None:
    mine = Ledger()
    mine.add_order("1", Order(0, "JPY", 1000, "store"), 10)
    mine.add_return("2", Return(0, "EUR", 1000), 10)
    sums, due = summed({"a": mine})
    assert due == 0
    assert {each.rfm for each in sums.values()} | {each.lifetime for each in sums.values()} == {None}


@given(histories(), st.integers(0, 420))
def test_pr8_a_history_until_a_time_is_that_of_what_had_happened_by_then(entries: list[Entry], day: int) -> None:
    earlier = [each for each in entries if each.entry.at <= day * DAY]
    found = past(folded(entries).values(), "EUR", day * DAY)
    sums = summed(folded(earlier))[0].get("EUR", Purchases())
    assert (found.order_count, found.gross, found.returns, found.returned) == (
        sums.orders,
        sums.gross,
        sums.returns,
        sums.returned,
    )
    assert found.order_days == sums.order_days


@given(histories(), st.integers(1, 6))
def test_pr8_a_history_of_orders_kept_as_sums_has_their_days(entries: list[Entry], kept: int) -> None:
    single = once(entries)
    rolled = past(folded(single, kept).values(), "EUR", 500 * DAY)
    whole = past(folded(single).values(), "EUR", 500 * DAY)
    assert (rolled.order_count, rolled.gross, rolled.order_days, rolled.repeat_gross) == (
        whole.order_count,
        whole.gross,
        whole.order_days,
        whole.repeat_gross,
    )


@given(histories())
def test_pr8_orders_are_listed_once_newest_first_with_what_was_given_back(entries: list[Entry]) -> None:
    found = placed(folded(entries))
    times = [each.at for each in found]
    assert times == sorted(times, reverse=True)
    assert {each.order_id for each in found} == {each.id for each in entries if isinstance(each.entry, Order)}
    assert len({each.order_id for each in found}) == len(found)
    named = {each.id: each.entry.order_id for each in entries if isinstance(each.entry, Return)}
    for order in found:
        assert sorted(id_ for id_, _ in order.returns) == sorted(
            id_ for id_, of in named.items() if of == order.order_id
        )


def test_pr8_the_persona_with_its_ledger_survives_the_store() -> None:
    codec = personas()
    persona = Persona()
    for id_, order in enumerate(_orders()):
        persona.ledger.add_order(str(id_), order, 3)
    part = codec.new("web_shop:a")
    part.state = persona
    assert codec.state(codec.document(part)) == persona


def _orders() -> Iterator[Order]:
    for day in range(12):
        yield Order(day * DAY, "EUR", day, "store", day, day)
