"""The engine on the labelled files: trained on each, as `rapportctl identity link` does; in their order and others."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from identity_resolution.adapters.file_engine import FileEngine
from rapportctl.tables.mapping import read_mapping
from rapportctl.tables.pairwise import Pairwise, compare
from rapportctl.tables.reading import open_table
from rapportctl.tables.rows import Record, Rows
from rapportctl.tables.uncollected import uncollected
from tests.quality.files import LabelledFile

MAPPINGS = Path(__file__).resolve().parents[2] / "examples/mappings"
SEED = 1
ORDERS = (11, 12, 13)
"""Seeds of the random orders."""


@dataclass(frozen=True, slots=True)
class EngineFigures:
    """What the engine reaches: in the order of the file, and in each random order; suggestions are of the first."""

    stream: Pairwise
    shuffled: list[Pairwise]
    suggestions: int
    records_per_second: float
    training_seconds: float

    @property
    def spread(self) -> float:
        """How much the order changes F1."""
        values = [each.f1 for each in (self.stream, *self.shuffled)]
        return max(values) - min(values)


def link(file: LabelledFile) -> EngineFigures:
    """Train on the file, without its truth, and link it."""
    now = datetime.now(UTC)
    engine = FileEngine(None, now)
    records = _records(file, now)
    values = [record.interaction.SerializeToString() for record in records]
    with uncollected():
        started = time.perf_counter()
        model = engine.train(engine.sample(values, SEED), SEED, lambda what, done, of: None).trained.model
        trained = time.perf_counter()

        def in_order(order: Sequence[int]) -> tuple[Pairwise, int]:
            linker = engine.linker(model, is_once=True)
            taken = list(linker.take(values[place] for place in order))
            linked = linker.linked()
            found = {
                records[place].id: linked.customers[each.account] for place, each in zip(order, taken, strict=True)
            }
            return compare(found, file.truth), linked.suggestions

        stream, suggestions = in_order(range(len(values)))
        seconds = time.perf_counter() - trained
        shuffled = [in_order(random.Random(seed).sample(range(len(values)), len(values)))[0] for seed in ORDERS]
    return EngineFigures(stream, shuffled, suggestions, len(values) / seconds, trained - started)


def _records(file: LabelledFile, now: datetime) -> list[Record]:
    """The file as the command reads it, under the mapping that is among the examples."""
    mapping = MAPPINGS / ("fake_1000.yaml" if file.name == "fake_1000" else "febrl.yaml")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{file.name}.csv"
        file.write(path)
        table = open_table(path)
        return list(Rows(table, read_mapping(mapping, table.header), now).records())
