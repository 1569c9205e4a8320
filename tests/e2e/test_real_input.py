"""A part of each public data set goes through the whole system, and comes out as the raw files say."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from localstack import Stack, apply_topics
from rapport.advocacy.v1.advocacy_pb2 import Score
from rapport.identity.v1.service_pb2 import Key
from rapport.profile.v1.profile_pb2 import CustomerRecord, PurchaseSummary
from rapport.tier.v1.tier_pb2 import Tier
from rapportctl.calls import Calls
from rapportctl.deployment import Deployment
from rapportctl.quiet import wait_until_quiet
from tests.e2e.raw_figures import Shopping, Support, shopping_of, support_of

pytestmark = [pytest.mark.integration, pytest.mark.shared_data, pytest.mark.timeout(280)]

PROJECT = Path(__file__).resolve().parents[2]
DATA = PROJECT.parent / "shared" / "data"
RETAIL = DATA / "online_retail" / "online_retail.csv.gz"
TWEETS = DATA / "twcs" / "twcs_first5000.csv"

RETAIL_LINES = 20_000
"""Enough for a hundred returns, and for customers that come back."""
SENT_AGAIN = 3_000


@dataclass(frozen=True)
class Outcome:
    """What the system says after both files went through it, by account key."""

    deployment: Deployment
    customer_ids: dict[str, str]
    records: dict[str, CustomerRecord]
    scores: dict[str, Score]
    tiers: dict[str, Tier]


@pytest.fixture(scope="module")
def shopping() -> dict[str, Shopping]:
    """What the shop's file says."""
    _needs(RETAIL)
    return shopping_of(RETAIL, RETAIL_LINES)


@pytest.fixture(scope="module")
def support() -> dict[str, Support]:
    """What the tweets' file says."""
    _needs(TWEETS)
    return support_of(TWEETS)


@pytest.fixture(scope="module")
def outcome(
    shopping: dict[str, Shopping], support: dict[str, Support], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Outcome]:
    """Start everything, send both files as a person would, one part twice, and ask the services when all is quiet."""
    with Stack(tmp_path_factory.mktemp("real-input"), before_services=apply_topics) as stack:
        environment = stack.environment()
        _convert(environment, "online_retail", RETAIL, "--limit", str(RETAIL_LINES))
        _convert(environment, "twitter_support", TWEETS)
        _convert(environment, "online_retail", RETAIL, "--limit", str(SENT_AGAIN))
        deployment = Deployment(environment)
        wait_until_quiet(deployment, timeout=150)
        with Calls(deployment) as calls:
            yield _ask(deployment, calls, [*shopping, *support])
        deployment.admin.close()


def test_every_account_is_a_customer_of_its_own(outcome: Outcome) -> None:
    """Nothing ties the accounts of these files together: as many customers as accounts, each with its one account."""
    assert all(outcome.customer_ids.values())
    assert len(set(outcome.customer_ids.values())) == len(outcome.customer_ids)
    assert {key: list(record.accounts) for key, record in outcome.records.items()} == {
        key: [key] for key in outcome.customer_ids
    }


def test_there_are_no_customers_beside_them(outcome: Outcome) -> None:
    """The topics of customers and of records hold these customers and no others."""
    for topic in ("customers", "customer-records"):
        with outcome.deployment.reader(outcome.deployment.topic(topic)) as reader:
            assert {record.key.decode() for record in reader.all() if record.key} == set(outcome.customer_ids.values())


def test_pr8_purchases_are_those_of_the_raw_file(outcome: Outcome, shopping: dict[str, Shopping]) -> None:
    """Orders, gross, returns and what was paid back agree with the file for every single customer, to the penny."""
    expected = {key: (s.orders, s.gross, s.returns, s.returned, s.gross - s.returned) for key, s in shopping.items()}
    assert {
        key: (s.orders, s.gross_minor_units, s.returns, s.returned_minor_units, s.net_minor_units)
        for key, s in ((key, _pounds(outcome.records[key])) for key in shopping)
    } == expected


def test_pr8_totals_are_those_of_the_raw_file(outcome: Outcome, shopping: dict[str, Shopping]) -> None:
    """All customers together: the shop's turnover; and the part that was sent has purchases, returns and guests."""
    summaries = [_pounds(record) for record in outcome.records.values()]
    assert sum(s.gross_minor_units for s in summaries) == sum(s.gross for s in shopping.values()) > 30_000_000
    assert sum(s.returned_minor_units for s in summaries) == sum(s.returned for s in shopping.values()) > 1_000_000
    assert sum(s.orders for s in summaries) == sum(s.orders for s in shopping.values()) > 500
    assert sum(s.returns for s in summaries) == sum(s.returns for s in shopping.values()) > 100
    assert sum(key.startswith("web_shop:guest-") for key in shopping) > 50


