"""The registry against the broker: what is missing, what has drifted, what may be repaired."""

from __future__ import annotations

from pathlib import Path

import pytest

from rapportctl.errors import RapportctlError
from rapportctl.kafka.topics import Existing, create_missing, differences
from rapportctl.registry import Topic, message_class, read_registry, registry


def topic(name: str = "tiers", *, is_keyed: bool = True) -> Topic:
    return Topic(name, "", "customer", "", "vip-tier", (), is_keyed, {"cleanup.policy": "compact"})


def compare(existing: dict[str, Existing], *, is_keyed: bool = True) -> list[tuple[str, str, str, bool]]:
    found = differences([topic(is_keyed=is_keyed)], existing, "rapport.", 4)
    return [(each.what, each.want, each.have, each.is_repairable) for each in found]


def test_a_topic_as_it_should_be_makes_no_difference() -> None:
    assert compare({"rapport.tiers": Existing(4, {"cleanup.policy": "compact", "other": "1"})}) == []


def test_a_missing_topic_is_told_with_its_partitions() -> None:
    assert compare({"other.tiers": Existing(4, {})}) == [("topic", "4 partitions", "", True)]
    assert compare({}, is_keyed=False) == [("topic", "1 partitions", "", True)]


def test_a_setting_that_drifted_can_be_repaired() -> None:
    assert compare({"rapport.tiers": Existing(4, {"cleanup.policy": "delete"})}) == [
        ("cleanup.policy", "compact", "delete", True)
    ]


def test_a_partition_count_is_told_and_never_repaired() -> None:
    """Keys would move to other partitions, and so past other writers."""
    assert compare({"rapport.tiers": Existing(8, {"cleanup.policy": "compact"})}) == [("partitions", "4", "8", False)]


@pytest.mark.parametrize("name", sorted(registry()))
def test_every_value_named_in_the_registry_is_a_message(name: str) -> None:
    value = registry()[name].value
    assert not value or message_class(value).DESCRIPTOR.full_name == value


def test_a_message_that_does_not_exist_is_told() -> None:
    with pytest.raises(LookupError, match=r"rapport\.tier\.v1\.Nothing"):
        message_class("rapport.tier.v1.Nothing")


def test_an_incomplete_file_of_the_registry_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("name: x\n")
    with pytest.raises(KeyError):
        read_registry(tmp_path)


class RefusingAdmin:
    """Kafka's admin client, as far as creating topics needs it, with a fixed answer."""

    def __init__(self, code: int) -> None:
        self._code = code
        self.waited: list[str] = []

    def create_topics(self, topics: dict[str, object], *, raise_errors: bool) -> dict[str, object]:
        return {"topics": [{"name": name, "error_code": self._code} for name in topics]}

    def wait_for_topics(self, names: list[str]) -> None:
        self.waited += names


TOPIC_ALREADY_EXISTS, POLICY_VIOLATION = 36, 44


def test_a_topic_that_somebody_else_makes_meanwhile_is_no_error() -> None:
    admin = RefusingAdmin(TOPIC_ALREADY_EXISTS)
    missing = differences([topic()], {}, "rapport.", 4)
    assert create_missing(admin, missing, {"rapport.tiers": topic()}, 4) == 0
    assert admin.waited == ["rapport.tiers"]


def test_a_topic_that_the_broker_refuses_is_named() -> None:
    missing = differences([topic()], {}, "rapport.", 4)
    with pytest.raises(RapportctlError, match=r"refused to create rapport\.tiers: PolicyViolationError"):
        create_missing(RefusingAdmin(POLICY_VIOLATION), missing, {"rapport.tiers": topic()}, 4)
