"""What subscribers are given: the description for tools, the consumer, and the check of a stream."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import json_format
from jsonschema import Draft7Validator

from chassis.records import ReadRecord
from rapport.tier.v1.tier_pb2 import ChangeReason, TierChange
from rapportctl.registry import message_class, registry
from rapportctl.stream_check import StreamCheck
from tests.unit.vip_tier.world import World, purchase

ROOT = Path(__file__).resolve().parents[3]
KIT = ROOT / "docs" / "subscribe"
EXAMPLES = ROOT / "protos" / "examples"
SCHEMA = Path(__file__).parent / "asyncapi-3.0.0.schema.json"


@pytest.fixture(scope="module")
def described() -> Any:
    return yaml.safe_load((KIT / "asyncapi.yaml").read_text())


def resolved(document: Any, reference: str) -> Any:
    """What a local reference leads to. Raises KeyError where it leads nowhere."""
    found = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        return [part["$ref"]] if "$ref" in part else [each for value in part.values() for each in references(value)]
    return [each for value in part for each in references(value)] if isinstance(part, list) else []


@pytest.fixture(scope="module")
def asyncapi() -> Draft7Validator:
    """What AsyncAPI itself publishes of its form, in the npm package @asyncapi/specs 6.11.1 (Apache License 2.0)."""
    return Draft7Validator(json.loads(SCHEMA.read_text()))


def test_ti11_the_description_is_valid_by_asyncapis_own_schema(described: Any, asyncapi: Draft7Validator) -> None:
    """Of its version 3.0.0; and every reference leads somewhere."""
    assert [error.message for error in asyncapi.iter_errors(described)] == []
    assert all(resolved(described, each) is not None for each in references(described))
    for operation in described["operations"].values():
        assert resolved(described, operation["channel"]["$ref"]) in described["channels"].values()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("asyncapi",), "2.6.0"),
        (("info",), {"title": "Rapport"}),
        (("operations", "sendTier", "action"), "publish"),
        (("channels", "tiers", "adress"), "rapport.tiers"),
        (("channels", "tiers", "bindings", "kafka", "partitions"), 0),
    ],
)
def test_ti11_a_planted_fault_in_the_description_is_found(
    described: Any, asyncapi: Draft7Validator, path: tuple[str, ...], value: Any
) -> None:
    """A wrong version, a part that is missing, a word that is none, a name that is misspelt, a number out of range."""
    broken = deepcopy(described)
    part = broken
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    assert list(asyncapi.iter_errors(broken)) != []


def test_ti11_the_description_agrees_with_the_topics_and_the_protos(described: Any) -> None:
    """Addresses, types of values, policies, and how long changes are kept."""
    topics = registry()
    for channel in described["channels"].values():
        topic = topics[channel["address"].removeprefix("rapport.")]
        (reference,) = channel["messages"].values()
        assert resolved(described, reference["$ref"])["name"] == topic.value
        config = channel["bindings"]["kafka"]["topicConfiguration"]
        assert config["cleanup.policy"] == [topic.config["cleanup.policy"]]
        assert str(config.get("retention.ms", "")) == str(topic.config.get("retention.ms", ""))


def test_ti11_what_is_published_has_the_headers_that_are_described(described: Any) -> None:
    """Every one that is required, with the constants."""
    schema = described["components"]["schemas"]["CloudEvent"]
    world = World()
    world.belongs("C1", "a:1")
    world.interacted(purchase("e1", "a:1", 0, "o1", 30_000))
    world.settle()
    for topic in ("tiers", "tier-changes"):
        for record in world.broker.records(world.settings.topic(topic)):
            headers = {name: value.decode() for name, value in record.headers}
            assert set(schema["required"]) <= headers.keys()
            for name, rule in schema["properties"].items():
                assert headers[name] == rule.get("const", headers[name])
                assert headers[name] in rule.get("enum", [headers[name]])


def test_ti11_there_is_a_golden_example_of_every_sort_of_change() -> None:
    """Of everything a subscriber must expect: a tier that changes, a date that is told, a correction."""
    found = [json_format.Parse(path.read_text(), TierChange()) for path in (EXAMPLES / "tier-changes").glob("*.json")]
    reasons = {ChangeReason.Name(each.reason).removeprefix("CHANGE_REASON_") for each in found}
    assert {"ENROLLED", "UPGRADED", "DOWNGRADED", "MERGED", "RENEWED", "TIER_EXPIRING", "GRACE_STARTED"} <= reasons
    assert any(each.corrects_sequence for each in found)
    assert any(each.deadline.seconds and each.missing for each in found)
    assert message_class(registry()["tier-changes"].value) is TierChange


class Consumer:
    """What the consumer uses of kafka-python's."""

    def __init__(self, records: Sequence[Any]) -> None:
        self._records = records
        self.committed = 0

    def __iter__(self) -> Any:
        return iter(self._records)

    def commit(self) -> None:
        self.committed += 1


def change(sequence: int, customer: str = "C1", tier: str = "gold", partition: int = 0) -> ReadRecord:
    value = TierChange(customer_id=customer, sequence=sequence, tier=tier).SerializeToString()
    return ReadRecord("rapport.tier-changes", partition, sequence, 0, customer.encode(), value)


def test_ti11_the_consumer_takes_each_change_once_and_then_commits(capsys: pytest.CaptureFixture[str]) -> None:
    """It has at most thirty-odd lines, and drops what comes again."""
    path = KIT / "consumer.py"
    assert len([line for line in path.read_text().splitlines() if line.strip()]) <= 30
    spec = importlib.util.spec_from_file_location("consumer", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    consumer = Consumer([change(1), change(2), change(1), change(2), change(3), change(1, "C2")])
    module.follow(consumer)
    taken = re.findall(r"^(\w+) (\d+)", capsys.readouterr().out, re.MULTILINE)
    assert taken == [("C1", "1"), ("C1", "2"), ("C1", "3"), ("C2", "1")]
    assert consumer.committed == 6


def faults(*records: ReadRecord) -> list[str]:
    return StreamCheck().check(records).faults


def test_ti11_a_whole_stream_has_no_fault_also_where_changes_come_again() -> None:
    """And where the topic has forgotten how a customer began."""
    check = StreamCheck().check(
        [change(1), change(2), change(1), change(2), change(3), change(7, "C2"), change(8, "C2")]
    )
    assert check.faults == []
    assert (check.records, check.changes, check.repeats, check.customers, check.cut_off) == (7, 5, 2, 2, 1)


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([change(1), change(3)], "a gap"),
        ([change(1), change(3), change(2)], "wrong order"),
        ([change(2), change(1)], "wrong order"),
        ([change(1), change(1, tier="silver")], "two contents"),
        ([change(1), change(2, partition=3)], "partition 0 before"),
        ([change(1), ReadRecord("t", 0, 1, 0, b"C9", change(1).value)], "key"),
        ([ReadRecord("t", 0, 1, 0, b"C1", b"\xff")], "no TierChange"),
    ],
)
def test_ti11_a_planted_fault_is_found(records: list[ReadRecord], words: str) -> None:
    """With its partition and offset."""
    assert any(words in fault and "offset" in fault for fault in faults(*records))


def test_ti11_what_the_service_publishes_passes_the_check() -> None:
    """Also when a worker dies and sends again."""
    world = World()
    world.belongs("C1", "a:1")
    for number in range(6):
        world.interacted(purchase(f"e{number}", "a:1", 0.1 * number, f"o{number}", 40_000))
        world.settle(flush_records=2)
    records = world.broker.records(world.settings.topic("tier-changes"))
    assert len(records) > 2
    assert faults(*records) == []
