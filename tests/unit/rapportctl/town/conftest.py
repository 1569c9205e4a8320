"""Towns that several test files look at, and Hypothesis's draw of settings."""

from __future__ import annotations

import pytest

from rapportctl.town import Town, TownEvent, TownSettings


@pytest.fixture(scope="session")
def town() -> Town:
    """The default town, with 300 people and some invalid events."""
    return Town(TownSettings(people=300, invalid_share=0.01))


@pytest.fixture(scope="session")
def sent(town: Town) -> list[TownEvent]:
    """All that the town sends."""
    return list(town.events())


@pytest.fixture(scope="session")
def valid(sent: list[TownEvent]) -> list[TownEvent]:
    """What counts: valid events without repeats."""
    return [event for event in sent if event.interaction is not None and not event.repeats]
