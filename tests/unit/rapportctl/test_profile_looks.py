"""`rapportctl profile show`, `list`, `accounts`, `watch` and `watch-segment` against the service itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rapport.identity.v1.service_pb2 import ResolveResponse
from rapport.interactions.v1.interaction_pb2 import Comment, Content
from rapportctl.__main__ import main
from tests.unit.customer_profile.serving import FakeIdentity
from tests.unit.customer_profile.world import World, followers, interaction, observation, purchase
from tests.unit.rapportctl.fakes import IdentityService, MemoryDeployment
from tests.unit.rapportctl.served import served, working
from tests.unit.wire.world import JOE, JOE_SHOP

ONE, TWO = "01kknq5e8d0000g00000000003", "01kknq5e8d0000g00000000004"


@pytest.fixture
def deployment() -> Iterator[MemoryDeployment]:
    """On the first day Joe has a name; on the third he has bought, and another customer has been merged into his."""
    world = World()
    world.belongs(ONE, JOE)
    world.belongs(TWO, JOE_SHOP)
    said = Comment(post_id="p", content=Content(text="WHERE is my order?"))
    world.interacted(
        observation("e1", JOE, 1, given_name="Joe", family_name="Roe"),
        interaction("e2", JOE, 2, figures=followers(70), comment=said),
    )
    world.settle()
    world.clock.advance(timedelta(days=3))
    world.interacted(purchase("e3", JOE_SHOP, 4000, "o1", 12_345))
    world.merged(TWO, ONE)
    world.belongs(ONE, JOE, JOE_SHOP, absorbed=[TWO])
    world.settle()
    identity = IdentityService()
    identity.resolved[JOE] = ResolveResponse(customer_id=ONE)
    numbers = count(1)

    def comment() -> None:
        """Joe keeps commenting, so that there is something to follow."""
        number = next(numbers)
        world.interacted(interaction(f"w{number}", JOE, 4001 + number))

    callers = {"identity-resolution": FakeIdentity()}
    with served(world, identity, callers) as deployment, working(world, every=0.1, before=comment):
        yield deployment


def run(deployment: MemoryDeployment, *arguments: str, status: int = 0) -> Result:
    result = CliRunner().invoke(main, list(arguments), obj=deployment)
    assert result.exit_code == status, (result.stdout, result.stderr, result.exception)
    return result


def said(deployment: MemoryDeployment, *arguments: str) -> Any:
    return json.loads(run(deployment, "profile", *arguments, "--format", "json").stdout)


def test_pr4_a_record_is_shown_as_it_was_and_as_it_would_have_been(deployment: MemoryDeployment) -> None:
    """On the second day the purchase was not known, and the two ids were two customers."""
    shown = run(deployment, "profile", "show", JOE).stdout
    assert "Joe" in shown
    assert "123.45 EUR" in shown
    then = said(deployment, "show", TWO, "--as-of", "2026-01-02")
    assert (then["customer_id"], "merged_from" in then) == (TWO, False)
    now = run(deployment, "profile", "show", TWO, "--as-of", "2026-01-02", "--identity", "now", "--format", "json")
    record = json.loads(now.stdout)
    assert (record["customer_id"], record["activity"]["interactions"]) == (ONE, "2")
    assert f"{TWO} was merged into {ONE}" in now.stderr


def test_pr4_what_is_not_recorded_is_told(deployment: MemoryDeployment) -> None:
    """The exit status is that of what does not exist; a basis without a time is wrong usage."""
    error = run(deployment, "profile", "show", ONE, "--as-of", "2025-01-01", status=3).stderr
    assert "NOT_RECORDED" in error
    run(deployment, "profile", "show", ONE, "--identity", "now", status=2)


def test_pr1_customers_and_accounts_are_listed(deployment: MemoryDeployment) -> None:
    """By what the records say, with name, purchases and figures."""
    (customer,) = said(deployment, "list", "--channel", "web_shop", "--order", "net")
    assert customer["customer_id"] == ONE
    assert "Joe Roe" in run(deployment, "profile", "list").stdout
    assert run(deployment, "profile", "list", "--segment", "worth_winning_back").stdout == "there is no such customer\n"
    accounts = said(deployment, "accounts", JOE)
    assert [each["account_key"] for each in accounts] == sorted([JOE, JOE_SHOP])
    assert accounts[0]["reach"]["followers"] == "70"
    assert JOE_SHOP in run(deployment, "profile", "accounts", ONE).stdout


def test_pr3_the_timeline_is_searched(deployment: MemoryDeployment) -> None:
    """By an account and by words, in upper or lower case."""
    found = run(deployment, "timeline", JOE, "--text", "where IS", "--format", "json")
    assert [each["interaction"]["event_id"] for each in json.loads(found.stdout)] == ["e2"]
    bought = run(deployment, "timeline", JOE, "--account", JOE_SHOP, "--format", "json")
    assert [each["interaction"]["event_id"] for each in json.loads(bought.stdout)] == ["e3"]


def test_pr10_a_customer_is_watched_and_the_watching_goes_on_after_a_token(deployment: MemoryDeployment) -> None:
    """Each version is newer than the one before; a token goes on behind what was seen."""
    lines = run(deployment, "profile", "watch", JOE, "--max", "2", "--field", "activity", "--format", "json").stdout
    first, second = (json.loads(line) for line in lines.splitlines())
    versions = [int(each["customer"]["version"]) for each in (first, second)]
    assert versions == sorted(set(versions))
    assert "contact" not in first["customer"]
    resumed = run(deployment, "profile", "watch", ONE, "--max", "1", "--resume", second["resume_token"]).stdout
    assert int(resumed.split("version ")[1].split(":")[0]) > versions[1]


def test_pr10_segments_are_watched(deployment: MemoryDeployment) -> None:
    """A name that is none of a segment's is refused, with what is wrong."""
    error = run(deployment, "profile", "watch-segment", "", status=1).stderr
    assert "segments" in error
