"""The service's parts fit together, and what it declares is what it uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from chassis.directory import known_services
from chassis.rpc.handlers import handlers
from chassis.service import ServerContext
from identity_resolution.bootstrap import SERVICE, server
from rapport.identity.v1 import events_pb2
from rapport.stewardship.v1.stewardship_pb2 import AddRelationshipRequest
from tests.unit.identity_resolution.evidence_log import TOWN, A, decided
from tests.unit.identity_resolution.stewards import Steward, observed
from tests.unit.identity_resolution.world import SETTINGS, World, interaction

TOPICS = Path(__file__).parents[3] / "protos" / "topics"


def used() -> World:
    """A world in which every collection and every topic of the service was used."""
    world = decided(TOWN)
    mail = ("email", "joe@example.com")
    for account, born in (("instagram:joe", "1984-02-29"), ("store:jo", "1991-07-15")):
        world.send(observed("1", account, mail, given_name="Jo", date_of_birth=born), interaction("", account))
        world.settle()
    steward = Steward(world)
    staff = events_pb2.RELATIONSHIP_KIND_EMPLOYER
    request = AddRelationshipRequest(kind=staff, name=steward.name(A), organisation="us", **steward.mandate())
    steward.api.add_relationship(request, None)
    steward.constrain(events_pb2.CONSTRAINT_KIND_CANNOT_LINK, A, "x:3")
    world.send(interaction("1", "x:9"))
    world.settle()
    steward.erase("x:9")
    return world


def test_the_service_is_listed_under_its_name() -> None:
    assert known_services()[SERVICE.name].package == "identity_resolution"


def test_every_collection_that_is_used_is_declared_with_its_fields() -> None:
    declared: dict[str, Any] = {each._get_collection_name(): each for each in SERVICE.collections}
    world = used()
    assert set(world.stores) == set(declared)
    for name, store in world.stores.items():
        documents = list(store.everything().values())
        assert documents
        fields = {field.db_field: field for field in declared[name]._fields.values()}
        required = {name for name, field in fields.items() if field.required}
        assert all(required <= set(document) <= set(fields) for document in documents), name


def registered(role: str) -> set[str]:
    """Full names of the topics for which the registry names the service in this role."""
    entries = (yaml.safe_load(path.read_text()) for path in TOPICS.glob("*.yaml"))
    return {SETTINGS.topic(entry["name"]) for entry in entries if SERVICE.name in entry[role]}


def test_every_topic_that_is_read_is_registered_so() -> None:
    assert {topic for handler in World().handlers() for topic in handler.topics} <= registered("consumers")


def test_the_topics_that_are_written_are_those_registered_so() -> None:
    broker = used().broker
    written = {topic for topic in broker._logs if broker.records(topic)} - {SETTINGS.topic("interactions")}
    assert written == registered("producers")


def test_every_method_of_the_api_is_implemented() -> None:
    world = World()
    context = ServerContext(SETTINGS, lambda name: world.stores[name], world.clock, {}, world.broker)
    for descriptor, implementation in server(context):
        handlers(descriptor, implementation)
