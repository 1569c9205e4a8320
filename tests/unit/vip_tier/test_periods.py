"""What time does to tiers: periods, warnings, grace, renewals, downgrades, overrides, editions; once, and in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vip_tier.customers import PROGRAMME, Town, bought, gave_back
from vip_tier.domain.decide import decide
from vip_tier.domain.persona import Decided, Deed, take_in_deed
from vip_tier.domain.programme import Downgrade, Expiry, Points, Programme, Programmes, Qualification
from vip_tier.domain.steps import Reason

DAY = 86_400_000
ROLLING = replace(
    PROGRAMME,
    time_zone="UTC",
    qualification=Qualification("rolling", 12),
    downgrade=Downgrade("to_balance", grace_days=30, warning_days=30),
)


def at(text: str) -> int:
    """Milliseconds of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def when(moment: int) -> str:
    """A moment as a day, or as a time where it is not the beginning of one."""
    text = datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%dT%H:%M")
    return text.removesuffix("T00:00")


def town(rules: Programme, **changed: Any) -> Town:
    """One customer with one account."""
    made = Town(programme=replace(rules, **changed))
    made.has("C1", "a")
    return made


def told(made: Town, until: str, *, from_: int = 0) -> list[tuple[str, str, str]]:
    """What is told up to a day in one go: reason, tier, date."""
    made.clock = at(until) - 1
    made.decide()
    return [(each.reason.name, each.tier, when(each.effective_ms)) for each in made.changes["C1"][from_:]]


def test_ti3_ti5_a_tier_that_is_not_earned_again_is_warned_of_kept_for_a_grace_and_lost() -> None:
    """Each on its day, though all is told at once after a long outage."""
    made = town(ROLLING)
    made.trade("a", bought("e1", 100_000, at=at("2024-03-10T15:00")))
    assert told(made, "2026-01-01") == [
        ("ENROLLED", "gold", "2024-03-10T15:00"),
        ("TIER_EXPIRING", "gold", "2025-02-09"),
        ("GRACE_STARTED", "gold", "2025-03-11"),
        ("DOWNGRADED", "member", "2025-04-10"),
    ]
    warning, grace = made.changes["C1"][1:3]
    assert (warning.missing, when(warning.deadline_ms)) == ((("points", 1000),), "2025-03-11")
    assert when(grace.deadline_ms) == "2025-04-10"
    assert made.changes["C1"][3].receipt.before.points == 0


def test_ti3_a_renewal_is_an_event_with_what_earned_it() -> None:
    """Nobody is warned who has earned it again by then."""
    made = town(ROLLING)
    made.trade("a", bought("e1", 100_000, at=at("2024-03-10T15:00")), bought("e2", 100_000, at=at("2024-10-01")))
    assert told(made, "2025-06-01")[1:] == [("RENEWED", "gold", "2025-03-11")]
    assert made.changes["C1"][-1].receipt.event_ids == ("e2",)


def test_ti3_a_tier_that_is_earned_again_in_its_grace_is_renewed_at_once() -> None:
    """With a new period from then on."""
    made = town(ROLLING)
    made.trade("a", bought("e1", 100_000, at=at("2024-03-10T15:00")), bought("e2", 100_000, at=at("2025-03-20T10:00")))
    assert told(made, "2025-06-01")[3:] == [("RENEWED", "gold", "2025-03-20T10:00")]
    assert when(made.holdings["C1"].main.period_ends_ms) == "2026-03-21"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("to_balance", [("DOWNGRADED", "member", "2025-03-11")]),
        ("one_step", [("DOWNGRADED", "silver", "2025-03-11"), ("DOWNGRADED", "member", "2026-03-12")]),
        ("none", []),
    ],
)
def test_ti3_a_downgrade_goes_as_far_as_the_policy_says(policy: Any, expected: list[tuple[str, str, str]]) -> None:
    """To the balance, by one step a period, or never."""
    made = town(ROLLING, downgrade=Downgrade(policy))
    made.trade("a", bought("e1", 100_000, at=at("2024-03-10T15:00")))
    assert told(made, "2027-01-01")[1:] == expected


