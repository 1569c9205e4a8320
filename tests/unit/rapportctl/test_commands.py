"""The commands as a person runs them, over a deployment in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chassis.clock import ManualClock
from chassis.dead_letters import DeadLetters
from chassis.records import DeadLetter, ReadRecord
from rapport.advocacy.v1.advocacy_pb2 import Score
from rapport.identity.v1.service_pb2 import ResolveResponse
from rapport.interactions.v1.interaction_pb2 import Interaction
from rapport.profile.v1.profile_pb2 import CustomerRecord, TimelineEntry
from rapport.tier.v1.tier_pb2 import ChangeReason, Tier, TierChange
from rapportctl.__main__ import main
from rapportctl.kafka.lags import Lag
from rapportctl.town import Town, TownSettings, Truth
from tests.unit.rapportctl.fakes import (
    PREFIX,
    IdentityService,
    MemoryDeployment,
    ProfileService,
    ResultServices,
    serving,
)

ONE, OTHER = "01kknq5e8d0000g00000000003", "01kknq5e9r0000g00000000007"
LIKE = (
    '{"eventId": "e-1", "occurredAt": "2026-03-14T09:26:53Z", '
    '"account": {"channel": "store", "id": "s1"}, "like": {"postId": "p"}}\n'
)


def run(deployment: MemoryDeployment, *arguments: str, stdin: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(main, list(arguments), obj=deployment, input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def as_json(result: Result) -> Any:
    return json.loads(result.stdout)


@pytest.fixture
def deployment() -> MemoryDeployment:
    return MemoryDeployment()


# -- publish


def test_publish_sends_the_good_lines_and_ends_with_one_for_the_bad(deployment: MemoryDeployment) -> None:
    result = run(deployment, "publish", "-", "--format", "json", stdin=f"{LIKE}nonsense\n{LIKE}")
    assert result.exit_code == 1
    assert as_json(result)["sent"] == 2
    assert as_json(result)["mistakes"][0]["line"] == 2
    assert "line 2: no JSON" in result.stderr
    assert len(deployment.records("interactions")) == 2


def test_publish_of_good_lines_ends_with_zero(deployment: MemoryDeployment, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text(LIKE * 3)
    result = run(deployment, "publish", str(file))
    assert (result.exit_code, result.stdout) == (0, "3 interactions sent, 0 bad lines left out\n")


def test_a_flood_of_bad_lines_is_cut_short(deployment: MemoryDeployment) -> None:
    result = run(deployment, "publish", "-", stdin="x\n" * 500)
    assert result.stderr.count("no JSON") == 100
    assert "and 400 more bad lines" in result.stderr


def test_publish_without_a_pseudonym_key_sends_nothing() -> None:
    """Under a wrong key the records of one account would come to lie in two partitions."""
    deployment = MemoryDeployment({"RAPPORT_PSEUDONYM_KEY": ""})
    result = run(deployment, "publish", "-", stdin=LIKE)
    assert result.exit_code == 1
    assert "RAPPORT_PSEUDONYM_KEY" in result.stderr
    assert deployment.records("interactions") == []


# -- tail


def put_likes(deployment: MemoryDeployment, count: int) -> None:
    for number in range(count):
        interaction = Interaction(event_id=f"e{number}")
        interaction.like.post_id = "p"
        deployment.put("interactions", f"store:{number}".encode(), interaction.SerializeToString())


def event_ids(result: Result) -> list[str]:
    return [json.loads(line)["value"]["event_id"] for line in result.stdout.splitlines()]


def test_tail_shows_the_newest_decoded(deployment: MemoryDeployment) -> None:
    put_likes(deployment, 30)
    assert event_ids(run(deployment, "tail", "interactions", "--format", "json")) == [f"e{n}" for n in range(20, 30)]
    assert event_ids(run(deployment, "tail", "rapport.interactions", "--max", "2", "--format", "json")) == [
        "e28",
        "e29",
    ]
    shown = run(deployment, "tail", "interactions", "--max", "1").stdout
    assert "store:29" in shown
    assert '"post_id": "p"' in shown


def test_tail_from_the_beginning_shows_all_and_ends(deployment: MemoryDeployment) -> None:
    put_likes(deployment, 30)
    shown = event_ids(run(deployment, "tail", "interactions", "--from-beginning", "--format", "json"))
    assert sorted(shown) == sorted(f"e{n}" for n in range(30))


def test_tail_follows_until_interrupted_and_that_is_no_failure(deployment: MemoryDeployment) -> None:
    put_likes(deployment, 3)
    result = run(deployment, "tail", "interactions", "--follow", "--from-beginning", "--format", "json")
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 3)
    assert run(deployment, "tail", "interactions", "--follow").stdout == ""


def test_tail_of_a_key_shows_its_records_alone(deployment: MemoryDeployment) -> None:
    put_likes(deployment, 30)
    result = run(deployment, "tail", "interactions", "--key", "store:7", "--format", "json")
    assert event_ids(result) == ["e7"]


def test_tail_finds_a_personal_key_as_the_person_has_it(deployment: MemoryDeployment) -> None:
    run(deployment, "publish", "-", stdin=LIKE.replace("store", "email").replace("s1", "maria@example.com"))
    result = run(deployment, "tail", "interactions", "--key", "email:Maria@example.com", "--format", "json")
    assert event_ids(result) == ["e-1"]


def test_tail_shows_tombstones_and_what_does_not_parse(deployment: MemoryDeployment) -> None:
    deployment.put("tiers", b"C", None)
    deployment.put("tiers", b"C", b"\xff")
    values = [
        json.loads(line)["value"] for line in run(deployment, "tail", "tiers", "--format", "json").stdout.splitlines()
    ]
    assert values == [None, {"unparseable_bytes": 1}]


def test_tail_of_no_topic_is_status_three(deployment: MemoryDeployment) -> None:
    result = run(deployment, "tail", "nothing")
    assert result.exit_code == 3
    assert "tier-changes" in result.stderr
    deployment.missing.append("rapport.tiers")
    result = run(deployment, "tail", "tiers")
    assert (result.exit_code, "topics apply" in result.stderr) == (3, True)


# -- watch


def put_change(deployment: MemoryDeployment, customer: str, sequence: int, tier: str = "gold") -> None:
    change = TierChange(
        customer_id=customer,
        sequence=sequence,
        previous_tier="silver",
        tier=tier,
        reason=ChangeReason.CHANGE_REASON_UPGRADED,
    )
    change.receipt.event_ids.append("e-9")
    deployment.put("tier-changes", customer.encode(), change.SerializeToString())


def test_ti10_watch_shows_each_change_once_though_it_comes_twice(deployment: MemoryDeployment) -> None:
    for customer, sequence in ((ONE, 1), (ONE, 2), (ONE, 1), (ONE, 2), (OTHER, 1), (ONE, 3)):
        put_change(deployment, customer, sequence)
    result = run(deployment, "watch", "tiers", "--from-beginning", "--format", "json")
    shown = [(change["customer_id"], int(change["sequence"])) for change in map(json.loads, result.stdout.splitlines())]
    assert sorted(shown) == [(ONE, 1), (ONE, 2), (ONE, 3), (OTHER, 1)]


def test_ti6_a_line_says_who_what_why_and_from_which_events(deployment: MemoryDeployment) -> None:
    put_change(deployment, ONE, 2)
    result = run(deployment, "watch", "tiers", "--from-beginning", "--max", "1")
    assert result.stdout.strip() == f"{ONE}  #2  silver -> gold  upgraded  e-9"


def test_watch_passes_over_what_is_no_change(deployment: MemoryDeployment) -> None:
    deployment.put("tier-changes", ONE.encode(), b"\xff")
    put_change(deployment, ONE, 1)
    result = run(deployment, "watch", "tiers", "--from-beginning", "--max", "1")
    assert ONE in result.stdout
    assert "no TierChange" in result.stderr


# -- get and timeline


class World:
    def __init__(
        self, identity: IdentityService, profile: ProfileService, results: ResultServices, deployment: MemoryDeployment
    ) -> None:
        self.identity = identity
        self.profile = profile
        self.results = results
        self.deployment = deployment


@pytest.fixture
def world() -> Iterator[World]:
    with serving() as (identity, profile, results, environment):
        profile.records[f"customers/{ONE}"] = CustomerRecord(customer_id=ONE, accounts=["store:s1"])
        results.scores[f"customers/{ONE}/score"] = Score(customer_id=ONE, score=214)
        results.tiers[f"customers/{ONE}/tier"] = Tier(customer_id=ONE, tier="gold")
        yield World(identity, profile, results, MemoryDeployment(environment))


def test_pr1_whoever_is_known_by_a_key_is_shown(world: World) -> None:
    for key in ("store:s1", "email=maria@example.com"):
        world.identity.resolved[key] = ResolveResponse(customer_id=ONE)
        assert as_json(run(world.deployment, "get", "customer", key, "--format", "json"))["accounts"] == ["store:s1"]
        assert as_json(run(world.deployment, "get", "score", key, "--format", "json"))["score"] == 214
        assert as_json(run(world.deployment, "get", "tier", key, "--format", "json"))["tier"] == "gold"
    assert "gold" in run(world.deployment, "get", "tier", ONE).stdout


def test_pr1_a_customer_id_is_asked_for_without_resolving_it(world: World) -> None:
    assert run(world.deployment, "get", "customer", ONE).exit_code == 0
    assert world.identity.asked == []


@pytest.mark.parametrize("what", ["customer", "score", "tier"])
def test_pr1_an_id_that_was_merged_away_answers_and_says_so(world: World, what: str) -> None:
    world.profile.records[f"customers/{OTHER}"] = CustomerRecord(customer_id=ONE, merged_from=OTHER)
    world.results.scores[f"customers/{OTHER}/score"] = Score(customer_id=ONE, merged_from=OTHER)
    world.results.tiers[f"customers/{OTHER}/tier"] = Tier(customer_id=ONE, merged_from=OTHER)
    result = run(world.deployment, "get", what, OTHER)
    assert (result.exit_code, result.stderr) == (0, f"{OTHER} was merged into {ONE}\n")


def test_pr1_a_key_that_led_to_a_merged_away_id_says_so(world: World) -> None:
    world.identity.resolved["store:s1"] = ResolveResponse(customer_id=ONE, merged_from=OTHER)
    assert run(world.deployment, "get", "tier", "store:s1").stderr == f"{OTHER} was merged into {ONE}\n"


@pytest.mark.parametrize("what", ["customer", "score", "tier"])
def test_nobody_is_status_three(world: World, what: str) -> None:
    for key in (OTHER, "store:nobody"):
        result = run(world.deployment, "get", what, key)
        assert (result.exit_code, "CUSTOMER_NOT_FOUND" in result.stderr) == (3, True)


def test_pr3_timeline_shows_so_many_and_no_more(world: World) -> None:
    interaction = Interaction(event_id="e")
    interaction.like.post_id = "p"
    world.profile.entries = [TimelineEntry(account_key=f"store:{n}", interaction=interaction) for n in range(300)]
    shown = as_json(run(world.deployment, "timeline", ONE, "--max", "250", "--format", "json"))
    assert [entry["account_key"] for entry in shown] == [f"store:{n}" for n in range(250)]
    assert "store:49" in run(world.deployment, "timeline", ONE, "--kind", "like").stdout


# -- simulate


def test_simulate_sends_a_town_and_writes_its_truth(deployment: MemoryDeployment, tmp_path: Path) -> None:
    file = tmp_path / "truth.json"
    arguments = (
        "--people",
        "20",
        "--seed",
        "5",
        "--duration",
        "10d",
        "--start",
        "2026-01-01",
        "--invalid-share",
        "0.1",
    )
    result = run(deployment, "simulate", *arguments, "--truth", str(file), "--format", "json")
    truth = Truth.read(file)
    assert result.exit_code == 0
    assert as_json(result)["events"] == truth.totals.events == len(deployment.records("interactions"))
    assert truth.totals.first_at.isoformat() >= "2026-01-01"


def test_a_town_ends_now_by_default(deployment: MemoryDeployment, tmp_path: Path) -> None:
    file = tmp_path / "truth.json"
    run(deployment, "simulate", "--people", "5", "--truth", str(file))
    now = deployment.clock.now()
    assert 0 <= (now - Truth.read(file).totals.last_at).total_seconds() < 5 * 86_400


def test_simulate_into_a_file_sends_nothing(deployment: MemoryDeployment, tmp_path: Path) -> None:
    file = tmp_path / "town.jsonl"
    run(deployment, "simulate", "--people", "5", "--start", "2026-01-01", "--out", str(file))
    assert len(deployment.records("interactions")) == 0
    published = run(deployment, "publish", str(file), "--format", "json")
    town = Town(TownSettings(people=5).ending_at(TownSettings().start + TownSettings().duration))
    assert as_json(published)["sent"] == town.truth().totals.events


def test_a_town_that_cannot_be_is_wrong_usage(deployment: MemoryDeployment) -> None:
    result = run(deployment, "simulate", "--people", "0")
    assert (result.exit_code, "people is 0" in result.stderr) == (2, True)


def test_a_town_is_made_hard_to_tell_apart_as_asked(deployment: MemoryDeployment, tmp_path: Path) -> None:
    file = tmp_path / "truth.json"
    run(deployment, "simulate", "--people", "5", "--tangled", "--share", "twin_share=0.5", "--truth", str(file))
    parameters = Truth.read(file).parameters
    assert (parameters["twin_share"], parameters["junior_share"]) == (0.5, TownSettings().tangled().junior_share)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("twins=0.5", "['twins'] are no shares"),
        ("twin_share=2", "it takes 0 to 1"),
        ("twin_share", "is no share; right"),
    ],
)
def test_a_share_that_no_town_has_is_wrong_usage(deployment: MemoryDeployment, given: str, said: str) -> None:
    result = run(deployment, "simulate", "--people", "5", "--share", given)
    assert (result.exit_code, said in result.stderr) == (2, True)


# -- dlq


def bury(deployment: MemoryDeployment, *reasons: str) -> None:
    interaction = Interaction(event_id="e-7", source="maria@example.com").SerializeToString()
    letters = [
        DeadLetter(
            ReadRecord(PREFIX + "interactions", 0, n, 0, b"store:1", interaction + bytes([8 * 15, n])), reason, "why"
        )
        for n, reason in enumerate(reasons)
    ]
    topic = f"{PREFIX}dead-letters.identity-resolution"
    DeadLetters(deployment.broker, topic, "identity-resolution", ManualClock()).send(letters)


def test_in2_dlq_list_counts_over_all_services(deployment: MemoryDeployment) -> None:
    assert run(deployment, "dlq", "list").stdout == "no dead letters\n"
    bury(deployment, "NO_TIME", "NO_TIME", "UNKNOWN_KIND")
    rows = as_json(run(deployment, "dlq", "list", "--format", "json"))
    assert [(row["reason"], row["count"], row["detail"]) for row in rows] == [
        ("NO_TIME", 2, "why"),
        ("UNKNOWN_KIND", 1, "why"),
    ]
    assert run(deployment, "dlq", "list", "vip-tier").stdout == "no dead letters\n"
    assert run(deployment, "dlq", "list", "nobody").exit_code == 3


def test_dlq_show_hides_what_may_be_personal_until_asked(deployment: MemoryDeployment) -> None:
    bury(deployment, "NO_TIME")
    place = [str(n) for n in (deployment.records("dead-letters.identity-resolution")[0].partition, 0)]
    hidden = run(deployment, "dlq", "show", "identity-resolution", *place)
    assert "maria" not in hidden.stdout
    assert "store:1" not in hidden.stdout
    assert "NO_TIME" in hidden.stdout
    shown = run(deployment, "dlq", "show", "identity-resolution", *place, "--reveal")
    assert "maria@example.com" in shown.stdout
    assert "store:1" in shown.stdout
    assert run(deployment, "dlq", "show", "identity-resolution", place[0], "99").exit_code == 3


def test_dlq_replay_gives_back_what_is_wanted(deployment: MemoryDeployment) -> None:
    bury(deployment, "NO_TIME", "UNKNOWN_KIND", "UNKNOWN_KIND")
    arguments = ("dlq", "replay", "identity-resolution", "--format", "json")
    dry = as_json(run(deployment, *arguments, "--reason", "UNKNOWN_KIND", "--dry-run"))
    assert (dry["would_be_sent"], len(deployment.records("interactions"))) == (2, 0)
    done = as_json(run(deployment, *arguments, "--reason", "UNKNOWN_KIND"))
    assert (done["sent"], len(deployment.records("interactions"))) == (2, 2)
    partition = str(deployment.records("dead-letters.identity-resolution")[0].partition)
    one = as_json(run(deployment, *arguments, "--partition", partition, "--offset", "0"))
    assert (one["sent"], len(deployment.records("interactions"))) == (1, 3)
    assert run(deployment, *arguments, "--offset", "0").exit_code == 2


# -- wait-quiet


def test_wait_quiet_ends_when_nothing_is_left(deployment: MemoryDeployment) -> None:
    deployment.readings = [[Lag("g", "t", 1, 2)], [Lag("g", "t", 2, 2)]]
    assert as_json(run(deployment, "wait-quiet", "--format", "json"))["quiet"] is True


def test_wait_quiet_that_was_in_vain_ends_with_one(deployment: MemoryDeployment) -> None:
    deployment.readings = [[Lag("rapport.vip-tier", "rapport.customers", 1, 2)]]
    result = run(deployment, "wait-quiet", "--timeout", "1s")
    assert result.exit_code == 1
    assert "rapport.vip-tier 1 of rapport.customers" in result.stderr


# -- topics


def test_topics_are_listed_and_described(deployment: MemoryDeployment) -> None:
    assert "rapport.tier-changes" in run(deployment, "topics", "list").stdout
    described = as_json(run(deployment, "topics", "describe", "tier-changes", "--format", "json"))
    assert (described["owner"], described["partitions"]) == ("vip-tier", 4)
    assert run(deployment, "topics", "describe", "nothing").exit_code == 3
