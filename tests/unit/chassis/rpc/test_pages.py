"""Page tokens."""

from __future__ import annotations

import random

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto
from hypothesis import given
from hypothesis import strategies as st

from chassis.rpc.errors import RpcError
from chassis.rpc.pages import page_position, page_token

REQUEST = DescriptorProto(name="of this")
POSITIONS = st.lists(st.integers(-(2**63), 2**63 - 1) | st.text())


@given(POSITIONS)
def test_a_token_leads_back_to_its_position(position: list[int | str]) -> None:
    token = page_token(position, REQUEST)
    assert page_position(token, REQUEST) == position
    assert token.replace("-", "").replace("_", "").isalnum()


def test_an_empty_token_means_the_first_page() -> None:
    assert page_position("", REQUEST) is None


def test_a_token_is_good_for_its_request_alone() -> None:
    token = page_token([1], REQUEST)
    for other in (DescriptorProto(name="of that"), FieldDescriptorProto(name="of this")):
        with pytest.raises(RpcError) as refused:
            page_position(token, other)
        assert refused.value.reason == "INVALID_PAGE_TOKEN"
    with pytest.raises(RpcError):
        page_position(token, REQUEST, key=b"another server's")


@given(st.text())
def test_no_other_text_is_a_token(text: str) -> None:
    if text:
        with pytest.raises(RpcError):
            page_position(text, REQUEST)


def test_a_changed_token_is_refused() -> None:
    token = page_token([12, "x"], REQUEST)
    chance = random.Random(3)
    for _ in range(300):
        place = chance.randrange(len(token) - 1)
        other = chance.choice([letter for letter in "abcdefXYZ019-_" if letter != token[place]])
        with pytest.raises(RpcError):
            page_position(token[:place] + other + token[place + 1 :], REQUEST)