@pytest.mark.parametrize(
    ("qualification", "ends", "told_then"),
    [
        (Qualification("calendar_year"), "2025-01-01", ("RENEWED", "silver", "2025-01-01")),
        (Qualification("calendar_year", year_begins="04-01"), "2024-04-01", ("RENEWED", "silver", "2024-04-01")),
        (Qualification("join_date"), "2025-02-29", ("RENEWED", "silver", "2025-02-28")),
        (Qualification("tier_start", 6), "2024-12-02", ("DOWNGRADED", "member", "2024-12-02")),
        (Qualification("attribute", attribute="member_since"), "2024-09-15", ("RENEWED", "silver", "2024-09-15")),
    ],
)
def test_ti2_periods_of_every_kind_end_on_their_day(
    qualification: Qualification, ends: str, told_then: tuple[str, str, str]
) -> None:
    """Joined on a leap day, silver on 1 June or before; a year by the calendar, by the date of joining or another."""
    made = town(ROLLING, qualification=qualification, downgrade=Downgrade("to_balance"))
    made.trade("a", bought("e1", 100, at=at("2024-02-29T12:00")))
    first = at("2024-03-01") if ends == "2024-04-01" else at("2024-06-01T09:00")
    made.trade("a", bought("e2", 25_000, at=first))
    take_in_deed(made.personas["a"], Deed("d", at("2024-03-01"), "", (("member_since", "2019-09-15"),)))
    assert told(made, "2025-03-15")[2] == told_then


def test_ti2_from_tier_start_counts_what_comes_after_it() -> None:
    """What reached a tier does not count towards the next."""
    made = town(ROLLING, qualification=Qualification("tier_start", 12))
    made.trade("a", bought("e1", 25_000, at=at("2024-01-01T10:00")), bought("e2", 80_000, at=at("2024-01-02T10:00")))
    assert told(made, "2024-02-01") == [("ENROLLED", "silver", "2024-01-01T10:00")]
    made.trade("a", bought("e3", 20_000, at=at("2024-02-02T10:00")))
    assert told(made, "2024-03-01")[1:] == [("UPGRADED", "gold", "2024-02-02T10:00")]


def test_ti3_a_return_that_takes_away_what_reached_the_tier_ends_it_at_once() -> None:
    """Otherwise one could buy a tier and give it back."""
    made = town(ROLLING)
    made.trade(
        "a", bought("e1", 100_000, at=at("2024-03-10T15:00")), gave_back("r1", 100_000, at=at("2024-03-20T10:00"))
    )
    assert told(made, "2024-06-01")[1:] == [("DOWNGRADED", "member", "2024-03-20T10:00")]


def test_ti5_points_that_expire_are_warned_of_and_told_on_their_day() -> None:
    """With how many they are, and the events that earned them."""
    made = town(PROGRAMME, time_zone="UTC", points=Points(expiry=Expiry("after_earning", 12), warning_days=10))
    made.trade("a", bought("e1", 100_000, at=at("2024-02-29T12:00")))
    assert told(made, "2025-06-01")[1:] == [
        ("POINTS_EXPIRING", "gold", "2025-02-19"),
        ("POINTS_EXPIRED", "gold", "2025-03-01"),
    ]
    assert [(each.points, each.receipt.event_ids) for each in made.changes["C1"][1:]] == [(1000, ()), (1000, ("e1",))]
    assert made.holdings["C1"].main.active == 0


def test_ti9_a_person_says_which_tier_is_held_until_a_time() -> None:
    """Beneath it the customer's own tier goes on; then that counts again."""
    made = town(ROLLING)
    made.trade("a", bought("e1", 25_000, at=at("2024-03-10T15:00")))
    until = at("2024-06-01T08:00")
    made.decided("a", Decided(at("2024-04-01"), "q1", "override", tier="platinum", expires_ms=until, owner="S-17"))
    made.trade("a", bought("e2", 80_000, at=at("2024-05-01T10:00")))
    assert told(made, "2024-07-01")[1:] == [
        ("OVERRIDDEN", "platinum", "2024-04-01"),
        ("OVERRIDE_ENDED", "gold", "2024-06-01T08:00"),
    ]
    overridden = made.changes["C1"][1]
    assert (overridden.receipt.event_ids, overridden.deadline_ms) == (("q1",), until)


