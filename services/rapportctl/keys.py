"""Keys of the records that tools send: one account's interactions stay in one partition, and no key is personal."""

from __future__ import annotations

from chassis.pseudonym import Pseudonymizer

PERSONAL_CHANNELS = frozenset({"email", "phone", "sms"})


class RecordKeys:
    """Makes keys under the deployment's pseudonym key."""

    def __init__(self, pseudonym_key: bytes) -> None:
        self._pseudonymizer = Pseudonymizer(pseudonym_key)

    def key(self, channel: str, account_id: str) -> bytes:
        """The key of an account's records: "channel:id", with a keyed hash for the id on a personal channel."""
        if channel in PERSONAL_CHANNELS:
            account_id = self._pseudonymizer.hash(account_id.strip().lower())
        return f"{channel}:{account_id}".encode()
