"""Accounts as documents: what admission remembers, in one binary field."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from chassis.errors import Conflict
from chassis.ports import Document, Documents
from identity_resolution.domain.account import Account

ATTEMPTS = 50
"""With each of them at least one of those who write the same account at the same time succeeds."""


class _Body(msgspec.Struct, array_like=True):
    """Parallel lists instead of a mapping: the order is what is forgotten first, and must survive.

    Documents that were written before there were details lack the last ones.
    """

    event_ids: list[str]
    origins: list[int]
    identifiers: list[str]
    is_announced: bool
    counted: dict[int, int]
    repeats: int
    ignored_values: int
    details: list[int] = []
    told: dict[str, float] = {}


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Body).decode


class StoredAccounts:
    """The `Accounts` port over a collection."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def load(self, keys: Collection[str]) -> dict[str, Account]:
        """Each account among the keys, new ones included."""
        found = self._documents.load(keys)
        return {key: account(found[key]) if key in found else Account(key) for key in keys}

    def save(self, accounts: Collection[Account]) -> int:
        """Write each unless somebody else wrote it since it was loaded; returns how many were refused."""
        lost = self._documents.compare_and_set([document(each) for each in accounts])
        for each in accounts:
            each.rev += 1
        return len(lost)

    def untell(self, named: Mapping[str, Collection[str]]) -> None:
        """Forget, by account, that evidence of it told how alike it is to these others.

        Whoever has one of the accounts in hand loses its next write, and reads it again. Raises `Conflict` where others
        write them without end.
        """
        waiting: Collection[str] = named.keys()
        for _ in range(ATTEMPTS):
            found = self._documents.load(waiting) if waiting else {}
            changed = [each for key, stored in found.items() if (each := _untold(stored, named[key]))]
            waiting = self._documents.compare_and_set(changed) if changed else ()
            if not waiting:
                return
        raise Conflict(f"{len(waiting)} accounts were written by other workers, {ATTEMPTS} times")

    def forget(self, keys: Collection[str]) -> None:
        """Remember nothing of these accounts."""
        self._documents.delete(keys)


def _untold(found: Document, others: Collection[str]) -> Document | None:
    """The account as it is to be stored, with nothing told of these others; None where nothing was."""
    known = account(found)
    told = {other: weight for other, weight in known.told.items() if other not in others}
    if len(told) == len(known.told):
        return None
    known.told = told
    return document(known)


def document(account: Account) -> Document:
    """The account as it is to be stored, under the revision after its own."""
    body = _Body(
        list(account.seen),
        list(account.seen.values()),
        list(account.shown),
        account.is_announced,
        account.counted,
        account.repeats,
        account.ignored_values,
        list(account.details),
        dict(account.told),
    )
    return {"_id": account.key, "rev": account.rev + 1, "body": _encode(body)}


def account(document: Document) -> Account:
    """The account that a document holds."""
    body = _decode(document["body"])
    return Account(
        document["_id"],
        document["rev"],
        dict(zip(body.event_ids, body.origins, strict=True)),
        dict.fromkeys(body.identifiers),
        body.is_announced,
        body.counted,
        body.repeats,
        body.ignored_values,
        dict.fromkeys(body.details),
        body.told,
    )
