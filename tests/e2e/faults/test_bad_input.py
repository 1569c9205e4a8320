"""Events that are no events, through the whole system and back again."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rapport.identity.v1.service_pb2 import Key
from rapport.interactions.v1.interaction_pb2 import Interaction
from rapportctl.calls import Calls
from rapportctl.town import REASONS
from tests.e2e.faults.system import System

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

IDENTITY = "identity-resolution"
TOLERANCE = timedelta(days=1)
TOO_EARLY_SECONDS = 4.0
ACCOUNT = "instagram", "9999000001"


def test_in2_invalid_events_are_dead_letters_with_their_reason_and_hold_nothing_up(system: System) -> None:
    """A fifth of what comes in is invalid, in every way there is: each is refused as it should be, all else counts."""
    sent = system.send(system.town(60, invalid_share=0.2))
    system.wait_until_quiet()
    assert set(sent.truth.totals.invalid_by_reason) == set(REASONS)
    assert system.refused(sent) == sent.truth.totals.invalid_by_reason
    assert system.differences(sent) == []
    assert system.wrong() == []


def test_in2_dead_letters_can_be_listed_and_looked_at_without_showing_personal_data(system: System) -> None:
    """`dlq list` counts by reason, and `dlq show` tells of one why, and where it came from, but not what it holds."""
    system.send(system.town(60, invalid_share=0.2))
    system.wait_until_quiet()
    kinds = {kind["reason"]: kind for kind in _rapportctl(system, "dlq", "list", IDENTITY)}
    assert set(REASONS) <= kinds.keys()
    newest = kinds["VALUE_OUT_OF_RANGE"]
    place = str(newest["partition"]), str(newest["offset"])
    shown = _rapportctl(system, "dlq", "show", IDENTITY, *place)
    assert shown["reason"] == "VALUE_OUT_OF_RANGE"
    assert shown["headers"]["rapport-source-topic"] == system.deployment.settings.topic("interactions")
    assert "hidden" in shown["key"] and "hidden" in shown["value"]


def test_in2_a_dead_letter_that_is_replayed_after_its_repair_counts_once(system: System) -> None:
    """What was too far in the future is valid a little later: replayed twice it counts once, and the rest stay dead."""
    occurred_at = datetime.now(UTC) + TOLERANCE + timedelta(seconds=TOO_EARLY_SECONDS)
    interaction = Interaction(event_id=f"early-{occurred_at:%s}", source="clock-ahead")
    interaction.occurred_at.FromDatetime(occurred_at)
    interaction.account.channel, interaction.account.id = ACCOUNT
    interaction.like.post_id = "brand-1"
    with system.deployment.interaction_sender() as sender:
        sender.send(interaction)
    system.wait_until_quiet()
    before = _count(system, "TIME_IN_FUTURE")
    assert _interactions(system) == 0
    time.sleep(max(0.0, (occurred_at - TOLERANCE - datetime.now(UTC)).total_seconds()) + 0.5)
    for _ in range(2):
        done = _rapportctl(system, "dlq", "replay", IDENTITY, "--reason", "TIME_IN_FUTURE")
        assert done["sent"] + done["same_as_another"] >= before
        system.wait_until_quiet()
    system.valid.add((":".join(ACCOUNT), interaction.event_id))
    assert _interactions(system) == 1
    assert system.wrong() == []


def _interactions(system: System) -> int:
    """How many interactions the account's customer has; 0 where nobody knows the account."""
    with Calls(system.deployment) as calls:
        (answer,) = calls.resolve_all([Key(account=":".join(ACCOUNT))])
        return calls.customer(answer.customer_id).activity.interactions if answer.customer_id else 0


def _count(system: System, reason: str) -> int:
    return sum(kind["count"] for kind in _rapportctl(system, "dlq", "list", IDENTITY) if kind["reason"] == reason)


def _rapportctl(system: System, *arguments: str) -> Any:
    """Run a command as a person would, and return what it prints."""
    result = subprocess.run(
        [sys.executable, "-m", "rapportctl", *arguments, "--format", "json"],
        env=system.stack.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(result.stdout)
