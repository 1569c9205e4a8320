"""The deployment that a command works on: settings from the environment, connections made when first needed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from chassis.directory import ServiceEntry, known_services
from chassis.settings import Settings
from rapportctl.errors import NotFoundError, RapportctlError
from rapportctl.kafka.sending import Sender
from rapportctl.keys import RecordKeys
from rapportctl.registry import Topic, registry


class Deployment:
    """What a command needs to know and to reach."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = environment

    @cached_property
    def settings(self) -> Settings:
        """Read once; raises `SettingsError`, which names every variable that is wrong."""
        return Settings.from_environment("rapportctl", self._environment, needs_key=False)

    @cached_property
    def services(self) -> Mapping[str, ServiceEntry]:
        """Every service of Rapport, by name."""
        return known_services()

    @cached_property
    def admin(self) -> Any:
        """Kafka's admin client. Raises `RapportctlError` where no broker answers."""
        try:
            return KafkaAdminClient(bootstrap_servers=list(self.settings.kafka), request_timeout_ms=10_000)
        except KafkaError as error:
            where = ", ".join(self.settings.kafka)
            raise RapportctlError(
                f"no Kafka answers at {where} ({type(error).__name__}): is it running, and is RAPPORT_KAFKA right?"
            ) from None

    def topic(self, name: str) -> Topic:
        """A topic by its name, with or without the prefix. Raises `NotFoundError` with the names that there are."""
        bare = name.removeprefix(self.settings.topic_prefix)
        found = registry().get(bare)
        if found is None:
            raise NotFoundError(f"there is no topic {name}; there are {', '.join(sorted(registry()))}")
        return found

    def sender(self) -> Sender:
        """Something to send with. Raises `RapportctlError` without a pseudonym key: keys would be personal."""
        if not self.settings.pseudonym_key:
            raise RapportctlError(
                "RAPPORT_PSEUDONYM_KEY is not set: without it the keys of e-mail accounts would be personal"
            )
        return Sender(self.settings.kafka, self.settings.topic_prefix, RecordKeys(self.settings.pseudonym_key))

    def reads(self) -> dict[str, list[str]]:
        """Which topics (full names) each service's consumer group reads, by the group's name."""
        prefix = self.settings.topic_prefix
        return {
            prefix + service: [prefix + topic.name for topic in registry().values() if service in topic.consumers]
            for service in self.services
        }
