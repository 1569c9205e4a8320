"""The ledger of points: it always sums up, oldest points go first, and returns follow the policy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vip_tier.customers import PROGRAMME, bought, gave_back, persona
from vip_tier.domain.facts import facts_of
from vip_tier.domain.ledger import Ledger, Movement
from vip_tier.domain.persona import Decided, Deed, Persona, take_in_decision, take_in_deed
from vip_tier.domain.programme import ActionRule, Campaign, Expiry, Points, Programme
from vip_tier.domain.replay import INSUFFICIENT, Outcome, Replay, Replayed
from vip_tier.domain.steps import Reason

DAY = 86_400_000
JAN = int(datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp() * 1000)
MONTH_LATER = JAN + 31 * DAY
FAR = JAN + 5_000 * DAY


def run(made: Persona, until: int = FAR, rules: Programme = PROGRAMME, **outcomes: Outcome) -> Replayed:
    return Replay((rules,), facts_of({"a": made}), JAN, outcomes=outcomes).run(until)


def with_points(**changed: Any) -> Programme:
    return replace(PROGRAMME, points=Points(**changed))


def balances(ledger: Ledger) -> tuple[int, int]:
    return ledger.active, ledger.pending


def spend(request_id: str, points: int, at: int) -> Decided:
    return Decided(at, request_id, "spend", points)


def test_ti4_points_are_pending_before_they_are_active() -> None:
    """They become active at the end of a day, and the entry that says so moves them from one balance to the other."""
    made = persona(bought("e1", 10_000, at=JAN))
    rules = with_points(pending_days=14)
    assert balances(run(made, JAN + 13 * DAY, rules).ledger) == (0, 100)
    ledger = run(made, JAN + 16 * DAY, rules).ledger
    assert balances(ledger) == (100, 0)
    assert [(each.key, each.movement) for each in ledger.postings] == [
        ("order/e1", Movement.EARNED),
        ("order/e1/active", Movement.ACTIVATED),
    ]


def test_ti4_spending_takes_the_oldest_and_what_is_left_expires() -> None:
    """Of two lots the first is spent, and expires no more; the second does, on its own day."""
    made = persona(bought("e1", 10_000, at=JAN), bought("e2", 5_000, at=MONTH_LATER))
    take_in_decision(made, spend("s1", 120, MONTH_LATER + DAY))
    rules = with_points(expiry=Expiry("after_earning", 12), warning_days=30)
    replayed = run(made, rules=rules)
    assert balances(replayed.ledger) == (0, 0)
    told = [(step.reason, step.points) for step in replayed.steps if step.reason >= Reason.POINTS_EXPIRING]
    assert told == [(Reason.POINTS_EXPIRING, 30), (Reason.POINTS_EXPIRED, 30)]


def test_ti4_tiers_count_what_was_earned_and_not_what_is_left() -> None:
    """Spending changes no figure."""
    made = persona(bought("e1", 100_000, at=JAN))
    take_in_decision(made, spend("s1", 1000, JAN + DAY))
    replayed = run(made)
    assert (replayed.figures.points, replayed.ledger.active) == (1000, 0)
    assert replayed.steps[-1].tier == "gold"


def test_ti4_spending_more_than_there_is_is_refused_and_says_what_is_missing() -> None:
    """The ledger has no entry of it; a second, smaller one is carried out."""
    made = persona(bought("e1", 10_000, at=JAN))
    for decided in (spend("s1", 101, JAN + 1), spend("s2", 100, JAN + 2), spend("s3", 1, JAN + 3)):
        take_in_decision(made, decided)
    replayed = run(made)
    assert replayed.outcomes == {"s1": Outcome(INSUFFICIENT, 1), "s2": Outcome(), "s3": Outcome(INSUFFICIENT, 1)}
    assert [each.active for each in replayed.ledger.postings] == [100, -100]


def test_ti4_an_outcome_that_was_told_holds_whatever_comes_late() -> None:
    """A return that turns out earlier leaves a debt; points that turn out earlier do not revive what was refused."""
    made = persona(bought("e1", 10_000, at=JAN), gave_back("r1", 10_000, at=JAN + 1))
    take_in_decision(made, spend("s1", 100, JAN + 2))
    assert run(made, s1=Outcome()).ledger.active == -100
    rich = persona(bought("e1", 90_000, at=JAN))
    take_in_decision(rich, spend("s1", 100, JAN + 2))
    assert run(rich, s1=Outcome(INSUFFICIENT, 100)).ledger.active == 900


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("pending_only", (0, 0)), ("within_balance", (0, 0)), ("without_limit", (-100, 0))],
)
def test_ti4_a_return_claws_back_as_the_policy_says_also_after_points_were_spent(
    policy: str, expected: tuple[int, int]
) -> None:
    """All of 100 points is spent when the goods come back."""
    made = persona(bought("e1", 10_000, at=JAN, number="o1"), gave_back("r1", 10_000, at=JAN + 9))
    take_in_decision(made, spend("s1", 100, JAN + 5))
    replayed = run(made, rules=with_points(claw_back=policy))
    assert balances(replayed.ledger) == expected
    assert replayed.figures.points == 0, "figures follow the return whatever the policy"


def test_ti4_pending_points_are_clawed_back_first() -> None:
    """Of its own order, then of the oldest; active ones only by a policy that goes that far."""
    made = persona(
        bought("e1", 10_000, at=JAN),
        bought("e2", 10_000, at=JAN + 20 * DAY),
        gave_back("r1", 15_000, at=JAN + 21 * DAY),
    )
    for policy, expected in (("pending_only", (100, 0)), ("within_balance", (50, 0))):
        replayed = run(made, JAN + 22 * DAY, with_points(pending_days=14, claw_back=policy))
        assert balances(replayed.ledger) == expected


def test_ti4_later_points_pay_a_debt_first() -> None:
    """Balances are sums, so a debt is simply below zero."""
    made = persona(bought("e1", 10_000, at=JAN), gave_back("r1", 10_000, at=JAN + 9), bought("e2", 30_000, at=JAN + 12))
    take_in_decision(made, spend("s1", 100, JAN + 5))
    ledger = run(made).ledger
    assert [each.active_after for each in ledger.postings] == [100, 0, -100, 200]
    assert sum(lot.left for lot in ledger.lots) == 200


def test_ti4_a_return_larger_than_its_order_takes_back_the_order() -> None:
    """Of an order that is known; spend and points alike."""
    made = persona(bought("e1", 10_000, number="o1", at=JAN), bought("e2", 5_000, at=JAN))
    back = gave_back("r1", 99_999, at=JAN + 1)._replace(order="o1")
    both = persona(bought("e1", 10_000, number="o1", at=JAN), bought("e2", 5_000, at=JAN), back)
    assert run(made).figures.points == 150
    found = run(both)
    assert (found.figures.spend_minor_units, found.figures.points, found.ledger.active) == (5_000, 50, 50)


def test_ti4_points_expire_after_inactivity_all_at_once() -> None:
    """Each purchase puts the day off."""
    rules = with_points(expiry=Expiry("after_inactivity", 6))
    made = persona(bought("e1", 10_000, at=JAN), bought("e2", 100, at=JAN + 100 * DAY))
    assert run(made, JAN + 250 * DAY, rules).ledger.active == 101
    replayed = run(made, rules=rules)
    assert (replayed.steps[-1].reason, replayed.steps[-1].points, replayed.ledger.active) == (
        Reason.POINTS_EXPIRED,
        101,
        0,
    )


def test_ti4_points_expire_on_a_fixed_date() -> None:
    """On the first 31 March that is a year away or more, at the end of the day."""
    rules = with_points(expiry=Expiry("fixed_date", 12, "03-31"))
    replayed = run(persona(bought("e1", 10_000, at=JAN)), rules=rules)
    assert replayed.steps[-1].at_ms == int(datetime(2027, 3, 31, 22, tzinfo=UTC).timestamp() * 1000)


def test_ti4_a_campaign_and_a_tier_multiply_what_spend_earns() -> None:
    """Inside its days, from the first moment to the last, and at the rate of the tier held before."""
    campaign = Campaign("spring", "2026-01-01", "2026-01-31", 200)
    rules = replace(PROGRAMME, campaigns=(campaign,))
    rules = replace(rules, tiers=(rules.tiers[0], replace(rules.tiers[1], earning_percent=150), *rules.tiers[2:]))
    made = persona(
        bought("e1", 15_000, at=JAN), bought("e2", 10_000, at=JAN + 1), bought("e3", 10_000, at=MONTH_LATER + DAY)
    )
    assert [each.active for each in run(made, rules=rules).ledger.postings] == [300, 300, 150]


def test_ti4_actions_earn_points_up_to_a_number_a_day() -> None:
    """By the programme's days."""
    rules = replace(PROGRAMME, actions=(ActionRule("review", 25, per_day=2),))
    made = Persona()
    for number in range(4):
        take_in_deed(made, Deed(f"d{number}", JAN + number, "review"))
    take_in_deed(made, Deed("next", JAN + DAY, "review"))
    take_in_deed(made, Deed("next", JAN + DAY, "review"))
    assert run(made, rules=rules).ledger.active == 75


