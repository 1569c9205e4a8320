"""Follows tier changes: every one, in order, each once. Needs kafka-python and the `rapport` messages."""

import os

from kafka import KafkaConsumer

from rapport.tier.v1.tier_pb2 import ChangeReason, TierChange

seen: dict[str, int] = {}
"""The newest sequence of each customer. Keep it where you keep what you make of the changes, in one transaction."""


def take(change: TierChange) -> None:
    """Put what your system does here."""
    print(change.customer_id, change.sequence, ChangeReason.Name(change.reason), change.tier)  # noqa: T201 - an example


def follow(consumer: KafkaConsumer) -> None:
    """Take each change once, and tell Kafka after that: a crash in between brings some again, never none."""
    for record in consumer:
        change = TierChange.FromString(record.value)
        if change.sequence > seen.get(change.customer_id, 0):
            take(change)
            seen[change.customer_id] = change.sequence
        consumer.commit()


if __name__ == "__main__":
    topic, servers = "rapport.tier-changes", os.environ.get("RAPPORT_KAFKA", "127.0.0.1:9092")
    follow(
        KafkaConsumer(
            topic,
            bootstrap_servers=servers,
            group_id="my-system",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
    )
