"""Producers send again what they have sent before."""

from __future__ import annotations

import random
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pytest

from rapportctl.town import TownEvent
from tests.e2e.faults.picture import RESULTS, Picture, take
from tests.e2e.faults.system import System

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


def test_in3_input_delivered_three_times_counts_once(system: System) -> None:
    """The second and third time shuffled between accounts, and at once: not a byte of any result changes."""
    town = system.town(60)
    sent = system.send(town)
    system.wait_until_quiet()
    assert system.differences(sent) == []
    day, before = datetime.now(UTC).date(), _told(take(system.deployment))
    system.send(town, (event for seed in (1, 2) for event in _shuffled(sent.events, seed)))
    system.wait_until_quiet()
    after = _told(take(system.deployment))
    assert system.differences(sent) == []
    assert system.wrong() == []
    if datetime.now(UTC).date() == day:  # else scores have aged
        assert after == before


def _told(picture: Picture) -> dict[tuple[str, str], bytes]:
    """What every service says of every customer."""
    return {
        (service, key): document["message"]
        for service, collection in {**RESULTS, "identity-resolution": "customers"}.items()
        for key, document in picture.stores[service][collection].items()
    }


def _shuffled(events: Iterable[TownEvent], seed: int) -> Iterator[TownEvent]:
    """Give the events in another order that keeps each account's own."""
    queues: dict[str, deque[TownEvent]] = defaultdict(deque)
    for event in events:
        queues[event.account_key].append(event)
    turns = [account for account, queue in queues.items() for _ in queue]
    random.Random(seed).shuffle(turns)
    return (queues[account].popleft() for account in turns)
