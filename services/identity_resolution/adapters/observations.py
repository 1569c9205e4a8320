"""What interactions tell of the person, field by field, as the source has it."""

from __future__ import annotations

from collections.abc import Iterator

from identity_resolution.domain.keys import Keys
from identity_resolution.domain.matching.details import FULL_NAME, STREET
from rapport.interactions.v1.interaction_pb2 import Observation

_FIELDS = ("given_name", "family_name", "date_of_birth", "email", "phone", "company")
_PARTS_OF_ADDRESS = ("postal_code", "city", "region", "country")


def observed(observation: Observation, keys: Keys) -> Iterator[tuple[str, str]]:
    """Field and value of each detail that says something; the lines of an address one by one, as `street`.

    Values that the rules block, as identifiers of that name or of any, say nothing.
    """
    return ((name, value) for name, value in _all(observation) if value and not keys.is_blocked(name, value))


def _all(observation: Observation) -> Iterator[tuple[str, str]]:
    for name in _FIELDS:
        yield name, getattr(observation, name)
    yield FULL_NAME, observation.full_name
    if observation.HasField("address"):
        address = observation.address
        for line in address.lines:
            yield STREET, line
        for name in _PARTS_OF_ADDRESS:
            yield name, getattr(address, name)
    # A map has no order of its own.
    yield from sorted(observation.attributes.items())
