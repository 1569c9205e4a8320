"""What a JSON Schema error means for somebody who edits the file: the place, what is wrong, and what would be right."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from jsonschema.exceptions import ValidationError, best_match

from chassis.positioned_yaml import Positions, Step

Mistake = tuple[int, int, str]

_WORDS = {
    "minimum": "{found} is less than the minimum {expected}",
    "maximum": "{found} is more than the maximum {expected}",
    "exclusiveMinimum": "{found} is not greater than {expected}",
    "exclusiveMaximum": "{found} is not less than {expected}",
    "multipleOf": "{found} is not a multiple of {expected}",
    "pattern": "{found} does not have the form {expected}",
    "const": "{found} is not {expected}",
    "minItems": "fewer than {expected} items",
    "maxItems": "more than {expected} items",
    "uniqueItems": "an item occurs twice",
}


def explain(error: ValidationError, positions: Positions) -> Iterator[Mistake]:
    """Yield line, column and words for each mistake that one of jsonschema's errors stands for."""
    path: tuple[Step, ...] = tuple(error.absolute_path)
    match error.validator:
        case "additionalProperties" if error.validator_value is False:
            yield from _unknown_keys(error, path, positions)
        case "anyOf" | "oneOf" if error.context:
            # Of the alternatives, the one that came closest is what the author most likely meant.
            closest = best_match(iter([error]))
            if closest is None or closest is error:
                yield *positions.of(path), f"{dotted(path)}: {error.message}"
            else:
                yield from explain(closest, positions)
        case _:
            yield *positions.of(path), _words(error, path)


def dotted(path: Iterable[Step]) -> str:
    """Return the path as people write it: `steps[1].limit`; `the file` for the empty one."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.lstrip(".") or "the file"


def _unknown_keys(error: ValidationError, path: tuple[Step, ...], positions: Positions) -> Iterator[Mistake]:
    schema: Any = error.schema
    known = list(schema.get("properties", {}))
    found: Any = error.instance
    for key in found:
        if key not in known:
            place = (*path, key)
            yield *positions.of_key(place), f"unknown key {dotted(place)!r}{_suggestion(key, known)}"


def _words(error: ValidationError, path: tuple[Step, ...]) -> str:
    where = dotted(path)
    expected: Any = error.validator_value
    found = _shown(error.instance)
    if error.validator == "required":
        # One error for each missing key; its message starts with the key's repr.
        missing = next((key for key in expected if error.message.startswith(f"{key!r} ")), "a key")
        return f"{dotted((*path, missing))} is missing"
    if error.validator == "type":
        kinds = " or ".join(expected) if isinstance(expected, list) else expected
        return f"{where}: expected {kinds}, found {found}"
    if error.validator == "enum":
        choices = ", ".join(map(_shown, expected))
        return f"{where}: {found} is none of {choices}{_suggestion(error.instance, expected)}"
    template = _WORDS.get(str(error.validator))
    words = template.format(found=found, expected=_shown(expected)) if template else error.message
    return f"{where}: {words}"


def _suggestion(found: Any, known: Iterable[Any]) -> str:  # noqa: ANN401 - a rule file holds anything
    close = difflib.get_close_matches(str(found), [str(each) for each in known], n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _shown(value: Any) -> str:  # noqa: ANN401 - a rule file holds anything
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
