"""The engine for files: the same rules, model and decisions as the stream's, with nothing but memory around them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from chassis.errors import InvalidRecord
from chassis.records import ReadRecord
from identity_resolution.adapters.blocks import BlocksInMemory
from identity_resolution.adapters.details import DetailsInMemory
from identity_resolution.adapters.intake import IntakeReader
from identity_resolution.adapters.model_file import read_model, write_model
from identity_resolution.adapters.similarity import rapidfuzz_similarity
from identity_resolution.application.linking import FileLinker, LinkingPorts
from identity_resolution.application.scoring import Scores, score
from identity_resolution.application.training import MOST_RECORDS, Progress, TrainedModel, train
from identity_resolution.config import (
    DEFAULT_RULES,
    make_exclusive,
    make_keys,
    make_observer,
    make_policy,
    matching_model,
    read_rules,
)
from identity_resolution.domain.matching.comparing import Comparer
from identity_resolution.domain.matching.details import Details
from identity_resolution.domain.matching.model import Model

# Nothing of it leaves the process: keys need no secret here.
_KEY = b"a file that is read by whoever has it"
_FILE = "file"


class FileEngine:
    """What a file is linked with and a model is trained with, under the rules of a file or else the service's own.

    `now` is the time at which all of it is taken. Raises `RulesError`, which names line and column of each mistake.
    """

    def __init__(self, rules: Path | None, now: datetime) -> None:
        self.rules = read_rules(rules or DEFAULT_RULES).value
        self._now = now
        self._keys = make_keys(self.rules, _KEY)

    @property
    def identifier_types(self) -> Sequence[str]:
        """Types of identifiers that the rules declare."""
        return list(self.rules.identifiers)

    @property
    def attributes(self) -> Sequence[str]:
        """Details that the rules compare, by the names that interactions call them."""
        return [each.source or name for name, each in self.rules.matching.fields.items()]

    def sample(self, values: Iterable[bytes], seed: int) -> list[Details]:
        """The normalised details of serialized interactions that admission would not refuse.

        Of a long list a sample, which is all that is kept in memory: as much as training looks at.
        """
        return _sample(self._readable(values), MOST_RECORDS, seed)

    def train(self, records: list[Details], seed: int, progress: Progress) -> Training:
        """Learn a model from details of people of whom nobody says who is who; see `train`."""
        matching = self.rules.matching
        return Training(train(records, matching, rapidfuzz_similarity(), seed=seed, progress=progress), records)

    def score(self, training: Training) -> Scores:
        """What the trained model says of the records that it was trained on."""
        comparer = Comparer(self.rules.matching, training.trained.model, rapidfuzz_similarity())
        blocks = BlocksInMemory(self.rules.matching.candidates_per_key)
        return score(training.records, self.rules.matching, comparer, blocks)

    def read_model(self, path: Path | None) -> Model:
        """The model of a file, or else that of the rules. Raises ValueError where it cannot be used."""
        return matching_model(self.rules.matching) if path is None else read_model(path)

    def write_model(self, path: Path, model: Model) -> None:
        """Write a model to a file; see `write_model`."""
        write_model(path, model)

    def linker(self, model: Model, *, is_once: bool) -> FileLinker:
        """Something that links, knowing nobody yet; see `FileLinker`."""
        blocks = BlocksInMemory(self.rules.matching.candidates_per_key)
        ports = LinkingPorts(
            reader=self._reader(),
            observer=make_observer(self.rules, DetailsInMemory(), blocks, model),
            exclusive=make_exclusive(self.rules, _KEY),
        )
        policy = make_policy(self.rules, self._keys)
        return FileLinker(ports, self.rules.intake, policy, self._now, is_once=is_once)

    def _readable(self, values: Iterable[bytes]) -> Iterator[Details]:
        """The normalised details of the interactions that admission would not refuse."""
        reader = self._reader()
        for value in values:
            with suppress(InvalidRecord):
                yield reader.read(ReadRecord(_FILE, 0, 0, 0, None, value), self._now).details

    def _reader(self) -> IntakeReader:
        tolerance = timedelta(seconds=self.rules.intake.future_tolerance_seconds)
        return IntakeReader(self._keys, self.rules.matching.fields, tolerance)


@dataclass(frozen=True, slots=True)
class Training:
    """A trained model with its report, and the records that it was trained on."""

    trained: TrainedModel
    records: list[Details]


def _sample(records: Iterable[Details], most: int, seed: int) -> list[Details]:
    """So many of the records at random, or all where there are fewer; each is as likely as the others (Vitter 1985)."""
    chance = random.Random(seed)  # noqa: S311 - draws a sample, guards nothing
    kept: list[Details] = []
    for number, record in enumerate(records):
        if number < most:
            kept.append(record)
        else:
            place = chance.randrange(number + 1)
            if place < most:
                kept[place] = record
    return kept
