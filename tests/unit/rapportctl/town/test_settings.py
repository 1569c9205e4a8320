"""Settings that no town can have are refused, with the field and what it takes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rapportctl.town import TownSettings
from rapportctl.town.settings import SHARES


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"people": 0}, "people is 0; it takes 1 to 5,000,000"),
        ({"seed": -1}, "seed is -1; it takes 0 or more"),
        ({"duration": timedelta(seconds=59)}, "duration is 0:00:59; it takes a minute or more"),
        ({"duration": timedelta(days=1, microseconds=1)}, "duration is finer than a millisecond"),
        ({"start": datetime(2026, 1, 1)}, "start has no time zone"),  # noqa: DTZ001 - the fault that is planted
        ({"start": datetime(2026, 1, 1, microsecond=1, tzinfo=UTC)}, "start is finer than a millisecond"),
        ({"events_per_day": 0}, "events_per_day is 0"),
        ({"junk_share": 1.5}, "junk_share is 1.5; it takes 0 to 1"),
        ({"tying_types": ("email", "nose")}, r"tying_types names \['nose'\]"),
        ({"tying_types": ("email",)}, "neither loyalty_number nor external_id"),
        ({"crisis_day": 30}, "crisis_day is 30; it takes a day of the town's duration"),
        ({"main_currency": "XXX"}, "main_currency is 'XXX'; it takes one of"),
    ],
)
def test_what_no_town_can_have_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TownSettings(**given)


def test_a_share_that_no_town_has_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"\['people', 'twins'\] are no shares of a town; it takes some of separate_share"
    ):
        TownSettings().with_shares({"twins": 0.1, "people": 0.5})


def test_a_tangled_town_has_some_of_every_trap_and_keeps_the_rest() -> None:
    plain = TownSettings(people=50, seed=3, separate_share=0.1)
    tangled = plain.tangled()
    no_traps = ("invalid_share", "gaming_share")
    traps = {name for name in SHARES if getattr(plain, name) == 0 and name not in no_traps}
    assert all(getattr(tangled, name) > 0 for name in traps)
    assert (tangled.people, tangled.seed, tangled.separate_share) == (50, 3, 0.1)


def test_parameters_are_json() -> None:
    parameters = TownSettings().as_parameters()
    assert json.loads(json.dumps(parameters)) == parameters
    assert parameters["duration"] == 30 * 86_400
    assert parameters["start"] == "2026-01-01T00:00:00+00:00"
