"""What the three services' announced states say of themselves, as a server that keeps them in memory reads it."""

from __future__ import annotations

import pytest

import advocacy_scoring.bootstrap
import customer_profile.bootstrap
import vip_tier.bootstrap
from chassis.errors import InvalidRecord
from chassis.service import Service
from chassis.stages.state_cache import AnnouncedState
from rapportctl.registry import message_class, registry

SERVICES = (customer_profile.bootstrap.SERVICE, advocacy_scoring.bootstrap.SERVICE, vip_tier.bootstrap.SERVICE)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_version_and_end_are_read_from_the_message_of_the_services_own_level_topic(service: Service) -> None:
    assert service.announced is not None
    topic = registry()[service.announced.topic]
    assert (topic.owner, topic.config["cleanup.policy"]) == (service.name, "compact")
    assert service.announced.collection in {each._get_collection_name() for each in service.collections}
    kind = message_class(topic.value)
    read = service.announced.read
    assert read(kind(version=7, customer_id="c").SerializeToString()) == AnnouncedState(7, is_closed=False)
    assert read(kind(version=8, merged_into="b").SerializeToString()) == AnnouncedState(8, is_closed=True)
    with pytest.raises(InvalidRecord):
        read(b"\xff")
