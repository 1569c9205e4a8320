"""A hundred people with markers in all that they say are erased: no store, compacted topic or log has a marker then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import bson
import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from chassis.rpc.client import Caller
from rapport.identity.v1.events_pb2 import CUSTOMER_STATE_LIVE, Customer
from rapport.stewardship.v1 import stewardship_pb2 as pb
from tests.e2e.faults.picture import IDENTITY, Picture, take
from tests.e2e.faults.system import System, running
from tests.simulation.canaries import compacted, life_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

MARKER = "canary"
PEOPLE = 100
AT_ONCE = 4
EAGER = {
    "segment.ms": "500",
    "min.cleanable.dirty.ratio": "0.001",
    "max.compaction.lag.ms": "1000",
    "delete.retention.ms": "100",
}
"""So that the broker compacts within seconds what it otherwise does within hours."""
COMPACTED_WITHIN = 60.0


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A deployment whose broker compacts at once, with the people in it."""
    with running(tmp_path_factory.mktemp("erasure"), workers=1) as system:
        names = [system.deployment.topic(name) for name in compacted()]
        prefix = system.deployment.settings.topic_prefix
        system.deployment.admin.alter_configs(
            [
                ConfigResource(ConfigResourceType.TOPIC, prefix + each.name, configs=EAGER | dict(each.config))
                for each in names
            ]
        )
        send(system, [f"{MARKER}{number:03}x" for number in range(PEOPLE)])
        system.wait_until_quiet()
        yield system


def send(system: System, markers: list[str]) -> None:
    """Send what these people do."""
    with system.deployment.sender() as sender:
        for marker in markers:
            for each in life_of(marker, datetime.now(UTC)):
                key = f"{each.account.channel}:{each.account.id}".encode()
                sender.send("interactions", key, each.SerializeToString())


def marked(picture: Picture) -> set[str]:
    """The collections and compacted topics in which a marker stands."""
    found = {
        f"{service}/{name}"
        for service, collections in picture.stores.items()
        for name, documents in collections.items()
        if any(MARKER.encode() in bson.encode(document) for document in documents.values())
    }
    return found | marked_topics(picture)


def marked_topics(picture: Picture) -> set[str]:
    """The compacted topics of which a record that the broker still has a value of has a marker."""
    return {
        name
        for name in compacted()
        for record in picture.topics[name]
        if record.value is not None and MARKER in repr((record.key, record.value, record.headers))
    }


def erase(system: System, customers: list[str]) -> int:
    """Erase these customers by the API; how many accounts they had."""
    service = pb.DESCRIPTOR.services_by_name["StewardshipService"]
    with closing(Caller(system.deployment.settings.addresses[IDENTITY], service)) as caller:

        def one(customer: str) -> int:
            request = pb.EraseCustomerRequest(
                name=f"customers/{customer}", owner="S-17", reason="asked to", request_id=f"erase-{customer}"
            )
            return caller.call("EraseCustomer", request, pb.EraseCustomerResponse, 20.0).account_count

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return sum(pool.map(one, customers))


def test_pr5_no_store_topic_or_log_has_a_word_of_a_hundred_erased_people(system: System) -> None:
    before = take(system.deployment)
    assert {place.split("/")[0] for place in marked(before)} >= {
        IDENTITY,
        "customers",
        "dead-letters.identity-resolution",
    }
    told = [Customer.FromString(each["message"]) for each in before.stores[IDENTITY]["customers"].values()]
    live = [each.customer_id for each in told if each.state == CUSTOMER_STATE_LIVE]
    assert erase(system, live) == 2 * PEOPLE
    system.wait_until_quiet()
    end = time.monotonic() + COMPACTED_WITHIN
    number, left = 0, {"unknown"}
    while left and time.monotonic() < end:
        # A segment that is still written to is not compacted: others' records end it.
        number += 1
        send(system, [f"sparrow{number:03}x{each:03}" for each in range(20)])
        system.wait_until_quiet()
        time.sleep(2)
        left = marked(take(system.deployment))
    assert left == set()
    assert {name for name, path in system.logs().items() if MARKER in path.read_text(errors="replace")} == set()
