"""States as bytes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.codec import StateCodec


@dataclass(slots=True)
class Part:
    n: int
    name: str = ""


@dataclass(slots=True)
class State:
    parts: dict[str, Part] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    pair: tuple[int, str] = (0, "")
    raw: bytes = b""
    left: int | None = None


@dataclass(slots=True)
class Older:
    left: int | None = None
    dropped: str = ""


CODEC = StateCodec(State)
PARTS = st.builds(Part, st.integers(-(2**63), 2**63 - 1), st.text())
STATES = st.builds(
    State,
    st.dictionaries(st.text(), PARTS),
    st.sets(st.text()),
    st.tuples(st.integers(0, 9), st.text()),
    st.binary(),
    st.none() | st.integers(0, 9),
)


@given(STATES)
def test_a_state_comes_back_equal(state: State) -> None:
    assert CODEC.decode(CODEC.encode(state)) == state


@given(STATES)
def test_equal_states_have_equal_bytes(state: State) -> None:
    turned = replace(state, parts=dict(reversed(state.parts.items())), seen=set())
    for name in sorted(state.seen, reverse=True):
        turned.seen.add(name)
    assert CODEC.encode(turned) == CODEC.encode(state)


def test_fields_may_come_and_go() -> None:
    assert CODEC.decode(StateCodec(Older).encode(Older(left=3, dropped="x"))) == State(left=3)


def test_bytes_that_are_no_such_state_are_refused() -> None:
    for data in (b"", b"\xc1", msgspec.msgpack.encode({"left": "x"})):
        with pytest.raises(msgspec.DecodeError):
            CODEC.decode(data)
