"""Thirteen months of a real shop through the service in event time, against a slow and obvious implementation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.clock import ManualClock
from chassis.settings import Settings
from examples.common import CsvFile, Report
from examples.online_retail import COLUMNS, interactions
from rapport.interactions.v1.interaction_pb2 import Interaction
from rapport.tier.v1.tier_pb2 import ChangeReason, Tier, TierChange
from tests.unit.vip_tier.slow_tiers import Told, told_of, trades_of
from tests.unit.vip_tier.world import World
from vip_tier.config import DEFAULT_PROGRAMME

pytestmark = [pytest.mark.shared_data, pytest.mark.timeout(280)]

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "online_retail" / "online_retail.csv.gz"
FIRST, SALES_END, END = date(2010, 12, 1), date(2011, 12, 10), date(2012, 11, 1)
"""Sales end after thirteen months; the clock goes on until tiers of the first ones are renewed or lost."""

STEP = timedelta(days=7)


@dataclass
class Shop(World):
    """The service under the default programme in the shop's currency."""

    settings: Any = None  # type: ignore[misc]
    known: set[str] = field(default_factory=set)
    told: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def results(self, account: str) -> tuple[Tier, list[tuple[str, str, datetime]]]:
        """The tier of an account's customer, and what was told of it."""
        changes = [TierChange.FromString(row["message"]) for row in self.told[account]]
        told = [
            (
                ChangeReason.Name(each.reason).removeprefix("CHANGE_REASON_"),
                each.tier,
                each.effective_time.ToDatetime(tzinfo=UTC),
            )
            for each in changes
        ]
        return self.tier(account), told

    def gather(self) -> None:
        """Sort what was told by customer."""
        for row in sorted(self.stores["changes"].everything().values(), key=lambda row: row["sequence"]):
            self.told[row["group"]].append(row)


@pytest.fixture(scope="module")
def expected() -> dict[str, Told]:
    """What the slow implementation says of each customer."""
    if not DATA.exists():
        pytest.skip("the public data set shared/data/online_retail is not beside the project")
    return {f"web_shop:{customer}": told_of(trades, END) for customer, trades in trades_of(DATA).items()}


@pytest.fixture(scope="module")
def shop(expected: dict[str, Told], tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The service after all invoices, week by week, and the months after."""
    rules = tmp_path_factory.mktemp("rules") / "programme.yaml"
    rules.write_text(DEFAULT_PROGRAMME.read_text().replace("currency: EUR", "currency: GBP"))
    environment = {"RAPPORT_PSEUDONYM_KEY": "a key for tests only", "RAPPORT_VIP_TIER_RULES": str(rules)}
    world = Shop(settings=Settings.from_environment("vip-tier", environment), clock=ManualClock(_begin(FIRST)))
    worker = world.runner()
    for week in _weeks():
        world.interacted(*week)
        worker.run_until_quiet()
        world.clock.advance(STEP)
        for account in sorted({f"{each.account.channel}:{each.account.id}" for each in week} - world.known):
            world.belongs(account, account)
            world.known.add(account)
        worker.run_until_quiet()
    world.clock.set(_begin(END))
    worker.run_until_quiet()
    world.gather()
    return world


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


def _weeks() -> Iterator[list[Interaction]]:
    """The invoices, a week at a time, each week of those that begin in it."""
    every = sorted(interactions(CsvFile(DATA, COLUMNS), Report()), key=lambda each: each.occurred_at.seconds)
    start = _begin(FIRST) - timedelta(hours=6)
    while start < _begin(SALES_END):
        end = start + STEP
        yield [each for each in every if start.timestamp() <= each.occurred_at.seconds < end.timestamp()]
        start = end


def test_ti2_ti3_ti5_real_customers_hold_and_are_told_what_the_slow_implementation_says(
    shop: Shop, expected: dict[str, Told]
) -> None:
    """Every enrolment, rise, warning, grace, renewal and fall of every customer: reason, tier and moment."""
    assert len(expected) > 5_000
    wrong = {account: (shop.results(account)[1], told.changes) for account, told in expected.items()
             if shop.results(account)[1] != told.changes}  # fmt: skip
    assert wrong == {}
    reasons = {reason for told in expected.values() for reason, _, _ in told.changes}
    assert reasons == {"ENROLLED", "UPGRADED", "TIER_EXPIRING", "GRACE_STARTED", "RENEWED", "DOWNGRADED"}


def test_ti4_real_customers_have_the_points_that_the_slow_implementation_says(
    shop: Shop, expected: dict[str, Told]
) -> None:
    """A point a pound of net spend, nothing expired yet; and the tier that is held in the end."""
    found = {account: (shop.tier(account).tier, shop.tier(account).points.active) for account in expected}
    assert found == {account: (told.tier, told.points) for account, told in expected.items()}
