"""Keyed hashes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.pseudonym import Pseudonymizer


def test_the_hash_is_the_one_that_stored_data_has() -> None:
    # HMAC-SHA-256 under the key "k" * 16 of "a" begins 86cb5568859b9c9c, by openssl.
    assert Pseudonymizer(b"k" * 16).hash("a") == "h_q3fvk2eftoojz7xzizy5wu74ox"


@given(st.text())
def test_a_hash_has_one_form_for_every_value(value: str) -> None:
    assert re.fullmatch(r"h_[a-z2-7]{26}", Pseudonymizer(b"key").hash(value))


def test_equal_values_meet_and_other_keys_or_values_do_not() -> None:
    one, two = Pseudonymizer(b"one"), Pseudonymizer(b"two")
    assert one.hash("x") == Pseudonymizer(b"one").hash("x")
    assert len({one.hash("x"), one.hash("y"), two.hash("x"), two.hash("y")}) == 4


def test_an_empty_key_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Pseudonymizer(b"")
