"""Golden examples of every topic: `python protos/examples.py` makes each .binpb from its .json; `--check` compares.

The JSON is for people, the bytes are what an old consumer has on disk: a schema change that decodes the bytes to
something else than the JSON says is caught by the check.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import yaml
from google.protobuf import json_format
from google.protobuf.message import Message

PROTOS = Path(__file__).resolve().parent


def message_class(full_name: str) -> type[Message]:
    """The generated class of a message, searched among the modules of its package."""
    package, _, name = full_name.rpartition(".")
    for source in sorted((PROTOS / package.replace(".", "/")).glob("*.proto")):
        module = import_module(f"{package}.{source.stem}_pb2")
        if hasattr(module, name):
            found: type[Message] = getattr(module, name)
            return found
    raise LookupError(f"no message {full_name} below {PROTOS}")


def examples() -> Iterator[tuple[Path, type[Message]]]:
    """Every example's JSON file with the class of its topic's values."""
    for topic in sorted((PROTOS / "topics").glob("*.yaml")):
        declared = yaml.safe_load(topic.read_text())
        for path in sorted((PROTOS / "examples" / declared["name"]).glob("*.json")):
            yield path, message_class(declared["value"])


def faults(path: Path, kind: type[Message]) -> list[str]:
    """What is wrong with an example: missing bytes, or bytes that do not say what the JSON says."""
    expected = json_format.Parse(path.read_text(), kind())
    stored = path.with_suffix(".binpb")
    if not stored.exists():
        return [f"{stored.name} is missing"]
    found = kind.FromString(stored.read_bytes())
    return [] if found == expected else [f"{stored.name} does not decode to what {path.name} says"]


def main() -> int:
    """Write the bytes of every example, or with --check compare with what is committed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when an example has drifted")
    if parser.parse_args().check:
        found = [f"{path.parent.name}/{fault}" for path, kind in examples() for fault in faults(path, kind)]
        for fault in found:
            print(f"protos/examples/{fault}", file=sys.stderr)
        return 1 if found else 0
    for path, kind in examples():
        message = json_format.Parse(path.read_text(), kind())
        path.with_suffix(".binpb").write_bytes(message.SerializeToString(deterministic=True))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
