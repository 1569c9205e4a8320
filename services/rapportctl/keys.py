"""Keys of the records that tools send: one account's interactions stay in one partition, and no key is personal."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from chassis.pseudonym import Pseudonymizer

PERSONAL_CHANNELS = frozenset({"email", "phone", "sms"})

_HASHED = re.compile(r"h_[a-z2-7]{26}")
_BETWEEN_DIGITS = re.compile(r"[\s().\-/\u2010-\u2015]+")


class RecordKeys:
    """Makes keys under the deployment's pseudonym key."""

    def __init__(self, pseudonym_key: bytes) -> None:
        self._pseudonymizer = Pseudonymizer(pseudonym_key)
        self.key = lru_cache(maxsize=65_536)(self._key)

    def _key(self, channel: str, account_id: str) -> bytes:
        """Return the key of an account's records: "channel:id", with a keyed hash for the id on a personal channel.

        Ways of writing one address or international number have one key. (`key` is this, with a memory.)
        """
        if channel in PERSONAL_CHANNELS and not _HASHED.fullmatch(account_id):
            account_id = self._pseudonymizer.hash(_one_spelling(channel, account_id))
        return f"{channel}:{account_id}".encode()


def _one_spelling(channel: str, account_id: str) -> str:
    text = unicodedata.normalize("NFKC", account_id).strip().lower()
    if channel == "email":
        return text
    digits = _BETWEEN_DIGITS.sub("", text)
    return "+" + digits[2:] if digits.startswith("00") else digits
