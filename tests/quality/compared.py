"""All linkers on one file."""

from __future__ import annotations

from dataclasses import dataclass

from tests.quality import engine, linked_by_ecm, linked_by_splink
from tests.quality.engine import EngineFigures
from tests.quality.files import LabelledFile
from tests.quality.linked_by_ecm import EcmFigures
from tests.quality.linked_by_splink import SplinkFigures


@dataclass(frozen=True, slots=True)
class Compared:
    """What each linker reaches on a file; Splink by each of the settings that it documents for it."""

    name: str
    engine: EngineFigures
    splink: list[SplinkFigures]
    ecm: EcmFigures

    @property
    def splinks_best(self) -> float:
        """The best F1 of Splink at a threshold that it documents."""
        return max(each.documented.f1 for each in self.splink)


def compare(file: LabelledFile) -> Compared:
    """Link the file by each of them."""
    return Compared(file.name, engine.link(file), linked_by_splink.link(file), linked_by_ecm.link(file))
