"""Rule files: YAML, checked by a JSON Schema and turned into a typed object; every mistake told with its place."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
from jsonschema import Draft202012Validator

from chassis.errors import ChassisError
from chassis.positioned_yaml import Step, YamlFault, read_yaml
from chassis.rule_mistakes import dotted, explain

T = TypeVar("T")
_MSGSPEC_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


class RulesError(ChassisError):
    """A rule file cannot be used. Each of `problems` is a line: file, line, column, what is wrong and what right."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Rules(Generic[T]):
    """A rule file's contents, and its version: the file's own `version`, a dash, 12 hex digits of its contents' hash.

    Comments, order of keys and layout do not change the version.
    """

    value: T
    version: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What a schema cannot say is wrong; `path` leads to the place, as in ("steps", 1, "limit")."""

    path: tuple[Step, ...]
    message: str


def load_rules(
    path: Path,
    schema: Mapping[str, Any],
    type_: type[T],
    check: Callable[[T], Iterable[Problem]] | None = None,
) -> Rules[T]:
    """Read a rule file into `type_`, a frozen dataclass. Raises `RulesError` with all mistakes, in the file's order.

    An object schema with `properties` admits no other keys unless it says `additionalProperties`. `check` looks at what
    passed the schema.
    """
    return parse_rules(rules_text(path), str(path), schema, type_, check)


def rules_text(path: Path) -> str:
    """Return the text of a rule file. Raises `RulesError` where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError([f"{path}: cannot be read: {error}"]) from None


def parse_rules(
    text: str,
    name: str,
    schema: Mapping[str, Any],
    type_: type[T],
    check: Callable[[T], Iterable[Problem]] | None = None,
) -> Rules[T]:
    """Do as `load_rules` with the text of a file of that name."""
    try:
        data, positions = read_yaml(text)
    except YamlFault as fault:
        raise RulesError([f"{name}:{line}:{column}: {message}" for line, column, message in fault.places]) from None
    problems = [
        problem
        for error in Draft202012Validator(closed(schema)).iter_errors(data)
        for problem in explain(error, positions)
    ]
    if problems:
        raise RulesError(_lines(name, problems))
    try:
        value = msgspec.convert(data, type_)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at ")
        found = positions.of(_msgspec_path(place))
        raise RulesError(_lines(name, [(*found, message)])) from None
    if check is not None:
        failed = [(*positions.of(each.path), f"{dotted(each.path)}: {each.message}") for each in check(value)]
        if failed:
            raise RulesError(_lines(name, failed))
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(canonical.encode()).hexdigest()[:12]
    own = data.get("version", 0) if isinstance(data, dict) else 0
    return Rules(value, f"{own}-{digest}")


def closed(schema: Any) -> Any:  # noqa: ANN401 - a JSON Schema is any JSON value
    """Return the schema with every object that lists its properties closed to others, unless it says otherwise."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    result = {key: closed(value) for key, value in schema.items()}
    opened = {"additionalProperties", "unevaluatedProperties", "patternProperties"} & result.keys()
    if result.get("type") == "object" and isinstance(result.get("properties"), dict) and not opened:
        result["additionalProperties"] = False
    return result


def _lines(name: str, problems: list[tuple[int, int, str]]) -> list[str]:
    return [f"{name}:{line}:{column}: {message}" for line, column, message in sorted(set(problems))]


def _msgspec_path(place: str) -> tuple[Step, ...]:
    """Turn msgspec's "`$.steps[1].limit`" into a path, as far as it can be followed."""
    steps: list[Step] = []
    for name, index in _MSGSPEC_STEP.findall(place.strip("`")):
        steps.append(int(index) if index else name)
    return tuple(steps)
