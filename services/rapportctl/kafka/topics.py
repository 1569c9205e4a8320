"""Topics as the registry wants them and as the broker has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from rapportctl.registry import Topic


@dataclass(frozen=True, slots=True)
class Existing:
    """A topic as the broker has it; `config` holds only what was set for the topic itself."""

    partitions: int
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What the registry wants otherwise than the broker has it. `have` is empty for a topic that is missing."""

    topic: str
    what: str
    want: str
    have: str
    is_repairable: bool


def differences(wanted: Iterable[Topic], existing: Mapping[str, Existing], prefix: str, keyed: int) -> list[Difference]:
    """Compare, topic by topic. Partition counts are never repaired: keys would move to other partitions."""
    found: list[Difference] = []
    for topic in wanted:
        name, partitions = prefix + topic.name, topic.partitions(keyed)
        has = existing.get(name)
        if has is None:
            found.append(Difference(name, "topic", f"{partitions} partitions", "", is_repairable=True))
            continue
        if has.partitions != partitions:
            found.append(Difference(name, "partitions", str(partitions), str(has.partitions), is_repairable=False))
        for setting, value in topic.config.items():
            if has.config.get(setting) != value:
                have = has.config.get(setting, "default")
                found.append(Difference(name, setting, value, have, is_repairable=True))
    return found


def read_existing(admin: KafkaAdminClient, prefix: str) -> dict[str, Existing]:
    """The broker's topics whose names begin with the prefix."""
    names = [name for name in admin.list_topics() if name.startswith(prefix)]
    if not names:
        return {}
    described = {each["name"]: len(each["partitions"]) for each in admin.describe_topics(names)}
    configs = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    return {
        name: Existing(described[name], {key: _value(value) for key, value in _configs_of(configs, name).items()})
        for name in names
    }


def create_missing(
    admin: KafkaAdminClient, found: Iterable[Difference], wanted: Mapping[str, Topic], keyed: int
) -> int:
    """Create the topics that are missing; return how many. `wanted` is by full name."""
    missing = [difference.topic for difference in found if difference.what == "topic"]
    if missing:
        admin.create_topics(
            {
                name: {
                    "num_partitions": wanted[name].partitions(keyed),
                    "configs": dict(wanted[name].config),
                }
                for name in missing
            },
            wait_for_metadata=True,
        )
    return len(missing)


def repair_settings(admin: KafkaAdminClient, found: Iterable[Difference]) -> int:
    """Set what drifted and can be set; return how many settings."""
    repairs: dict[str, dict[str, str]] = {}
    for difference in found:
        if difference.is_repairable and difference.what != "topic":
            repairs.setdefault(difference.topic, {})[difference.what] = difference.want
    if repairs:
        admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name, configs=configs) for name, configs in repairs.items()]
        )
    return sum(len(configs) for configs in repairs.values())


def _configs_of(configs: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 - kafka-python is untyped
    for kind, resources in configs.items():
        if str(getattr(kind, "name", kind)).lower() == "topic":
            found: dict[str, Any] = resources.get(name, {})
            return found
    return {}


def _value(value: Any) -> str:  # noqa: ANN401 - kafka-python is untyped
    return str(value["value"] if isinstance(value, dict) else value)
