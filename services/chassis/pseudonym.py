"""Keyed hashes that stand for personal values: equal values meet, and without the key nobody can try values out."""

from __future__ import annotations

import hmac
from base64 import b32encode
from functools import lru_cache

PREFIX = "h_"
LENGTH = 26


class Pseudonymizer:
    """Hashes values under one key; safe for threads. Raises ValueError for an empty key."""

    def __init__(self, key: bytes, remembered: int = 65_536) -> None:
        if not key:
            raise ValueError("the key of the pseudonyms is empty")

        def hashed(value: str) -> str:
            digest = hmac.digest(key, value.encode(), "sha256")
            return PREFIX + b32encode(digest[:20])[:LENGTH].decode("ascii").lower()

        self._hash = lru_cache(maxsize=remembered)(hashed)

    def hash(self, value: str) -> str:
        """Return `h_` and 26 base32 characters in lower case: 130 bits of HMAC-SHA-256 of the value in UTF-8.

        The value is to be normalised before: two spellings have two hashes.
        """
        return self._hash(value)
