"""Other rules than the service's own, and putting them in force in a world over memory adapters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import yaml

from chassis.codec import StateCodec
from customer_profile.adapters import codec
from customer_profile.config import DEFAULT_RULES
from customer_profile.domain.traits.tallies import Tallies
from rapport.profile.v1 import administration_pb2 as pb
from tests.unit.customer_profile.serving import FakeIdentity
from tests.unit.customer_profile.world import World

_TALLIES = StateCodec(Tallies)


def rules_with(traits: list[dict[str, Any]], **sections: Any) -> str:
    """The service's own rules with these traits instead, without segments that could ask for others."""
    rules = yaml.safe_load(DEFAULT_RULES.read_text(encoding="utf-8"))
    return yaml.safe_dump(rules | {"traits": traits, "segments": []} | sections, sort_keys=False)


def administration(world: World) -> Any:
    """What answers calls of operators and analysts."""
    served = world.service.server(world.server_context({"identity-resolution": FakeIdentity()}))
    return next(each for descriptor, each in served if descriptor.name == "ProfileAdministrationService")


def promote(world: World, text: str) -> str:
    """Put rules in force; running workers learn of it with their next batch. Returns the version."""
    calls = administration(world)
    now = calls.get_rules(pb.GetRulesRequest(), None).version
    request = pb.PromoteRulesRequest(text=text, expected_version=now, owner="analytics", reason="a test")
    version: str = calls.promote_rules(request, None).version
    world.clock.advance(timedelta(seconds=6))
    return version


def recomputation(world: World) -> pb.Recomputation:
    """How far computing anew is."""
    answer: pb.Recomputation = administration(world).get_recomputation(pb.GetRecomputationRequest(), None)
    return answer


def tallies(world: World) -> dict[str, bytes]:
    """What accounts have counted for traits, as bytes: equal where all is equal."""
    personas = codec.personas()
    return {account: _TALLIES.encode(personas.state(each).tallies) for account, each in world.personas().items()}