def test_pr8_the_first_and_the_last_purchase_are_those_of_the_raw_file(
    outcome: Outcome, shopping: dict[str, Shopping]
) -> None:
    """The shop's local times arrive as the moments that they were."""
    buyers = {key: s for key, s in shopping.items() if s.orders}
    assert {
        key: (summary.first_at.ToDatetime(UTC), summary.last_at.ToDatetime(UTC))
        for key, summary in ((key, _pounds(outcome.records[key])) for key in buyers)
    } == {key: (_moment(s.first), _moment(s.last)) for key, s in buyers.items()}


def test_in1_support_messages_and_replies_are_those_of_the_raw_file(
    outcome: Outcome, support: dict[str, Support]
) -> None:
    """Every person's messages, and the brands' answers to each, agree with the file."""
    activities = {key: outcome.records[key].activity for key in support}
    assert {
        key: (activity.by_kind.get("support_message", 0), activity.brand_replies)
        for key, activity in activities.items()
    } == {key: (s.messages, s.replies) for key, s in support.items()}
    assert sum(activity.brand_replies for activity in activities.values()) > 2_000


def test_in3_what_was_sent_twice_counts_once(outcome: Outcome, shopping: dict[str, Shopping]) -> None:
    """A part was sent twice: the records know each of its interactions once."""
    counts = Counter({key: record.activity.interactions for key, record in outcome.records.items()})
    assert {key: counts[key] for key in shopping} == {key: s.orders + s.returns for key, s in shopping.items()}


def test_the_tiers_know_every_order(outcome: Outcome, shopping: dict[str, Shopping]) -> None:
    """The tier service saw the orders that the profile saw, whether or not its programme counts their currency."""
    figures = {key: outcome.tiers[key].figures for key in shopping}
    assert {key: each.purchases + each.purchases_not_counted for key, each in figures.items()} == {
        key: s.orders for key, s in shopping.items()
    }


def test_records_show_the_score_and_the_tier_that_hold(outcome: Outcome) -> None:
    """When all is quiet the services agree: every record has the score and the tier that its owner gives."""
    assert {
        key: (r.score.score, r.score.version, r.tier.tier, r.tier.version) for key, r in outcome.records.items()
    } == {
        key: (outcome.scores[key].score, outcome.scores[key].version, tier.tier, tier.version)
        for key, tier in outcome.tiers.items()
    }


def test_in2_nothing_of_it_is_refused(outcome: Outcome) -> None:
    """What the converters make of odd lines is valid: no service has a dead letter."""
    counts = {}
    for service in outcome.deployment.services:
        with outcome.deployment.reader(outcome.deployment.topic(f"dead-letters.{service}")) as reader:
            counts[service] = sum(1 for _ in reader.all())
    assert set(counts.values()) == {0}, counts


def _ask(deployment: Deployment, calls: Calls, accounts: list[str]) -> Outcome:
    answers = calls.resolve_all(Key(account=account) for account in accounts)
    ids = {account: answer.customer_id for account, answer in zip(accounts, answers, strict=True)}
    found = calls.customers(ids.values())
    assert not found.not_found
    records = {record.customer_id: record for record in found.found}
    scores = {score.customer_id: score for score in calls.scores(ids.values()).found}
    tiers = {tier.customer_id: tier for tier in calls.tiers(ids.values()).found}
    return Outcome(
        deployment,
        ids,
        {account: records[id_] for account, id_ in ids.items()},
        {account: scores[id_] for account, id_ in ids.items() if id_ in scores},
        {account: tiers[id_] for account, id_ in ids.items() if id_ in tiers},
    )


def _convert(environment: dict[str, str], converter: str, *arguments: str | Path) -> None:
    subprocess.run(
        [sys.executable, "-m", f"examples.{converter}", *map(str, arguments)],
        cwd=PROJECT,
        env=environment,
        check=True,
        timeout=60,
    )


def _needs(path: Path) -> None:
    if not path.exists():
        pytest.skip(f"the public data set {path.relative_to(PROJECT.parent)} is not beside the project")


def _pounds(record: CustomerRecord) -> PurchaseSummary:
    """Return the sums in pounds; there is no other currency in the file."""
    assert {summary.currency_code for summary in record.purchases} <= {"GBP"}
    return record.purchases[0] if record.purchases else PurchaseSummary()


def _moment(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/London")).astimezone(UTC)