def test_ti9_an_override_is_ended_by_another_decision() -> None:
    """Also one that would last for ever; one to a tier that is none is refused."""
    made = town(ROLLING)
    made.trade("a", bought("e1", 100, at=at("2024-03-10T15:00")))
    made.decided("a", Decided(at("2024-04-01"), "q1", "override", tier="gold"))
    made.decided(
        "a", Decided(at("2024-05-01"), "q2", "override"), Decided(at("2024-05-02"), "q3", "override", tier="tin")
    )
    assert told(made, "2024-07-01")[1:] == [
        ("OVERRIDDEN", "gold", "2024-04-01"),
        ("OVERRIDE_ENDED", "member", "2024-05-01"),
    ]
    assert made.holdings["C1"].outcomes["q3"].error == "UNKNOWN_TIER"


def test_ti8_an_edition_applies_from_its_day_and_takes_nothing_away_before_the_period_ends() -> None:
    """While a warning and a grace are pending, too."""
    stricter = replace(
        ROLLING,
        applies_from="2024-09-01",
        tiers=(*ROLLING.tiers[:1], replace(ROLLING.tiers[1], any_of=ROLLING.tiers[2].any_of), *ROLLING.tiers[3:]),
    )
    made = town(ROLLING)
    made.trade("a", bought("e1", 25_000, at=at("2024-03-10T15:00")), bought("e2", 25_000, at=at("2025-03-01T15:00")))
    made.clock = at("2026-01-01")
    decision = decide(Programmes(2, (made.programme, stricter)), "2", made.situation("C1"), None)
    assert [(each.reason.name, each.tier, when(each.effective_ms)) for each in decision.changes] == [
        ("ENROLLED", "silver", "2024-03-10T15:00"),
        ("RULES_CHANGED", "silver", "2024-09-01"),
        ("TIER_EXPIRING", "silver", "2025-02-09"),
        ("GRACE_STARTED", "silver", "2025-03-11"),
        ("DOWNGRADED", "member", "2025-04-10"),
    ]


def test_ti1_programmes_stand_side_by_side() -> None:
    """Each with tiers, points and changes of its own, under one sequence."""
    other = replace(PROGRAMME, programme="partners", points_per_major_unit=10)
    made = town(PROGRAMME)
    made.trade("a", bought("e1", 30_000, at=at("2024-03-10T15:00")))
    made.decided("a", Decided(at("2024-04-01"), "s1", "spend", 500, programme="partners"))
    made.clock = at("2024-06-01")
    decision = decide(Programmes(2, (PROGRAMME, other)), "2", made.situation("C1"), None)
    assert [(each.programme, each.tier, each.active) for each in decision.holding.standings] == [
        ("rapport-club", "silver", 300),
        ("partners", "platinum", 2500),
    ]
    assert [each.receipt.programme for each in decision.changes] == ["partners", "rapport-club"]
    assert decision.holding.sequence == 2


def test_i16_a_late_event_is_told_as_a_correction_of_what_was_told() -> None:
    """It names the sequence of the change that it overtook; nothing is told again."""
    made = town(ROLLING)
    made.trade("a", bought("e1", 100_000, at=at("2024-03-10T15:00")))
    told(made, "2026-01-01")
    made.trade("a", bought("late", 100_000, at=at("2025-03-05T12:00")))
    assert told(made, "2026-01-02", from_=4) == [("UPGRADED", "gold", "2025-03-11")]
    assert made.changes["C1"][-1].corrects == 4


def test_i16_what_the_clock_causes_is_told_on_time_when_it_is_looked_at_when_due() -> None:
    """`due_ms` leads from one date to the next, and then to none."""
    made = town(ROLLING)
    made.trade("a", bought("e1", 100_000, at=at("2024-03-10T15:00")))
    made.clock = at("2024-03-10T16:00")
    made.decide()
    dates = []
    while due := made.due["C1"]:
        dates.append(when(due))
        made.clock = due - 1
        made.decide()
    assert dates == ["2025-02-09", "2025-03-11", "2025-04-10"]
    assert [when(each.effective_ms) for each in made.changes["C1"][1:]] == dates


