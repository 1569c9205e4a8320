"""Rule files: what is right becomes an object, what is wrong is told with its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chassis.rules import Problem, Rules, RulesError, load_rules, parse_rules


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    points: int
    colour: str = "red"


@dataclass(frozen=True, slots=True)
class Ladder:
    version: int
    steps: tuple[Step, ...]
    country: str = ""
    since: str = ""


SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["version", "steps"],
    "properties": {
        "version": {"type": "integer"},
        "country": {"type": "string", "pattern": "^[a-z]{2}$"},
        "since": {"type": "string"},
        "steps": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["name", "points"],
                "properties": {
                    "name": {"type": "string"},
                    "points": {"type": "integer", "minimum": 0, "exclusiveMaximum": 1000},
                    "colour": {"enum": ["red", "green"]},
                },
            },
        },
    },
}

GOOD = """\
# A ladder.
version: 3
country: no
since: 2026-01-01
steps:
  - name: low
    points: 5
  - {name: high, points: 60, colour: green}
"""


def read(text: str, schema: dict[str, Any] = SCHEMA) -> Rules[Ladder]:
    return parse_rules(text, "rules.yaml", schema, Ladder)


def problems(text: str, schema: dict[str, Any] = SCHEMA) -> list[str]:
    with pytest.raises(RulesError) as wrong:
        read(text, schema)
    assert str(wrong.value) == "\n".join(wrong.value.problems)
    return wrong.value.problems


def test_a_good_file_becomes_an_object() -> None:
    assert read(GOOD).value == Ladder(3, (Step("low", 5), Step("high", 60, "green")), "no", "2026-01-01")


def test_the_version_follows_the_contents_and_not_the_layout() -> None:
    version = read(GOOD).version
    assert version.startswith("3-")
    assert len(version) == 14
    assert read(GOOD.replace("# A ladder.\n", "").replace("points: 5", "points:   5")).version == version
    assert read(GOOD.replace("points: 5", "points: 6")).version not in (version, "")


def test_all_mistakes_are_told_at_once_in_the_files_order() -> None:
    bad = GOOD.replace("points: 5", "ponts: 5").replace("60", "-60").replace("green", "gren").replace("no", "NOR")
    assert problems(bad) == [
        'rules.yaml:3:10: country: "NOR" does not have the form "^[a-z]{2}$"',
        "rules.yaml:6:5: steps[0].points is missing",
        "rules.yaml:7:5: unknown key 'steps[0].ponts'; did you mean 'points'?",
        "rules.yaml:8:26: steps[1].points: -60 is less than the minimum 0",
        'rules.yaml:8:39: steps[1].colour: "gren" is none of "red", "green"; did you mean \'green\'?',
    ]


ALIASES_OF_ALIASES = "\n".join(f"b{n}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]" for n in range(20))
"""A kilobyte, and 10^20 values once each alias is written out."""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "rules.yaml:1:1: the file is empty"),
        ("- 1", "rules.yaml:1:1: the file: expected object, found [1]"),
        ("a: [1,\n", "rules.yaml:2:1: "),
        ("version: 1\nversion: 2", "rules.yaml:2:1: the key 'version' occurs twice"),
        ("version: 1\n2: x", "rules.yaml:2:1: the key '2' is no text; put it in quotes"),
        ("a: &x\n  b: *x", "rules.yaml:1:4: an alias contains itself"),
        ("a: 1\nb: \0", "rules.yaml:2:4: the character U+0000 may not stand in YAML"),
        ("a: " + "[" * 5_000, "rules.yaml:1:103: nested more than 100 deep"),
        ("a: &a0 [1]\n" + ALIASES_OF_ALIASES, "rules.yaml:1:1: more than 100000 values, with every alias written out"),
        ("a: !!python/name:os.system", "rules.yaml:1:4: could not determine a constructor"),
        (GOOD.replace("points: 5", "points: many"), 'rules.yaml:7:13: steps[0].points: expected integer, found "many"'),
        (GOOD.replace("points: 5", "points: 1000"), "rules.yaml:7:13: steps[0].points: 1000 is not less than 1000"),
        ("version: 1\nsteps: []", "rules.yaml:2:8: steps: fewer than 1 items"),
    ],
)
def test_each_mistake_has_its_place_and_words(text: str, told: str) -> None:
    assert problems(text)[0].startswith(told)


def test_of_alternatives_the_closest_is_explained() -> None:
    either = {"anyOf": [{"type": "integer", "maximum": 4}, {"type": "object", "properties": {"a": {"type": "string"}}}]}
    schema = {"type": "object", "properties": {"x": either}}
    assert problems("x: 5", schema) == ["rules.yaml:1:4: x: 5 is more than the maximum 4"]


def test_an_object_may_be_open_where_the_schema_says_so() -> None:
    assert read(GOOD + "more: 1\n", {**SCHEMA, "additionalProperties": True}).value.version == 3


def test_what_the_schema_let_pass_and_the_type_does_not_is_told_with_its_place() -> None:
    assert problems(GOOD.replace("points: 5", "points: many"), {}) == ["rules.yaml:7:13: Expected `int`, got `str`"]


def test_what_no_schema_can_say_is_told_with_its_place(tmp_path: Path) -> None:
    def rising(ladder: Ladder) -> Iterable[Problem]:
        for index in range(1, len(ladder.steps)):
            if ladder.steps[index].points <= ladder.steps[index - 1].points:
                yield Problem(("steps", index, "points"), "must be more than the step before")

    file = tmp_path / "ladder.yaml"
    file.write_text(GOOD)
    assert load_rules(file, SCHEMA, Ladder, rising).value.version == 3
    file.write_text(GOOD.replace("60", "5"))
    with pytest.raises(RulesError) as wrong:
        load_rules(file, SCHEMA, Ladder, rising)
    assert wrong.value.problems == [f"{file}:8:26: steps[1].points: must be more than the step before"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match=r"none\.yaml: cannot be read"):
        load_rules(tmp_path / "none.yaml", SCHEMA, Ladder)
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(RulesError, match="cannot be read"):
        load_rules(tmp_path / "bytes.yaml", SCHEMA, Ladder)