def test_ti9_points_are_adjusted_and_count_towards_tiers_only_if_said_so() -> None:
    """Taken ones never more than there are."""
    made = Persona()
    take_in_decision(made, Decided(JAN, "g1", "adjust", 300))
    take_in_decision(made, Decided(JAN + 1, "g2", "adjust", 400, qualifies=True))
    take_in_decision(made, Decided(JAN + 2, "g3", "adjust", -701))
    replayed = run(made)
    assert (replayed.ledger.active, replayed.figures.points, replayed.steps[-1].tier) == (700, 400, "silver")
    assert replayed.outcomes["g3"] == Outcome(INSUFFICIENT, 1)


@st.composite
def lives(draw: st.DrawFn) -> Persona:
    """Anything that can happen to points, in any order."""
    made = Persona()
    for number in range(draw(st.integers(0, 30))):
        at, amount = JAN + draw(st.integers(0, 900)) * DAY, draw(st.integers(0, 50_000))
        kind = draw(st.sampled_from(["buy", "buy", "back", "spend", "adjust"]))
        if kind == "buy":
            made.orders.update(persona(bought(f"e{number}", amount, at=at)).orders)
        elif kind == "back":
            trade = gave_back(f"e{number}", amount, at=at)._replace(order=f"e{draw(st.integers(0, 30))}")
            made.returns.update(persona(trade).returns)
        else:
            points = draw(st.integers(1, 400)) * (-1 if kind == "adjust" and draw(st.booleans()) else 1)
            take_in_decision(made, Decided(at, f"e{number}", kind, points))
    return made