TRADES = st.lists(
    st.tuples(st.integers(0, 900), st.sampled_from([100, 24_900, 60_000, 110_000]), st.booleans()), max_size=8
)
POLICIES = st.builds(
    Downgrade, st.sampled_from(["none", "one_step", "to_balance"]), st.sampled_from([0, 30]), st.sampled_from([0, 30])
)
WINDOWS = st.sampled_from(
    [
        Qualification("rolling", 6),
        Qualification("calendar_year"),
        Qualification("join_date"),
        Qualification("tier_start", 6),
        Qualification(),
    ]
)


@given(TRADES, POLICIES, WINDOWS, st.lists(st.integers(1, 400), max_size=6))
@settings(deadline=None, max_examples=150)
def test_i16_looking_seldom_tells_the_same_as_looking_often(
    trades: list[tuple[int, int, bool]], downgrade: Downgrade, window: Qualification, pauses: list[int]
) -> None:
    """Catch-up keeps the order and the dates: one look after years, or one after each event and some in between."""
    start = at("2023-05-05T10:00")
    rules = replace(ROLLING, downgrade=downgrade, qualification=window,
                    points=Points(expiry=Expiry("after_earning", 12), warning_days=10))  # fmt: skip
    often, seldom = town(rules), town(rules)
    events = sorted(trades)
    looks = sorted({*(day for day, _, _ in events), *(sum(pauses[: n + 1]) for n in range(len(pauses)))})
    for look in looks:
        for number, (day, cents, back) in enumerate(events):
            if day == look:
                make = gave_back if back else bought
                often.trade("a", make(f"e{number}", cents, at=start + day * DAY))
                seldom.trade("a", make(f"e{number}", cents, at=start + day * DAY))
        if often.personas["a"].applied:
            often.clock = start + look * DAY
            often.decide()
    for made in (often, seldom):
        made.clock = start + 2_000 * DAY
        made.decide()
    told_often = [(each.reason, each.tier, each.effective_ms) for each in often.changes["C1"]]
    told_seldom = [(each.reason, each.tier, each.effective_ms) for each in seldom.changes["C1"]]
    if len({day for day, _, _ in events}) == len(events):
        assert told_often == told_seldom or not events
    assert often.holdings["C1"].main == seldom.holdings["C1"].main
    dates = [each.effective_ms for each in seldom.changes["C1"]]
    assert dates == sorted(dates)


@given(TRADES, POLICIES, WINDOWS, st.integers(0, 10_000))
@settings(deadline=None, max_examples=100)
def test_ti7_an_undo_restores_ledger_tier_and_dates_exactly(
    trades: list[tuple[int, int, bool]], downgrade: Downgrade, window: Qualification, seed: int
) -> None:
    """Two customers, merged for a while and parted again, stand as they would had they never met."""
    start, random = at("2023-05-05T10:00"), Random(seed)
    apart = Town(programme=replace(ROLLING, downgrade=downgrade, qualification=window))
    met = Town(programme=apart.programme)
    for made in (apart, met):
        made.has("C1", "a")
        made.has("C2", "b")
        made.trade("a", bought("a0", 100, at=start))
        made.trade("b", bought("b0", 25_000, at=start))
    merge_at, part_at = sorted(random.sample(range(1, 1_000), 2))
    events = [(day, number, cents, back, random.choice("ab")) for number, (day, cents, back) in enumerate(trades)]
    for day in sorted({0, merge_at, part_at, *(each[0] for each in events)}):
        for made in (apart, met):
            for _, number, cents, back, account in (each for each in events if each[0] == day):
                made.trade(account, (gave_back if back else bought)(f"e{number}", cents, at=start + day * DAY))
            made.clock = start + day * DAY
        if day == merge_at:
            met.merge("C2", "C1")
        if day == part_at:
            met.has("C1", "a")
            met.has("C2", "b")
        apart.decide()
        met.decide()
    for made in (apart, met):
        made.clock = start + 1_100 * DAY
        made.decide()
    for customer in ("C1", "C2"):
        assert met.holdings[customer].main == apart.holdings[customer].main
    assert Reason.MERGED in {each.reason for each in met.changes["C1"]}
