"""Keys of records: one account, one key, and nothing personal in it."""

from __future__ import annotations

import pytest

from rapportctl.keys import RecordKeys

KEYS = RecordKeys(b"a secret of at least sixteen bytes")


def test_an_ordinary_account_is_its_own_key() -> None:
    assert KEYS.key("instagram", "Maria.K") == b"instagram:Maria.K"


@pytest.mark.parametrize(
    ("channel", "one", "other"),
    [
        ("email", "maria@example.com", " Maria@Example.com "),
        ("email", "maria@example.com", "\uff4daria@example.com"),
        ("phone", "+4915112345678", "+49 151 1234-5678"),
        ("phone", "+4915112345678", "0049 (151) 12345678"),
        ("sms", "+4915112345678", "+49.151.12345678"),
    ],
)
def test_ways_of_writing_a_personal_id_have_one_key_that_hides_it(channel: str, one: str, other: str) -> None:
    """Two keys would put one account's interactions into two partitions."""
    key = KEYS.key(channel, one)
    assert key == KEYS.key(channel, other)
    assert key.startswith(f"{channel}:h_".encode())
    assert b"maria" not in key
    assert b"12345678" not in key


def test_different_people_have_different_keys() -> None:
    assert KEYS.key("email", "maria@example.com") != KEYS.key("email", "mario@example.com")


def test_a_key_that_is_hashed_already_stays() -> None:
    """A person copies keys out of other commands."""
    key = KEYS.key("email", "maria@example.com")
    assert KEYS.key("email", key.decode().partition(":")[2]) == key


def test_another_secret_makes_other_keys() -> None:
    assert RecordKeys(b"another secret of sixteen").key("email", "m@example.com") != KEYS.key("email", "m@example.com")
