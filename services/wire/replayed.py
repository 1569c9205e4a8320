"""Reading dead letters that are replayed: each as what it was, and from where it was read first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from chassis.letter_origin import as_read_first, first_topic
from chassis.records import Record
from chassis.stages.fold import Reader

E = TypeVar("E")


def replayed(read: Reader[E], more: Mapping[str, Reader[E]]) -> Reader[E]:
    """Return what decodes records of a retry topic.

    `more` are readers of topics, by full names, whose records say by their own place where they entered Rapport; all
    other records carry that in their value, and are decoded by `read`.
    """

    def decode(record: Record) -> Any:  # noqa: ANN401 - what the readers return
        reader = more.get(first_topic(record.headers))
        return read(record) if reader is None else reader(as_read_first(record))

    return decode