RULES = st.builds(
    with_points,
    pending_days=st.sampled_from([0, 14]),
    expiry=st.sampled_from(
        [Expiry(), Expiry("after_earning", 12), Expiry("after_inactivity", 3), Expiry("fixed_date", 1)]
    ),
    warning_days=st.sampled_from([0, 30]),
    claw_back=st.sampled_from(["pending_only", "within_balance", "without_limit"]),
)


@given(lives(), RULES, st.integers(0, 1_500))
@settings(deadline=None, max_examples=200)
def test_i12_the_ledger_always_sums_up(made: Persona, rules: Programme, days: int) -> None:
    """Balances are sums of entries and of what lots have left; nothing pending is below zero; no key comes twice."""
    ledger = run(made, JAN + days * DAY, rules).ledger
    assert ledger.active == sum(each.active for each in ledger.postings)
    assert ledger.pending == sum(each.pending for each in ledger.postings)
    assert ledger.active == sum(lot.left for lot in ledger.lots if lot.is_active) - ledger.debt
    assert ledger.pending == sum(lot.left for lot in ledger.lots if not lot.is_active) >= 0
    assert all(each.pending_after >= 0 for each in ledger.postings)
    keys = [each.key for each in ledger.postings]
    assert len(keys) == len(set(keys))
    assert [each.at_ms for each in ledger.postings] == sorted(each.at_ms for each in ledger.postings)


@given(lives(), RULES, st.integers(0, 1_500), st.integers(0, 1_500))
@settings(deadline=None)
def test_i12_a_later_look_adds_entries_and_changes_none(made: Persona, rules: Programme, one: int, other: int) -> None:
    """Append-only: what the ledger said at one time, it says first at every later time."""
    early, late = sorted((one, other))
    early_ms = JAN + early * DAY
    known = Persona(
        orders={key: each for key, each in made.orders.items() if each.occurred_ms <= early_ms},
        returns={key: each for key, each in made.returns.items() if each.occurred_ms <= early_ms},
        decisions={key: each for key, each in made.decisions.items() if each.decided_ms <= early_ms},
    )
    first = run(known, early_ms, rules).ledger.postings
    assert run(made, JAN + late * DAY, rules).ledger.postings[: len(first)] == first


def test_ti9_decisions_count_in_the_order_of_their_log_whatever_servers_clocks_say() -> None:
    """Of two servers one may be late, and two decisions may be of one moment: the second still comes second."""
    made = Persona()
    take_in_decision(made, Decided(JAN + 5, "z", "adjust", 100))
    take_in_decision(made, spend("a", 100, JAN + 5))
    take_in_decision(made, spend("b", 1, JAN))
    assert run(made).outcomes == {"z": Outcome(), "a": Outcome(), "b": Outcome(INSUFFICIENT, 1)}
