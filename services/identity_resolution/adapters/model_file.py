"""Model files: the parameters of matching as JSON."""

from __future__ import annotations

from pathlib import Path

import msgspec

from identity_resolution.domain.matching.model import Model


class UnusableModel(ValueError):
    """A model file that cannot be used; the text says which and why."""


def read_model(path: Path) -> Model:
    """Return the model of a file. Raises `UnusableModel` where it cannot be read or is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Model)
    except (OSError, msgspec.MsgspecError) as error:
        raise UnusableModel(f"{path}: {error}") from None


def write_model(path: Path, model: Model) -> None:
    """Write a model to a file, readable by people and stable to compare."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(model, order="sorted"), indent=2) + b"\n")
