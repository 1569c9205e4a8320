"""The engine for files: the same rules, model and decisions as the stream's, with nothing but memory around them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from chassis.records import ReadRecord
from identity_resolution.adapters.blocks import BlocksInMemory
from identity_resolution.adapters.details import DetailsInMemory
from identity_resolution.adapters.intake import IntakeReader
from identity_resolution.adapters.model_file import read_model, write_model
from identity_resolution.adapters.similarity import rapidfuzz_similarity
from identity_resolution.application.linking import FileLinker, LinkingPorts
from identity_resolution.application.training import Progress, TrainedModel, train
from identity_resolution.config import DEFAULT_RULES, make_exclusive, make_keys, make_observer, make_policy, read_rules
from identity_resolution.domain.matching.comparing import Comparer, Comparison
from identity_resolution.domain.matching.details import Details
from identity_resolution.domain.matching.model import Model

# Nothing of it leaves the process: keys need no secret here.
_KEY = b"a file that is read by whoever has it"
_FILE = "file"


class FileEngine:
    """What a file is linked and trained with, under the rules of a file or else the service's own.

    Raises `RulesError`, which names line and column of each mistake.
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

    def details(self, values: Iterable[bytes]) -> Iterator[Details]:
        """Yield the normalised details of serialized interactions. Raises `InvalidRecord` as admission does."""
        reader = self._reader()
        for value in values:
            yield reader.read(ReadRecord(_FILE, 0, 0, 0, None, value), self._now).details

    def train(self, records: Sequence[Details], seed: int, progress: Progress) -> TrainedModel:
        """Learn a model from details; see `train`."""
        return train(records, self.rules.matching, rapidfuzz_similarity(), seed=seed, progress=progress)

    def compare(self, model: Model) -> Callable[[Details, Details], Comparison]:
        """What weighs two records against each other under the model."""
        return Comparer(self.rules.matching, model, rapidfuzz_similarity()).compare

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

    def _reader(self) -> IntakeReader:
        tolerance = timedelta(seconds=self.rules.intake.future_tolerance_seconds)
        return IntakeReader(self._keys, self.rules.matching.fields, tolerance)


__all__ = ["FileEngine", "read_model", "write_model"]
