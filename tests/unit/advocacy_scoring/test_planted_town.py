"""The gamers that the simulator plants in a town are found, and hardly anybody else."""

from __future__ import annotations

from datetime import timedelta

from rapportctl.town import Town, TownSettings
from rapportctl.town.gaming import KINDS
from tests.quality.advocacy import town_caught


def test_ad6_nine_in_ten_gamers_of_a_town_are_found_and_fewer_than_one_honest_person_in_a_hundred() -> None:
    """Of each kind, among people who do all else that the town does."""
    caught, there = town_caught(Town(TownSettings(people=600, duration=timedelta(days=30), gaming_share=0.3)))
    # Of those who copy a text, the first one to write it has done nothing wrong.
    expected = {kind: there[kind] - (there[kind] // 6 if kind == "duplicate" else 0) for kind in KINDS}
    assert all(expected.values())
    assert all(caught[kind] >= 0.9 * expected[kind] for kind in KINDS), (caught, there)
    assert caught["honest"] < 0.01 * there["honest"]
