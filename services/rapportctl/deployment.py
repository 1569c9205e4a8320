"""The deployment that a command works on: settings from the environment, connections made when first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from chassis.clock import SystemClock
from chassis.directory import ServiceEntry, known_services
from chassis.settings import Settings
from chassis.stream.producer import KafkaPublisher
from chassis.stream.settings import ProducerSettings
from rapportctl.config import worker_addresses
from rapportctl.errors import NotFoundError, RapportctlError
from rapportctl.interactions import SOURCE, InteractionSender
from rapportctl.kafka.lags import Lag, read_lags
from rapportctl.kafka.reading import TopicReader, open_consumer
from rapportctl.kafka.sending import Sender
from rapportctl.keys import RecordKeys
from rapportctl.registry import Topic, registry

CLIENT = "rapportctl"
ANSWER_SECONDS = 10.0
BOOTSTRAP_SECONDS = 5.0


class Deployment:
    """What a command needs to know and to reach. `environment` is by default the process's own.

    `on_use` is called before its settings are first read, which asking for help does not.
    """

    def __init__(self, environment: Mapping[str, str] | None = None, on_use: Callable[[], None] = lambda: None) -> None:
        self._environment = environment
        self._on_use = on_use

    @cached_property
    def settings(self) -> Settings:
        """Read once; raises `SettingsError`, which names every variable that is wrong."""
        self._on_use()
        return Settings.from_environment(CLIENT, self._environment, needs_key=False)

    @cached_property
    def services(self) -> Mapping[str, ServiceEntry]:
        """Every service of Rapport, by name."""
        return known_services()

    @cached_property
    def worker_addresses(self) -> Mapping[str, tuple[str, ...]]:
        """Where the workers of each service answer health checks. Raises `SettingsError`."""
        return worker_addresses(self.services, self._environment)

    @cached_property
    def clock(self) -> SystemClock:
        """The deployment's time."""
        return SystemClock(self.settings.clock_offset)

    @cached_property
    def admin(self) -> Any:  # noqa: ANN401 - kafka-python is untyped
        """Kafka's admin client. Raises `RapportctlError` where no broker answers."""
        try:
            return KafkaAdminClient(
                bootstrap_servers=list(self.settings.kafka),
                client_id=CLIENT,
                request_timeout_ms=int(ANSWER_SECONDS * 1000),
                bootstrap_timeout_ms=int(BOOTSTRAP_SECONDS * 1000),
            )
        except (KafkaError, OSError) as error:
            raise self.no_kafka(error) from None

    @cached_property
    def keys(self) -> RecordKeys:
        """What makes keys of records. Raises `RapportctlError` without a pseudonym key: keys would be personal."""
        if not self.settings.pseudonym_key:
            raise RapportctlError(
                "RAPPORT_PSEUDONYM_KEY is not set: without it the keys of e-mail accounts would be personal"
            )
        return RecordKeys(self.settings.pseudonym_key)

    def topics(self) -> Mapping[str, Topic]:
        """The topics of this version of Rapport, by name without prefix."""
        return registry()

    def topic(self, name: str) -> Topic:
        """A topic by its name, with or without the prefix. Raises `NotFoundError` with the names that there are."""
        found = registry().get(name) or registry().get(name.removeprefix(self.settings.topic_prefix))
        if found is None:
            raise NotFoundError(f"there is no topic {name}; there are {', '.join(sorted(registry()))}")
        return found

    def service(self, name: str) -> ServiceEntry:
        """A service by its name. Raises `NotFoundError` with the names that there are."""
        found = self.services.get(name)
        if found is None:
            raise NotFoundError(f"there is no service {name}; there are {', '.join(sorted(self.services))}")
        return found

    def sender(self) -> Sender:
        """Something to send records with; a context manager."""
        publisher = KafkaPublisher(ProducerSettings(bootstrap=self.settings.kafka, client_id=CLIENT))
        return Sender(publisher, self.settings.topic_prefix, publisher.close)

    def interaction_sender(self, source: str = SOURCE) -> InteractionSender:
        """Something to send interactions with; a context manager. Raises as `keys` does."""
        return InteractionSender(self.sender(), self.keys, source)

    def reader(self, topic: Topic) -> TopicReader:
        """Something to read a topic with; a context manager.

        Raises `RapportctlError` where no broker answers, and `NotFoundError` where the broker lacks the topic.
        """
        try:
            return TopicReader(open_consumer(self.settings.kafka), self.settings.topic_prefix + topic.name, topic)
        except (KafkaError, OSError) as error:
            raise self.no_kafka(error) from None

    def reads(self) -> dict[str, list[str]]:
        """Which topics (full names) each service's consumer group reads, by the group's name."""
        prefix = self.settings.topic_prefix
        return {
            prefix + service: [prefix + topic.name for topic in registry().values() if service in topic.consumers]
            for service in self.services
        }

    def lags(self) -> list[Lag]:
        """How far every group is behind on every topic that it reads. Raises `RapportctlError` without Kafka."""
        try:
            return read_lags(self.admin, self.reads())
        except KafkaError as error:
            # A client that lost its broker may not find it again when it is back.
            self.__dict__.pop("admin").close()
            raise self.no_kafka(error) from None

    def no_kafka(self, error: Exception) -> RapportctlError:
        """Say that no broker answers."""
        where = ", ".join(self.settings.kafka)
        return RapportctlError(
            f"no Kafka answers at {where} ({type(error).__name__}): is it running, and is RAPPORT_KAFKA right?"
        )
