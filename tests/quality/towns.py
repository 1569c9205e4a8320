"""The engine, with the rules and the model that it comes with, on towns in which it is hard to tell who is who."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from identity_resolution.adapters.file_engine import FileEngine
from rapportctl.tables.uncollected import uncollected
from rapportctl.town import Town
from tests.quality.town import Measured, answers, linked, measure, rows, tangled


@dataclass(frozen=True, slots=True)
class TownFigures:
    """What the engine made of one town. `refusals` counts ties that were not made, by rule."""

    seed: int
    people: int
    accounts: int
    measured: Measured
    suggestions: int
    refusals: dict[str, int]


def link(seed: int, people: int) -> TownFigures:
    """Let a town live, and say who is who in it."""
    town = Town(tangled(seed, people))
    told = list(rows(town))
    engine = FileEngine(None, datetime.now(UTC))
    linker = engine.linker(engine.read_model(None), is_once=False)
    with uncollected():
        customers = linked(linker, told)
    outcome = linker.linked()
    return TownFigures(
        seed, people, len(customers), measure(customers, answers(town)), outcome.suggestions, dict(outcome.refusals)
    )
