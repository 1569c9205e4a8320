"""Topics as the registry wants them and as the broker has them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import NoError, TopicAlreadyExistsError, for_code

from rapportctl.errors import RapportctlError
from rapportctl.registry import Topic

APPLIED_SECONDS = 10.0


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
    return {name: Existing(described[name], config) for name, config in _read_configs(admin, names).items()}


def create_missing(
    admin: KafkaAdminClient, found: Iterable[Difference], wanted: Mapping[str, Topic], keyed: int
) -> int:
    """Create the topics that are missing, and return how many once they can be used. `wanted` is by full name.

    One that somebody else creates meanwhile is no error. Raises `RapportctlError` where the broker refuses.
    """
    missing = [difference.topic for difference in found if difference.what == "topic"]
    if not missing:
        return 0
    answer = admin.create_topics(
        {
            name: {"num_partitions": wanted[name].partitions(keyed), "configs": dict(wanted[name].config)}
            for name in missing
        },
        raise_errors=False,
    )
    made = 0
    for topic in answer["topics"]:
        error = for_code(topic["error_code"])
        if error not in (NoError, TopicAlreadyExistsError):
            raise RapportctlError(f"the broker refused to create {topic['name']}: {error.__name__}")
        made += error is NoError
    admin.wait_for_topics(missing)
    return made


def repair_settings(admin: KafkaAdminClient, found: Iterable[Difference]) -> int:
    """Set what drifted and can be set; return how many settings once the broker has them.

    Raises `RapportctlError` where the broker refuses.
    """
    repairs: dict[str, dict[str, str]] = {}
    for difference in found:
        if difference.is_repairable and difference.what != "topic":
            repairs.setdefault(difference.topic, {})[difference.what] = difference.want
    if repairs:
        answer = admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name, configs=configs) for name, configs in repairs.items()]
        )
        for name, said in _of_topics(answer).items():
            if said != "OK":
                raise RapportctlError(f"the broker refused to change {name}: {said}")
        _wait_for_settings(admin, repairs)
    return sum(len(configs) for configs in repairs.values())


def _wait_for_settings(admin: KafkaAdminClient, repairs: Mapping[str, Mapping[str, str]]) -> None:
    """Return when the broker shows the settings: it takes them from its controller a moment later."""
    deadline = time.monotonic() + APPLIED_SECONDS
    while time.monotonic() < deadline:
        existing = _read_configs(admin, list(repairs))
        if all(configs.items() <= existing[name].items() for name, configs in repairs.items()):
            return
        time.sleep(0.1)
    raise RapportctlError(f"the broker did not apply all settings within {APPLIED_SECONDS:g} s; run it again")


def _read_configs(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """What was set for each of the topics itself."""
    answer = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    configs = _of_topics(answer)
    return {name: {key: _value(value) for key, value in configs.get(name, {}).items()} for name in names}


def _of_topics(answer: Any) -> dict[str, Any]:  # noqa: ANN401 - kafka-python is untyped
    """The part of an answer about topics, by name."""
    for kind, resources in answer.items():
        if str(getattr(kind, "name", kind)).lower() == "topic":
            found: dict[str, Any] = resources
            return found
    return {}


def _value(value: Any) -> str:  # noqa: ANN401 - kafka-python is untyped
    return str(value["value"] if isinstance(value, dict) else value)
