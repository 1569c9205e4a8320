"""The golden examples: what every topic carries, as JSON for people and as the bytes that consumers have."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from google.protobuf import json_format

PROTOS = Path(__file__).parents[2] / "protos"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("protos_examples", PROTOS / "examples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


EXAMPLES = load()
TOPICS = {path.stem: yaml.safe_load(path.read_text()) for path in sorted((PROTOS / "topics").glob("*.yaml"))}


@pytest.mark.parametrize(("path", "kind"), list(EXAMPLES.examples()), ids=lambda value: getattr(value, "stem", ""))
def test_the_bytes_of_an_example_say_what_its_json_says(path: Path, kind: type) -> None:
    """An old consumer's bytes still decode to the same message."""
    assert EXAMPLES.faults(path, kind) == []


@pytest.mark.parametrize("topic", [name for name, declared in TOPICS.items() if declared.get("value")])
def test_every_topic_with_a_value_has_an_example(topic: str) -> None:
    """A subscriber finds at least one example of what a topic carries; replayed dead letters look like their source."""
    source = "identified-interactions" if topic.startswith("retry.") else topic
    assert list((PROTOS / "examples" / source).glob("*.binpb"))


def test_there_is_an_example_of_every_kind_of_interaction() -> None:
    """IN1: each kind that a producer may send is shown once."""
    interaction = EXAMPLES.message_class("rapport.interactions.v1.Interaction")
    kinds = {field.name for field in interaction.DESCRIPTOR.oneofs_by_name["kind"].fields}
    shown = {
        json_format.Parse(path.read_text(), interaction()).WhichOneof("kind")
        for path in (PROTOS / "examples" / "interactions").glob("*.json")
    }
    assert shown == kinds


def test_drifted_bytes_are_noticed(tmp_path: Path) -> None:
    """A planted difference between JSON and bytes is reported."""
    kind = EXAMPLES.message_class("rapport.tier.v1.TierChange")
    path = tmp_path / "planted.json"
    path.write_text('{"customerId": "a"}')
    path.with_suffix(".binpb").write_bytes(kind(customer_id="b").SerializeToString())
    assert EXAMPLES.faults(path, kind) == ["planted.binpb does not decode to what planted.json says"]


def test_the_registry_names_each_topic_by_its_file() -> None:
    """A topic is found under its name, and says who owns it, who writes and who reads it."""
    for stem, declared in TOPICS.items():
        assert declared["name"] == stem
        assert {"description", "key", "owner", "producers", "consumers", "partitions", "config"} <= declared.keys()
