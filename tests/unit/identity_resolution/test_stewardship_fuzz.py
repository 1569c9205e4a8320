"""Whatever a caller sends, each call answers or says what was wrong: nothing fails unexpectedly."""

from __future__ import annotations

import logging
import re
from collections import Counter
from random import Random
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message_factory import GetMessageClass

from chassis.rpc.descriptors import Method, methods_of
from chassis.rpc.errors import answer_to
from chassis.rpc.handlers import parser, to_bytes
from identity_resolution.adapters.previews import CALLED
from rapport.identity.v1 import service_pb2
from rapport.stewardship.v1 import stewardship_pb2
from tests.unit.identity_resolution.stewards import NOBODY, A, B, C, Steward, observed, town
from tests.unit.identity_resolution.test_stewardship_previews import Saying
from tests.unit.identity_resolution.world import interaction

APIS = (
    service_pb2.DESCRIPTOR.services_by_name["IdentityResolutionService"],
    stewardship_pb2.DESCRIPTOR.services_by_name["StewardshipService"],
)
REQUESTS = 10_000
EXPECTED = {
    getattr(grpc.StatusCode, name)
    for name in ("OK", "INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "ALREADY_EXISTS")
}
"""What requests end with where store and log are there; all of these, or they did not get far."""
SECRET = "Kowalczyk-1984"
"""A value that callers send, and that no answer may quote."""

TAKING = {
    "decisions": "UndoRequest.name",
    "constraints": "RemoveConstraintRequest.name",
    "suggestions": "DecideSuggestionRequest.name",
    "relationships": "RemoveRelationshipRequest.name",
}
"""The fields that take the names of what was decided."""
_NAMES = re.compile(r"(?:decisions|constraints|suggestions|relationships)/[0-9a-z]{26}")

NUMBERS = (0, 1, 2, -1, 7, 99, 1_000, 2**31 - 1, -(2**31), 2**62, -(2**62))
SCRAPS = (
    "", " ", "\0", "x", "/", ":", "é", "\N{RIGHT-TO-LEFT OVERRIDE}joe", "customers/", f"customers/{NOBODY}",
    f"decisions/{NOBODY}",
    f"constraints/{NOBODY}/x", f"suggestions/{NOBODY}", f"relationships/{NOBODY}", NOBODY, "0" * 25 + "u", A, B, C,
    "email:maria@example.com", "email:h_" + "a" * 26, "x:", ":y", "email", "cookie", "handle", "instagram/joe", "c-1",
    "S-17", "r-1", "y" * 700, "AAAA", "gpNhYmM", SECRET, f"x:{SECRET}", f"customers/{SECRET}",
)  # fmt: skip


class Scribbler:
    """Makes requests of any kind at random: scraps, and for some fields, by name, texts that are right there."""

    def __init__(self, random: Random, right: dict[str, list[str]]) -> None:
        self._random = random
        self._right = right

    def message(self, type_: Any) -> Any:
        """A message with some of its fields set to anything."""
        message = type_()
        for field in type_.DESCRIPTOR.fields:
            if self._random.random() < 0.93:
                self._fill(message, field)
        return message

    def _fill(self, message: Any, field: Any) -> None:
        if field.is_repeated:
            for _ in range(self._random.choice((0, 1, 2, 2, 2, 3, 120))):
                if field.message_type is not None:
                    getattr(message, field.name).add().CopyFrom(self._value(field))
                else:
                    getattr(message, field.name).append(self._value(field))
        elif field.message_type is not None:
            getattr(message, field.name).CopyFrom(self._value(field))
        else:
            setattr(message, field.name, self._value(field))

    def _value(self, field: Any) -> Any:
        if field.message_type is not None:
            return self.message(GetMessageClass(field.message_type))
        if field.type == FieldDescriptor.TYPE_STRING:
            return self._text(field.name, f"{field.containing_type.name}.{field.name}")
        if field.type == FieldDescriptor.TYPE_BOOL:
            return self._random.random() < 0.5
        if field.type == FieldDescriptor.TYPE_ENUM and self._random.random() < 0.8:
            return self._random.choice((0, 1, 2, 3))
        if field.name == "seconds" and self._random.random() < 0.5:
            return 2_000_000_000
        fits = [each for each in NUMBERS if field.type == FieldDescriptor.TYPE_INT64 or -(2**31) <= each < 2**31]
        return self._random.choice(fits)

    def _text(self, field: str, place: str) -> str:
        right = self._right.get(place) or self._right.get(field)
        if right and self._random.random() < 0.85:
            return self._random.choice(right)
        if self._random.random() < 0.05:
            return "".join(chr(self._random.choice((0x20, 0x7F, 0x2028, 0x1F600, 0xE9))) for _ in range(9))
        return self._random.choice(SCRAPS)


def right(steward: Steward) -> dict[str, list[str]]:
    """Texts that are right in the town, by the fields where they are; names of what is decided come in as it is."""
    names = [steward.name(each) for each in (A, C, "x:1", "x:2")]
    accounts = [A, B, C, "x:1", "x:2", "x:nobody"]
    return {
        "name": names,
        "UndoRequest.name": [],
        "EraseCustomerRequest.name": [steward.name("x:9")],
        "RemoveConstraintRequest.name": [],
        "DecideSuggestionRequest.name": [],
        "RemoveRelationshipRequest.name": [],
        "names": names,
        "parent": names,
        "customer": names,
        "other_name": [*names, "", ""],
        "organisation": ["us", "", ""],
        "account": accounts,
        "other_account": accounts,
        "account_keys": accounts,
        "owner": ["S-17"],
        "reason": ["she told us"],
        "request_id": [f"r-{number}" for number in range(600)],
        "page_token": [""],
        "type": ["cookie", "email"],
    }


def outcome(method: Method, implementation: object, data: bytes) -> tuple[grpc.StatusCode, str]:
    """How a server would answer these bytes: the code, and all that the caller gets to see."""
    try:
        answer = to_bytes(
            getattr(implementation, method.attribute)(parser(method.request)(data), None), method.response
        )
    except Exception as error:  # noqa: BLE001 - as the server does
        failed = answer_to(error, method.path)
        return failed.code, f"{failed.message} {failed.metadata}"
    return grpc.StatusCode.OK, repr(method.response.FromString(answer))


def steward() -> Steward:
    """A town with two people who share an address, and services that say something of anybody."""
    made = Steward(town().world, {name: Saying(name) for name in CALLED})
    for account, born in (("x:1", "1984-02-29"), ("x:2", "1991-07-15")):
        made.world.send(observed("1", account, ("email", "maria@example.com"), given_name="Maria", date_of_birth=born))
        made.world.settle()
    made.world.send(interaction("1", "x:9"))
    made.world.settle()
    return made


@pytest.mark.parametrize("seed", range(4))
def test_no_request_makes_a_call_fail_unexpectedly(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    """Valid names are among the scraps, so that calls get far, and commands are decided."""
    caplog.set_level(logging.ERROR)
    made, random = steward(), Random(seed)
    implementations = {api.full_name: part for api, part in zip(APIS, (made.identity, made.api), strict=True)}
    methods = [(method, implementations[api.full_name]) for api in APIS for method in methods_of(api).values()]
    known = right(made)
    scribbler = Scribbler(random, known)
    codes: Counter[grpc.StatusCode] = Counter()
    answered: set[str] = set()
    for _ in range(REQUESTS // 4):
        method, implementation = random.choice(methods)
        data = scribbler.message(method.request).SerializeToString()
        if random.random() < 0.1:
            data = data[: random.randrange(len(data) + 1)] + random.randbytes(random.randrange(4))
        code, seen = outcome(method, implementation, data)
        assert code in EXPECTED, (method.name, data, caplog.text)
        assert SECRET not in seen or code is grpc.StatusCode.OK, (method.name, seen)
        for name in _NAMES.findall(seen):
            known[TAKING[name.split("/")[0]]].append(name)
        codes[code] += 1
        answered.update([method.name] if code is grpc.StatusCode.OK else [])
    assert answered == {method.name for method, _ in methods}
    assert codes.keys() == EXPECTED
