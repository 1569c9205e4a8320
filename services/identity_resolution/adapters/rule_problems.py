"""What a schema cannot say is wrong in the rules of identity resolution."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from chassis.positioned_yaml import Step
from chassis.rules import Problem
from identity_resolution.adapters.model_file import UnusableModel, read_model
from identity_resolution.adapters.phones import is_region
from identity_resolution.domain.matching.blocking import FORMS, NAME
from identity_resolution.domain.matching.kinds import KINDS
from identity_resolution.domain.matching.rules import MatchingRules, ordered
from identity_resolution.domain.rules import Blocked, IdentityRules, Windows

Place = tuple[Step, ...]

_WINDOWS = ("ever", "year", "month", "week")


def problems(rules: IdentityRules) -> Iterator[Problem]:
    """Yield every mistake, with its place."""
    if rules.phone_region is not None and not is_region(rules.phone_region):
        yield Problem(("phone_region",), "no numbering plan has this region; GB, DE and US are some that have one")
    yield from _bad_patterns(("blocked",), rules.blocked)
    for name, kind in rules.identifiers.items():
        yield from _bad_patterns(("identifiers", name, "blocked"), kind.blocked)
        yield from _idle_windows(("identifiers", name, "limits", "per_customer"), kind.limits.per_customer)
        yield from _idle_windows(("identifiers", name, "limits", "per_value"), kind.limits.per_value)
    for channel, type_ in rules.channels.items():
        if type_ not in rules.identifiers:
            yield Problem(("channels", channel), f"identifiers declares no type {type_!r}")
    for place, name in enumerate(rules.conflicts):
        if name not in rules.identifiers and name not in rules.matching.fields:
            yield Problem(("conflicts", place), f"neither a type of identifiers nor a field of matching is {name!r}")
    yield from _of_matching(rules.matching)


def _bad_patterns(path: Place, blocked: Blocked) -> Iterator[Problem]:
    for place, pattern in enumerate(blocked.patterns):
        try:
            re.compile(pattern)
        except re.error as error:
            yield Problem((*path, "patterns", place), f"no regular expression: {error}")


def _idle_windows(path: Place, windows: Windows) -> Iterator[Problem]:
    """Limits that can never be reached, as a longer window allows less."""
    stated = [(name, most) for name in _WINDOWS if (most := getattr(windows, name)) is not None]
    for (longer, least), (shorter, most) in pairwise(stated):
        if most > least:
            yield Problem((*path, shorter), f"can never be reached: {longer!r} allows only {least}")


def _of_matching(matching: MatchingRules) -> Iterator[Problem]:
    for name, field in matching.fields.items():
        path: Place = ("matching", "fields", name)
        for place, parent in enumerate(field.given):
            if parent not in matching.fields:
                yield Problem((*path, "given", place), f"no field is called {parent!r}")
        levels = KINDS[field.kind].names
        for level in field.levels:
            if level not in levels:
                yield Problem((*path, "levels", level), f"{field.kind} has the levels {', '.join(levels)}")
    try:
        ordered(matching.fields)
    except ValueError as error:
        yield Problem(("matching", "fields"), str(error))
    for number, parts in enumerate(matching.blocking):
        for place, part in enumerate(parts):
            yield from _bad_part(("matching", "blocking", number, place), part, matching)
    if matching.thresholds.suggest > matching.thresholds.link:
        yield Problem(("matching", "thresholds", "suggest"), "is above 'link': nothing would be suggested")
    if matching.model is not None:
        try:
            read_model(Path(matching.model))
        except UnusableModel as error:
            yield Problem(("matching", "model"), str(error))


def _bad_part(path: Place, part: str, matching: MatchingRules) -> Iterator[Problem]:
    field, _, form = part.partition(".")
    if field == NAME:
        if form != "phonetic":
            yield Problem(path, "of both names together there is name.phonetic alone")
        return
    if field not in matching.fields:
        yield Problem(path, f"no field is called {field!r}")
    if form and form not in FORMS:
        yield Problem(path, f"no form is called {form!r}: {', '.join(FORMS)} are")
