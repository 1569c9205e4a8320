"""Fixtures of the real Kafka and the real store, for the adapters that need them."""

from localstack.testing import (
    database_prefix,
    kafka,
    kafka_and_store,
    kept_stack,
    own_kafka,
    own_store,
    store,
    topic_prefix,
)

__all__ = [
    "database_prefix",
    "kafka",
    "kafka_and_store",
    "kept_stack",
    "own_kafka",
    "own_store",
    "store",
    "topic_prefix",
]
