"""Clocks that jump, days that are longer or shorter than others, and programmes that change while dates are pending."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chassis.settings import Settings
from rapport.tier.v1.tier_pb2 import ChangeReason
from tests.unit.vip_tier.customers import Town, bought
from tests.unit.vip_tier.test_periods import ROLLING, at, told, town, when
from tests.unit.vip_tier.world import SETTINGS, World, purchase
from tests.unit.wire.world import JOE
from vip_tier.bootstrap import SERVICE
from vip_tier.config import DEFAULT_PROGRAMME
from vip_tier.domain.decide import Decision, decide
from vip_tier.domain.programme import Programme, Programmes, Qualification, TierRule

BERLIN = replace(ROLLING, time_zone="Europe/Berlin")


class Club(World):
    """The service with rules that a test changes."""

    settings: Settings = SETTINGS  # type: ignore[misc]


@pytest.fixture
def joe() -> Club:
    """Silver since he bought for 300."""
    made = Club()
    made.clock.advance(timedelta(days=1))
    made.interacted(purchase("e1", JOE, 0.1, "o1", 30_000))
    made.settle()
    made.belongs("C1", JOE)
    made.settle()
    return made


def reasons(world: World) -> list[str]:
    return [ChangeReason.Name(each.reason).removeprefix("CHANGE_REASON_") for each in world.changes("C1")]


def test_i16_a_clock_that_jumps_ahead_tells_everything_in_order_and_one_that_jumps_back_tells_nothing(
    joe: Club,
) -> None:
    """Once, with the dates it should have had; what was told stays told, and sequences go on."""
    start = joe.clock.now()
    joe.clock.advance(timedelta(days=800))
    joe.settle()
    expected = ["ENROLLED", "TIER_EXPIRING", "GRACE_STARTED", "DOWNGRADED", "POINTS_EXPIRING", "POINTS_EXPIRED"]
    assert reasons(joe) == expected
    dates = [each.effective_time.ToMilliseconds() for each in joe.changes("C1")]
    assert dates == sorted(dates)
    last = joe.tier("C1")
    joe.clock.set(start + timedelta(days=340))
    joe.publish("touched.vip-tier", "C1", b"")
    joe.settle()
    assert reasons(joe) == expected
    joe.interacted(purchase("e2", JOE, 341, "o2", 30_000))
    joe.settle()
    again = joe.tier("C1")
    assert again.sequence >= last.sequence
    assert again.update_time.ToMilliseconds() >= last.update_time.ToMilliseconds()
    assert [each.sequence for each in joe.changes("C1")] == list(range(1, again.sequence + 1))


@pytest.mark.parametrize(
    ("reached", "warned", "ends", "lost"),
    [
        # The last day of the period has 23 hours in Berlin, and the grace is over at summer time.
        ("2025-03-30T12:00", "2026-02-28T23:00", "2026-03-30T22:00", "2026-04-29T22:00"),
        ("2025-03-29T12:00", "2026-02-27T23:00", "2026-03-29T22:00", "2026-04-28T22:00"),
        # It has 25 hours, and what began in summer ends in winter time.
        ("2024-10-25T12:00", "2025-09-25T22:00", "2025-10-25T22:00", "2025-11-24T23:00"),
        ("2024-10-26T12:00", "2025-09-26T22:00", "2025-10-26T23:00", "2025-11-25T23:00"),
        # A leap day: a year later the 28th.
        ("2024-02-29T12:00", "2025-01-29T23:00", "2025-02-28T23:00", "2025-03-30T22:00"),
        # The leap day's last half hour in Berlin is 28 February nowhere else.
        ("2024-02-29T22:30", "2025-01-29T23:00", "2025-02-28T23:00", "2025-03-30T22:00"),
        ("2024-02-28T23:30", "2025-01-29T23:00", "2025-02-28T23:00", "2025-03-30T22:00"),
    ],
)
def test_ti2_ti5_periods_warnings_and_grace_end_with_local_days(
    reached: str, warned: str, ends: str, lost: str
) -> None:
    """When the clocks change, over leap days, and where it is another day in UTC."""
    made = town(BERLIN)
    made.trade("a", bought("e1", 30_000, at=at(reached)))
    assert told(made, "2027-01-01") == [
        ("ENROLLED", "silver", reached),
        ("TIER_EXPIRING", "silver", warned),
        ("GRACE_STARTED", "silver", ends),
        ("DOWNGRADED", "member", lost),
    ]


def test_ti2_years_from_a_leap_day_begin_on_the_28th_of_common_years() -> None:
    """The year that an order was in renews at its end, and the one after it does not."""
    made = town(replace(BERLIN, qualification=Qualification("join_date")))
    made.trade("a", *(bought(f"e{year}", 30_000, at=at(f"{year}-02-29T12:00")) for year in (2024, 2028)))
    dates = [(reason, date) for reason, _, date in told(made, "2030-03-01") if reason != "TIER_EXPIRING"]
    assert dates == [
        ("ENROLLED", "2024-02-29T12:00"),
        ("RENEWED", "2025-02-27T23:00"),
        ("GRACE_STARTED", "2026-02-27T23:00"),
        ("DOWNGRADED", "2026-03-29T22:00"),
        ("UPGRADED", "2028-02-29T12:00"),
        ("RENEWED", "2029-02-27T23:00"),
        ("GRACE_STARTED", "2030-02-27T23:00"),
    ]


def stricter(begins: str) -> Programme:
    """From that day on, silver takes what gold took."""
    silver = TierRule("silver", (), any_of=ROLLING.tiers[2].any_of)
    return replace(ROLLING, applies_from=begins, tiers=(ROLLING.tiers[0], silver, *ROLLING.tiers[3:]))


@pytest.mark.parametrize("begins", ["2025-02-20", "2025-03-20"])
def test_ti8_an_edition_that_begins_while_a_warning_or_a_grace_is_pending_leaves_it_its_date(begins: str) -> None:
    """Whether it is decided upon day by day, or all at once after an outage."""
    expected = sorted(
        [
            ("2024-03-10T15:00", "ENROLLED", "silver"),
            ("2025-02-09", "TIER_EXPIRING", "silver"),
            ("2025-03-11", "GRACE_STARTED", "silver"),
            (begins, "RULES_CHANGED", "silver"),
            ("2025-04-10", "DOWNGRADED", "member"),
        ]
    )
    looks = ["2024-03-11", "2025-02-10", "2025-02-21", "2025-03-12", "2025-03-21", "2025-04-11"]
    for often in (looks, looks[-1:]):
        made, decision = town(ROLLING), None
        made.trade("a", bought("e1", 30_000, at=at("2024-03-10T15:00")))
        found: list[tuple[str, str, str]] = []
        for look in often:
            decision = _decided(made, Programmes(2, (ROLLING, stricter(begins))), look, decision)
            found += [(when(each.effective_ms), each.reason.name, each.tier) for each in decision.changes]
        assert found == expected


def _decided(made: Town, programmes: Programmes, day: str, before: Decision | None, version: str = "2") -> Decision:
    made.clock = at(day)
    return decide(programmes, version, made.situation("C1"), before.holding if before else None)


def test_ti8_a_file_edited_in_place_while_a_warning_is_pending_tells_what_differs_once() -> None:
    """The tier that the new rules would never have given is lost at once, as a change of the rules; no date is left."""
    made = town(ROLLING)
    made.trade("a", bought("e1", 30_000, at=at("2024-03-10T15:00")))
    warned = _decided(made, Programmes(1, (ROLLING,)), "2025-02-10", None, "1")
    assert [each.reason.name for each in warned.changes] == ["ENROLLED", "TIER_EXPIRING"]
    edited = Programmes(2, (replace(stricter(""), applies_from=""),))
    switched = _decided(made, edited, "2025-02-11", warned)
    assert [(each.reason.name, each.tier) for each in switched.changes] == [("RULES_CHANGED", "member")]
    later = _decided(made, edited, "2025-06-01", switched)
    assert later.changes == ()


def test_ti8_a_worker_with_another_file_tells_what_was_due_meanwhile_by_the_new_one(joe: Club, tmp_path: Path) -> None:
    """The date that was pending under the old file is looked at, and nothing of it is told: the tier does not end."""
    joe.clock.advance(timedelta(days=300))
    joe.settle()
    rules = tmp_path / "programme.yaml"
    text = DEFAULT_PROGRAMME.read_text().replace("version: 2", "version: 3")
    rules.write_text(text.replace("policy: to_balance", "policy: none"))
    joe.settings = Settings.from_environment(
        SERVICE.name, {"RAPPORT_PSEUDONYM_KEY": "a key for tests only", "RAPPORT_VIP_TIER_RULES": str(rules)}
    )
    joe.clock.advance(timedelta(days=200))
    joe.settle()
    assert joe.tier("C1").tier == "silver"
    assert reasons(joe) == ["ENROLLED"]
    assert joe.tier("C1").programme_version != joe.changes("C1")[0].receipt.programme_version
