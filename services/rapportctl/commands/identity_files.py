"""`rapportctl identity link` and `train`: a file of people without Kafka, by identity resolution's own code.

The one place where this tool works with a service's code and not through its doors: the very same decisions over a file
are the same code, and a file of a hundred thousand records is not sent through calls.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.progress import Progress, TaskID

from chassis.clock import SystemClock
from chassis.rules import RulesError
from rapportctl.errors import RapportctlError
from rapportctl.helptext import Command
from rapportctl.output import Format, byte_progress, format_option, note, print_fields, progress
from rapportctl.reports.figures import (
    FieldFigures,
    LevelFigures,
    ModelFigures,
    PairFigures,
    Step,
    Threshold,
    histogram,
)
from rapportctl.reports.writing import write_report
from rapportctl.tables.clusters import Clusters
from rapportctl.tables.mapping import Declared
from rapportctl.tables.opening import (
    file_argument,
    mapping_option,
    open_rows,
    refuse_bad_rows,
    tell_bad_rows,
    tell_unusable,
)
from rapportctl.tables.rows import Record, Rows
from rapportctl.tables.uncollected import uncollected

if TYPE_CHECKING:
    from identity_resolution.bootstrap import FileEngine, Model, Training

SEED = 1
"""Of the samples that training draws: the same file gives the same model."""

rules_option = click.option(
    "--rules",
    metavar="FILE.yaml",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Identity rules; those that come with Rapport without it.",
)


@click.command(
    cls=Command,
    short_help="Who is who in a file.",
    examples=[
        "rapportctl identity link people.csv --mapping examples/mappings/people.yaml --out clusters.csv",
        "rapportctl identity link fake_1000.csv --out clusters.csv --truth cluster",
        "rapportctl identity link people.csv --model model.json --out clusters.csv --format json | jq .f1",
    ],
)
@file_argument
@mapping_option
@click.option(
    "--out",
    required=True,
    metavar="FILE.csv",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the cluster of each record here.",
)
@click.option(
    "--truth", default="", metavar="COLUMN", help="The column that says who each record is: measure against it."
)
@rules_option
@click.option(
    "--model",
    metavar="FILE.json",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A model that `identity train` made; without it one is trained on the file first.",
)
@format_option
def link(
    *,
    file: Path,
    mapping: Path | None,
    out: Path,
    truth: str,
    rules: Path | None,
    model: Path | None,
    form: Format,
) -> None:
    """Decide who is who among the rows of FILE, a CSV file, as identity resolution would if they were sent to it.

    Writes record_id and cluster_id of each record. Without a model one is first trained on the file itself, without
    looking at any truth. Where a column of truth is named, precision, recall and F1 over pairs of records are measured.

    Rows that cannot be read are reported by line and reason; the others are linked, and the exit status is 1.
    """
    now = SystemClock().now()
    engine = _engine(rules, now)
    rows = open_rows(file, mapping, now, _declared(engine), truth)
    size = file.stat().st_size
    fields: dict[str, Any] = {}
    if model is None:
        note("no --model: training one on the file itself first")
        started = time.perf_counter()
        used: Model = _trained(engine, rows, size).trained.model
        fields["training_seconds"] = round(time.perf_counter() - started, 2)
    else:
        used = _read_model(engine, model)
    found = _linked(engine, used, rows, size)
    found.write(out)
    fields = found.summary() | {"model": used.version} | fields | found.measured()
    tell_bad_rows(found.bad)
    tell_unusable(rows.report.unusable.items())
    print_fields(form, fields)
    refuse_bad_rows(found.bad, "linked")


@click.command(
    cls=Command,
    short_help="Learn a matching model from a file.",
    examples=[
        "rapportctl identity train people.csv --mapping examples/mappings/people.yaml --out model.json",
        "rapportctl identity train people.csv --out model.json --report model-report",
    ],
)
@file_argument
@mapping_option
@click.option(
    "--out",
    required=True,
    metavar="FILE.json",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the model here.",
)
@click.option(
    "--report",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a report with pictures here (needs matplotlib).",
)
@rules_option
@format_option
def train(
    *,
    file: Path,
    mapping: Path | None,
    out: Path,
    report: Path | None,
    rules: Path | None,
    form: Format,
) -> None:
    """Learn from the rows of FILE, a CSV file, how much each detail tells: by expectation maximisation, from no truth.

    The rules of identity resolution name the model file (matching.model); `identity link --model` takes it, too.
    """
    now = SystemClock().now()
    engine = _engine(rules, now)
    rows = open_rows(file, mapping, now, _declared(engine))
    started = time.perf_counter()
    training = _trained(engine, rows, file.stat().st_size)
    seconds = time.perf_counter() - started
    engine.write_model(out, training.trained.model)
    told = training.trained.report
    fields: dict[str, Any] = {
        "model": training.trained.model.version,
        "records": told.records,
        "pairs": told.pairs,
        "expected_matches": round(told.matches),
        "iterations": told.iterations,
        "seconds": round(seconds, 2),
        "warnings": list(told.warnings),
    }
    if report is not None:
        written = write_report(_figures(engine, training), report, file.name)
        fields["report"] = [str(path) for path in written]
    tell_bad_rows(rows.report.bad)
    tell_unusable(rows.report.unusable.items())
    print_fields(form, fields)
    refuse_bad_rows(rows.report.bad, "learnt from")


def _engine(rules: Path | None, now: datetime) -> FileEngine:
    from identity_resolution.bootstrap import file_engine  # noqa: PLC0415 - a service's code, for these commands alone

    try:
        return file_engine(rules, now)
    except RulesError as error:
        raise RapportctlError("the rules cannot be used:\n  " + "\n  ".join(error.problems)) from None


def _declared(engine: FileEngine) -> Declared:
    return Declared(engine.identifier_types, engine.attributes)


def _read_model(engine: FileEngine, path: Path) -> Model:
    try:
        return engine.read_model(path)
    except ValueError as error:
        raise RapportctlError(f"the model cannot be used: {error}") from None


def _trained(engine: FileEngine, rows: Rows, size: int) -> Training:
    """Train on the rows under two bars: one for reading, one for learning."""
    with uncollected(), byte_progress() as bar:
        task = bar.add_task("reading", total=size)
        values = (record.interaction.SerializeToString() for record in rows.records(lambda n: bar.advance(task, n)))
        records = engine.sample(values, SEED)
    if not records:
        raise RapportctlError("there is no row to learn from")
    with uncollected(), progress() as bar:
        tasks: dict[str, Any] = {}

        def tell(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=of)
            bar.update(tasks[what], completed=done, total=of)

        return engine.train(records, SEED, tell)


def _linked(engine: FileEngine, model: Model, rows: Rows, size: int) -> Clusters:
    """Link the rows under a bar."""
    linker = engine.linker(model, is_once=True)
    waiting: deque[Record] = deque()
    accounts: dict[str, str] = {}
    truth: dict[str, str] = {}
    refused: list[tuple[int, str]] = []

    def values(bar: Progress, task: TaskID) -> Iterator[bytes]:
        for record in rows.records(lambda count: bar.advance(task, count)):
            waiting.append(record)
            yield record.interaction.SerializeToString()

    started = time.perf_counter()
    with uncollected(), byte_progress() as bar:
        for taken in linker.take(values(bar, bar.add_task("linking", total=size))):
            record = waiting.popleft()
            if taken.refused is not None:
                refused.append((record.line, f"{taken.refused.reason}: {taken.refused.detail}"))
                continue
            accounts[record.id] = taken.account
            if record.truth:
                truth[record.id] = record.truth
    if not accounts:
        tell_bad_rows(sorted([*rows.report.bad, *refused]))
        raise RapportctlError("there is no row to link")
    linked = linker.linked()
    return Clusters(
        {record: linked.customers[account] for record, account in accounts.items()},
        truth,
        sorted([*rows.report.bad, *refused]),
        linked.suggestions,
        linked.refusals,
        time.perf_counter() - started,
    )


def _figures(engine: FileEngine, training: Training) -> ModelFigures:
    """What the report of a training tells."""
    told, model, rules = training.trained.report, training.trained.model, engine.rules.matching
    seen = {name for details in training.records for name in details}
    fields = [
        FieldFigures(
            f"{name}, where {' or '.join(rules.fields[name].given)} agrees" if is_given else name,
            tuple(LevelFigures(each.level, each.m, each.u, each.weight) for each in levels),
        )
        for (name, is_given), levels in groupby(told.levels, key=lambda each: (each.field, each.given))
        if name in seen and (not is_given or seen.intersection(rules.fields[name].given))
    ]
    scores = engine.score(training)
    examples = [
        PairFigures(title, model.prior, tuple(Step(each.field, each.level, each.weight) for each in pair.levels))
        for title, pair in scores.examples
    ]
    return ModelFigures(
        version=model.version,
        prior=model.prior,
        records=told.records,
        pairs=told.pairs,
        iterations=told.iterations,
        expected_matches=told.matches,
        link=rules.thresholds.link,
        suggest=rules.thresholds.suggest,
        fields=tuple(fields),
        histogram=histogram(scores.weights),
        thresholds=tuple(
            Threshold(each.threshold, each.links, each.precision, each.recall) for each in told.thresholds
        ),
        examples=tuple(examples),
    )
