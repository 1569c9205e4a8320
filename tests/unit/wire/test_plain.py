"""States and messages as JSON: nothing is lost, and whole numbers stay whole."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple

import msgspec
import pytest
from bson.int64 import Int64
from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from rapport.common.v1.common_pb2 import Money
from rapport.interactions.v1.interaction_pb2 import PURCHASE_SOURCE_STORE, Account, Identifier, Interaction, Purchase
from rapport.profile.v1.profile_pb2 import Activity, CustomerRecord
from wire.plain import plain


class Hue(StrEnum):
    RED = "red"


class Size(IntEnum):
    LARGE = 3


class Pair(NamedTuple):
    one: str
    other: str


class Body(msgspec.Struct, array_like=True):
    at: int = 0


@dataclass
class State:
    hue: Hue = Hue.RED
    size: Size = Size.LARGE
    pairs: dict[tuple[str, str], int] = field(default_factory=lambda: {("a", "b"): 1})
    by_number: dict[int, Pair] = field(default_factory=lambda: {7: Pair("a", "b")})
    members: frozenset[str] = frozenset({"z", "a"})
    body: Body = field(default_factory=Body)
    _cache: bytes = b"its own business"


def test_a_state_is_told_by_its_fields() -> None:
    """Enums by name or text, sets in order, mappings with pairs as keys as lists, and no field of its own business."""
    assert plain(State()) == {
        "hue": "red",
        "size": "LARGE",
        "pairs": [{"key": ["a", "b"], "value": 1}],
        "by_number": {"7": {"one": "a", "other": "b"}},
        "members": ["a", "z"],
        "body": {"at": 0},
    }


def test_bytes_are_refused() -> None:
    """Whoever tells of a document says what its bytes mean."""
    with pytest.raises(TypeError):
        plain({"body": b"\x01"})


def test_times_and_numbers_of_a_store_are_those_of_json() -> None:
    assert plain({"at": datetime(2026, 1, 2, tzinfo=UTC), "n": Int64(2**60)}) == {
        "at": "2026-01-02T00:00:00Z",
        "n": 2**60,
    }
    assert type(plain(Int64(3))) is int


def purchase() -> Interaction:
    made = Interaction(
        event_id="e1",
        account=Account(channel="web_shop", id="7"),
        identifiers=[Identifier(type="email", value="joe@example.com")],
        purchase=Purchase(
            order_id="o-1", total=Money(currency_code="EUR", minor_units=10**12), source=PURCHASE_SOURCE_STORE
        ),
    )
    made.occurred_at.CopyFrom(Timestamp(seconds=1_767_225_600))
    return made


def test_a_message_is_told_as_protobuf_tells_it_with_money_as_whole_numbers() -> None:
    """The same fields and values as protobuf's own JSON, but that 64 bits are numbers and not texts."""
    theirs = MessageToDict(purchase(), preserving_proto_field_name=True)
    assert theirs["purchase"]["total"]["minor_units"] == "1000000000000"
    theirs["purchase"]["total"]["minor_units"] = 10**12
    assert plain(purchase()) == theirs


@given(st.dictionaries(st.text(max_size=5), st.integers(0, 2**62), max_size=4), st.integers(0, 2**62))
def test_maps_of_messages_are_objects(by_kind: dict[str, int], version: int) -> None:
    told = plain(CustomerRecord(version=version, activity=Activity(by_kind=by_kind)))
    again = json.loads(json.dumps(told))
    assert again.get("activity", {}).get("by_kind", {}) == by_kind
    assert again.get("version", 0) == version
