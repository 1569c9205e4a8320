"""Fixtures: a town on the shared broker, and a publisher to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chassis.stream.producer import KafkaPublisher
from chassis.stream.settings import ProducerSettings
from localstack.testing import SharedKafka
from tests.integration.chassis.stream.town import Town


@pytest.fixture
def town(kafka: SharedKafka, topic_prefix: str) -> Iterator[Town]:
    """Make the topics `in` and `out`; workers that a test leaves behind are killed."""
    made = Town(kafka.bootstrap, topic_prefix)
    made.create("in", "out")
    yield made
    made.close()


@pytest.fixture
def publisher(kafka: SharedKafka) -> Iterator[KafkaPublisher]:
    """Make a publisher to the shared broker."""
    with KafkaPublisher(ProducerSettings(bootstrap=(kafka.bootstrap,))) as made:
        yield made
