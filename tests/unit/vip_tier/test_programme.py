"""The programme file: which tier figures give, and which mistakes are told where."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from chassis.rules import RulesError
from tests.unit.vip_tier.customers import PROGRAMME
from vip_tier.config import read_programmes
from vip_tier.domain.figures import Figures
from vip_tier.domain.programme import Programme


def tier(figures: Mapping[str, int], programme: Programme = PROGRAMME) -> str:
    return programme.tiers[programme.qualify(Figures(**figures))].name  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({}, "member"),
        ({"points": 249, "purchases": 4, "advocacy_score": 299}, "member"),
        ({"points": 250}, "silver"),
        ({"purchases": 5}, "silver"),
        ({"advocacy_score": 300}, "silver"),
        ({"points": 999, "advocacy_score": 499}, "silver"),
        ({"points": 500, "advocacy_score": 500}, "gold"),
        ({"points": 1000}, "gold"),
        ({"points": 3000}, "platinum"),
        ({"points": 1500, "advocacy_score": 600}, "platinum"),
        ({"advocacy_score": 1000}, "silver"),
    ],
)
def test_ti1_the_highest_tier_whose_condition_holds_is_the_one(figures: dict[str, int], expected: str) -> None:
    """The thresholds of the programme that comes with the service, each from both sides."""
    assert tier(figures) == expected


def test_ti1_points_are_whole_and_rounded_down_over_all_the_spend() -> None:
    """Two purchases of 1.50 are three points, not two; what is given back in full leaves none."""
    assert [PROGRAMME.points_of(cents) for cents in (0, 99, 100, 150, 300, -500)] == [0, 0, 1, 1, 3, 0]


SMALL = """
version: 2
benefits: [tea, cake]
programmes:
- programme: club
  time_zone: Asia/Tokyo
  currency: JPY
  minor_digits: 0
  points_per_major_unit: 3
  qualification: {window: calendar_year, year_begins: "04-01"}
  points: {expiry: {kind: fixed_date, months: 1, date: "03-31"}}
  campaigns:
  - {name: spring, begins: "2026-03-01", ends: "2026-03-31", percent: 200}
  tiers:
  - name: blue
    benefits: []
  - name: green
    benefits: [tea]
    all_of:
      - {spend_minor_units: 1000, purchases: 2}
      - any_of:
          - points: 6000
          - advocacy_score: 10
  - name: red
    benefits: [tea, cake]
    any_of:
      - points: 9000
"""


@pytest.fixture
def small(tmp_path: Path) -> Programme:
    path = tmp_path / "programme.yaml"
    path.write_text(SMALL)
    return read_programmes(path).value.programmes[0]


def test_ti1_conditions_nest_and_every_figure_can_be_asked_for(small: Programme) -> None:
    """Spend and purchases together, and of points and score either."""
    enough = {"spend_minor_units": 1000, "purchases": 2, "advocacy_score": 10}
    assert tier(enough, small) == "green"
    for name, least in enough.items():
        assert tier({**enough, name: least - 1}, small) == "blue"
    assert tier({**enough, "advocacy_score": 0, "points": 6000}, small) == "green"
    assert tier({"points": 9000}, small) == "red", "a tier is held by its own condition, not by that of the one below"


def test_ti1_a_currency_without_minor_units_earns_by_the_unit(small: Programme) -> None:
    """Three points a yen."""
    assert small.points_of(7) == 21


def test_ti1_a_programme_knows_whether_it_asks_for_scores(small: Programme) -> None:
    """However deep the condition stands."""
    assert small.uses_score
    assert not Programme("p", "EUR", 2, 1, small.tiers[:1]).uses_score


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("name: green", "name: blue", "17:11", "occurs twice"),
        ("    benefits: []", "    benefits: []\n    any_of: [{points: 1}]", "15:5", "it takes no condition"),
        ("    any_of:\n      - points: 9000", "", "24:5", "takes nothing"),
        ("points: 9000", "points: 5999", "27:17", "right would be 6000 or more"),
        ("points: 9000", "pionts: 9000", "27:9", "did you mean 'points'"),
        ("points: 9000", "points: 90.5", "27:17", "expected integer"),
        ("points: 9000", "points: -1", "27:17", "less than the minimum 1"),
        ("currency: JPY", "currency: yen", "7:13", "form"),
        ("minor_digits: 0", "minor_digits: two", "8:17", "expected integer"),
        ("benefits: [tea, cake]\n    any_of", "benefit: [tea, cake]\n    any_of", "25:5", "did you mean 'benefits'"),
        ("benefits: [tea]", "benefits: [coffee]", "18:16", "none of the file's benefits"),
        ("time_zone: Asia/Tokyo", "time_zone: Tokyo", "6:14", "no time zone"),
        ('"04-01"', '"02-30"', "10:55", "no day of the calendar"),
        ('ends: "2026-03-31"', 'ends: "2026-02-01"', "13:48", "ends before it begins"),
        ("window: calendar_year", "window: attribute", "10:18", "names the attribute"),
        (
            "      - points: 9000",
            "      - {purchases: 2, advocacy_score: 10}\n      - points: 6000",
            "17:5",
            "nobody would ever",
        ),
        ("points: 9000", "engagement: 9000", "27:21", "no kinds of interaction as engagement"),
    ],
)
def test_ti1_a_mistake_is_told_with_line_and_column(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    """Whoever edits the programme learns where the mistake is, and what would be right."""
    assert SMALL.count(old) == 1, old
    path = tmp_path / "programme.yaml"
    path.write_text(SMALL.replace(old, new))
    with pytest.raises(RulesError) as refused:
        read_programmes(path)
    told = str(refused.value).replace(str(tmp_path), "")
    assert f"/programme.yaml:{place}: " in told
    assert words in told


def test_ti1_a_tier_that_one_further_up_overlaps_is_a_mistake(tmp_path: Path) -> None:
    """Whoever reaches green by points is red at once, whatever yellow between them takes."""
    yellow = "  - name: yellow\n    benefits: []\n    any_of:\n      - {purchases: 90}\n"
    green = "  - name: green\n    benefits: [tea]\n    any_of:\n      - {points: 9000, purchases: 2}\n"
    begin, end = SMALL.index("  - name: green"), SMALL.index("  - name: red")
    path = tmp_path / "programme.yaml"
    path.write_text(SMALL[:begin] + green + yellow + SMALL[end:])
    with pytest.raises(RulesError, match="nobody would ever hold green"):
        read_programmes(path)


def test_ti1_a_programme_without_tiers_or_with_one_name_twice_is_refused(tmp_path: Path) -> None:
    """And so is a second programme of the same name that does not say from when it applies."""
    path = tmp_path / "programme.yaml"
    for text, words in (
        (SMALL[: SMALL.index("  - name: blue")].replace("  tiers:", "  tiers: []"), "tiers"),
        (SMALL + SMALL[SMALL.index("- programme") :], "takes another applies_from"),
    ):
        path.write_text(text)
        with pytest.raises(RulesError, match=words):
            read_programmes(path)
