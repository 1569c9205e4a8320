"""How fast lists of people are linked, and how the cost of a record grows with their number.

Each list is linked by a model that was trained on it, as `rapportctl identity link` does, in a process of its own, with
one core's work to do.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from identity_resolution.adapters.file_engine import FileEngine
from identity_resolution.application.observing import Observer
from rapportctl.tables.mapping import read_mapping
from rapportctl.tables.pairwise import Pairwise, compare
from rapportctl.tables.reading import open_table
from rapportctl.tables.rows import Rows
from rapportctl.tables.uncollected import uncollected
from tests.quality.crowd import crowd, write

SIZES = (10_000, 30_000, 100_000, 300_000)
SEED = 1
MAPPING = Path(__file__).parent / "crowd.yaml"
_KIBIBYTES = 1024 if sys.platform != "darwin" else 1


@dataclass(frozen=True, slots=True)
class SpeedFigures:
    """What linking a list took. `lookups` is the share of time that finding candidates took, comparing them not."""

    records: int
    records_per_second: float
    cpu_microseconds: float
    """Of the processor, for each record."""
    lookups: float
    memory: int
    """The most that the process held, in bytes; the list itself is read as it goes."""
    quality: Pairwise
    suggestions: int
    training_seconds: float = 0.0


def measure(sizes: tuple[int, ...] = SIZES, tell: Callable[[str], None] = lambda what: None) -> list[SpeedFigures]:
    """Link a list of each of these lengths."""
    figures: list[SpeedFigures] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in sizes:
            tell(f"learning from {size:,} records")
            training_seconds = _alone(_train, folder, size)
            tell(f"linking {size:,} records")
            figures.append(replace(_alone(_link, folder, size), training_seconds=training_seconds))
    return figures


def _alone(work: Callable[[Path, int], Any], folder: Path, size: int) -> Any:
    """Do it in a process that has done nothing else."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, (folder, size))


def _train(folder: Path, size: int) -> float:
    """Write the model of a list; returns the seconds that learning took, reading included."""
    engine, rows = _opened(folder, size)
    started = time.perf_counter()
    values = (record.interaction.SerializeToString() for record in rows.records())
    with uncollected():
        training = engine.train(engine.sample(values, SEED), SEED, lambda what, done, of: None)
    engine.write_model(folder / f"{size}.json", training.trained.model)
    return time.perf_counter() - started


def _link(folder: Path, size: int) -> SpeedFigures:
    engine, rows = _opened(folder, size)
    clock = _Lookups()
    linker = engine.linker(engine.read_model(folder / f"{size}.json"), is_once=True)
    ids: list[str] = []
    truth: dict[str, str] = {}

    def values() -> Iterator[bytes]:
        for record in rows.records():
            ids.append(record.id)
            truth[record.id] = record.truth
            yield record.interaction.SerializeToString()

    with uncollected(), clock:
        started, cpu = time.perf_counter(), time.process_time()
        accounts = [taken.account for taken in linker.take(values())]
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    linked = linker.linked()
    found = {record: linked.customers[account] for record, account in zip(ids, accounts, strict=True)}
    return SpeedFigures(
        records=size,
        records_per_second=size / seconds,
        cpu_microseconds=1e6 * cpu / size,
        lookups=clock.seconds / seconds,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIBIBYTES,
        quality=compare(found, truth),
        suggestions=linked.suggestions,
    )


def _opened(folder: Path, size: int) -> tuple[FileEngine, Rows]:
    path = folder / f"{size}.csv"
    if not path.exists():
        with path.open("w", encoding="utf-8", newline="") as file:
            write(crowd(size, SEED), file)
    now = datetime.now(UTC)
    table = open_table(path)
    return FileEngine(None, now), Rows(table, read_mapping(MAPPING, table.header), now)


class _Lookups:
    """Times the observer's search for candidates, within a `with` block."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._meet = Observer._meet

    def __enter__(self) -> None:
        meet = self._meet

        def timed(observer: Observer, *arguments: Any) -> None:
            started = time.perf_counter()
            meet(observer, *arguments)
            self.seconds += time.perf_counter() - started

        Observer._meet = timed  # type: ignore[method-assign, assignment]

    def __exit__(self, *_: object) -> None:
        Observer._meet = self._meet  # type: ignore[method-assign]
