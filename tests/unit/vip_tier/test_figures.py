"""What is kept of an account, and the facts that come of a customer's accounts together."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vip_tier.customers import ACCOUNTS, LIFETIME, bought, gave_back, histories, persona
from vip_tier.domain.facts import facts_of
from vip_tier.domain.figures import Figures
from vip_tier.domain.persona import RECENT_KEPT, Persona, Trade
from vip_tier.domain.replay import Replay

END = 10**12


def figures(personas: Mapping[str, Persona]) -> Figures:
    """What the accounts have to show together, by the lifetime programme."""
    return Replay(LIFETIME.programmes, facts_of(personas), 0, outcomes={}).run(END).figures


def sums(*personas: Persona) -> tuple[int, int, int]:
    """Spend, orders and orders in other currencies."""
    found = figures({f"a{place}": each for place, each in enumerate(personas)})
    return found.spend_minor_units, found.purchases, found.purchases_not_counted


def test_ti1_spend_is_purchases_less_returns_in_the_currency_that_counts() -> None:
    """Others are counted and earn nothing."""
    made = persona(
        bought("e1", 1000), bought("e2", 500), gave_back("e3", 300), bought("e4", 9, currency="JPY"),
        gave_back("e5", 7, currency="JPY"),
    )  # fmt: skip
    assert sums(made) == (1200, 2, 1)


def test_ti1_an_order_told_twice_counts_once() -> None:
    """By the shop's number; of two tellings the earliest counts, in whichever order they arrive."""
    early, late = bought("e1", 1000, number="o1", at=5), bought("e2", 900, number="o1", at=6)
    for made in (persona(early, late), persona(late, early)):
        assert sums(made) == (1000, 1, 0)
    back = persona(gave_back("e1", 10, number="r1", at=5), gave_back("e2", 20, number="r1", at=6))
    assert sums(back) == (-10, 0, 0)


def test_ti1_an_order_told_under_two_accounts_of_a_customer_counts_once() -> None:
    """A shop gives an order number once, so the ledger of a customer is keyed by it over all accounts."""
    one, other = persona(bought("e1", 1000, number="o1")), persona(bought("e1", 1000, number="o1"), bought("e2", 7))
    assert sums(one, other) == (1007, 2, 0)


def test_ti6_events_are_numbered_and_the_last_are_remembered() -> None:
    """Fifty by id; one that repeats an order changes nothing and has no number."""
    made = persona(*(bought(f"e{n}", 1, at=n) for n in range(RECENT_KEPT + 10)), bought("again", 1, number="e3", at=4))
    assert made.applied == RECENT_KEPT + 10
    assert made.recent[0] == (11, "e10", 10)
    assert made.recent[-1] == (RECENT_KEPT + 10, f"e{RECENT_KEPT + 9}", RECENT_KEPT + 9)


@given(st.integers(10, 30), st.integers(0, 120), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_bounds_turn_the_oldest_entries_into_sums_and_change_no_figure(limit: int, size: int, random: object) -> None:
    """State is bounded, and spend and counts are as if it were not."""
    trades = [
        *(bought(f"e{n}", 100 + n, at=n, currency="JPY" if n % 7 == 0 else "EUR") for n in range(size)),
        *(gave_back(f"r{n}", n, at=n) for n in range(size // 2)),
    ]
    random.shuffle(trades)  # type: ignore[attr-defined]
    bounded, unbounded = persona(*trades, limit=limit), persona(*trades)
    assert max(len(bounded.orders), len(bounded.returns)) <= limit
    assert sums(bounded) == sums(unbounded)
    kept = len(bounded.orders) + len(bounded.returns)
    assert bounded.rolled_up == len(trades) - kept


def accounts_of(history: list[tuple[str, Trade]]) -> dict[str, list[Trade]]:
    return {account: [trade for who, trade in history if who == account] for account in ACCOUNTS}


@given(histories(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_ti7_several_accounts_have_the_figures_that_one_account_would(
    history: list[tuple[str, Trade]], random: object
) -> None:
    """In any order of events: a merge adds up what happened, and nothing else."""
    parts = {account: persona(*trades) for account, trades in accounts_of(history).items()}
    everything = [trade for _, trade in history]
    random.shuffle(everything)  # type: ignore[attr-defined]
    assert figures(parts) == figures({"one": persona(*everything)})
