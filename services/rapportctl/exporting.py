"""Exports of persons: taking the lines as they come, and seeing that the file is whole."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from rapportctl.errors import RapportctlError


class UnfinishedExportError(RapportctlError):
    """The service ended the export before the line that tells how much there was."""

    def __init__(self) -> None:
        super().__init__("the export ended before its last line: it is not whole; export again")


def take(packs: Iterable[bytes], write: Callable[[bytes], object], progress: Callable[[int, int], None]) -> int:
    """Write the lines, and return how many holdings there were. Raises `UnfinishedExportError`.

    `packs` are whole lines, as ExportCustomer sends them. `progress` is told how many holdings are written, and how
    many the manifest has promised.
    """
    promised = written = 0
    last: Any = None
    for pack in packs:
        write(pack)
        lines = pack.split(b"\n")[:-1]
        if last is None:
            promised = _promised(json.loads(lines[0]))
            written -= 1
        written += len(lines)
        last = lines[-1]
        progress(written, promised)
    if last is None or "counts" not in json.loads(last):
        raise UnfinishedExportError
    return written - 1


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file for its owner's eyes only, which has its name once the block has ended well, and does not exist before.

    Raises `RapportctlError` where it cannot be written.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise RapportctlError(f"cannot write {path}: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _promised(manifest: Any) -> int:  # noqa: ANN401 - as JSON has it
    services = manifest["manifest"]["services"].values()
    return sum(each["documents"] for collections in services for each in collections.values())
