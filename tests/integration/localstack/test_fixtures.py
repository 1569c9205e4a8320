"""The fixtures that integration tests build on."""

import uuid
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic
from pymongo import MongoClient

from localstack.testing import KafkaAndStore

pytestmark = pytest.mark.integration


def test_a_message_goes_through_the_shared_broker(kafka_and_store: KafkaAndStore, topic_prefix: str) -> None:
    """The shared broker takes a topic and a message, and gives the message back."""
    bootstrap, topic = kafka_and_store.kafka.bootstrap, f"{topic_prefix}greetings"
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([NewTopic(topic, num_partitions=4, replication_factor=1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    producer.send(topic, key=b"email:h_1", value=b"hello").get(timeout=10)
    producer.close()

    consumer = KafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=10_000
    )
    message = next(iter(consumer))
    consumer.close()

    assert (message.key, message.value) == (b"email:h_1", b"hello")


def test_a_document_goes_through_the_shared_store(kafka_and_store: KafkaAndStore, database_prefix: str) -> None:
    """The shared store keeps a document, and a second one with its `_id` is refused."""
    with MongoClient[dict[str, Any]](kafka_and_store.store.url) as client:
        personas = client[f"{database_prefix}customer_profile"]["personas"]
        key = uuid.uuid4().hex
        personas.insert_one({"_id": key, "rev": 1})
        won = personas.update_one({"_id": key, "rev": 1}, {"$set": {"rev": 2}}).modified_count
        lost = personas.update_one({"_id": key, "rev": 1}, {"$set": {"rev": 3}}).modified_count

    assert (won, lost) == (1, 0)


def test_prefixes_are_unlike(topic_prefix: str, database_prefix: str) -> None:
    """The two prefixes of a test keep it apart from others."""
    assert topic_prefix.endswith(".")
    assert database_prefix.endswith("_")
    assert topic_prefix[:-1] != database_prefix[:-1]
