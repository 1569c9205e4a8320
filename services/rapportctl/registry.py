"""The registry of topics: protos/topics in a checkout, a copy beside this file in an installed package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import yaml
from google.protobuf.message import Message

_PLACES = (Path(__file__).parent / "registry", Path(__file__).parents[2] / "protos" / "topics")


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic as the registry has it. `name` lacks the deployment's prefix; `value` is empty for raw bytes."""

    name: str
    description: str
    key: str
    value: str
    owner: str
    consumers: tuple[str, ...]
    is_keyed: bool
    config: Mapping[str, str]

    def partitions(self, keyed: int) -> int:
        """How many partitions it has where keyed topics have `keyed`."""
        return keyed if self.is_keyed else 1


def read_registry(folder: Path) -> dict[str, Topic]:
    """The topics declared in the folder's YAML files, by name. Raises KeyError where a file is incomplete."""
    declared = [yaml.safe_load(path.read_text()) for path in sorted(folder.glob("*.yaml"))]
    return {
        entry["name"]: Topic(
            name=entry["name"],
            description=entry["description"],
            key=entry["key"],
            value=entry.get("value", ""),
            owner=entry["owner"],
            consumers=tuple(entry["consumers"]),
            is_keyed=entry["partitions"] == "keyed",
            config={name: str(value) for name, value in entry["config"].items()},
        )
        for entry in declared
    }


@cache
def registry() -> dict[str, Topic]:
    """The topics of this version of Rapport."""
    folder = next((place for place in _PLACES if place.is_dir()), None)
    if folder is None:
        raise FileNotFoundError(f"no registry of topics at any of {[str(place) for place in _PLACES]}")
    return read_registry(folder)


@cache
def message_class(full_name: str) -> type[Message]:
    """The generated class of a message: "rapport.tier.v1.Tier". Raises LookupError if there is none."""
    package_name, _, name = full_name.rpartition(".")
    package = import_module(package_name)
    for module_info in iter_modules(package.__path__):
        if module_info.name.endswith("_pb2"):
            found = getattr(import_module(f"{package_name}.{module_info.name}"), name, None)
            if found is not None:
                kind: type[Message] = found
                return kind
    raise LookupError(f"no message {full_name} among the generated modules of {package_name}")
