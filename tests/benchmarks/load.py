"""The load: a simulated town's events, made before anything is measured."""

from __future__ import annotations

from datetime import UTC, datetime

from chassis.records import Message
from chassis.stream.producer import KafkaPublisher
from chassis.stream.settings import ProducerSettings
from rapportctl.deployment import Deployment
from rapportctl.town import Town, TownSettings

AT_ONCE = 5_000


def town_messages(deployment: Deployment, topic: str, people: int, seed: int = 7) -> list[Message]:
    """The events of a default town that ends now, as records for the topic (full name)."""
    town = Town(TownSettings(people=people, seed=seed).ending_at(datetime.now(UTC)))
    key = deployment.keys.key
    return [
        Message(topic, key(event.account_channel, event.account_id), event.payload())
        for event in town.events(tally=False)
    ]


def send(bootstrap: tuple[str, ...], messages: list[Message]) -> None:
    """Send everything as fast as the broker takes it."""
    with KafkaPublisher(ProducerSettings(bootstrap=bootstrap, client_id="load")) as publisher:
        for start in range(0, len(messages), AT_ONCE):
            publisher.publish(messages[start : start + AT_ONCE])
