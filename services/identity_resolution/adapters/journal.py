"""The journal: one document with the last commit, written by compare-and-set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from chassis.errors import Conflict
from chassis.ports import Document, Documents
from identity_resolution.application.ports import Commit, Held, Late, TooLargeError

KEY = "journal"
MOST_MEGABYTES = 15
"""A document holds 16 MB at most, with all that stands in it beside the commit."""


class _Body(msgspec.Struct, array_like=True):
    position: int
    latest: int
    documents: dict[str, list[dict[str, Any]]]
    erased: dict[str, list[str]] = {}
    related: list[str] = []


class _Late(msgspec.Struct, array_like=True):
    until: int
    customers: list[str]
    accounts: list[str]
    version: int = 0
    erased: dict[str, list[str]] = {}
    related: list[str] = []


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Body).decode
_decode_late = msgspec.msgpack.Decoder(list[_Late]).decode
_NONE_LATE = _encode([])


class StoredJournal:
    """The `Journal` port over a collection."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._rev = 0

    def read(self) -> Held:
        """What it holds, as the primary has it; from here on `write` expects nobody else to have written."""
        document = self._documents.load([KEY]).get(KEY)
        if document is None:
            self._rev = 0
            return Held(0, None)
        self._rev = document["rev"]
        late = [
            Late(each.until, each.customers, each.accounts, each.version, each.erased, each.related)
            for each in _decode_late(document.get("late") or _NONE_LATE)
        ]
        return Held(document["generation"], _commit(document["body"]) if document["body"] else None, late)

    def write(self, held: Held) -> None:
        """Replace what it holds; raises as `Journal` says."""
        body = _bytes(held.commit) if held.commit else b""
        if len(body) > MOST_MEGABYTES * 1_000_000:
            raise TooLargeError(f"{MOST_MEGABYTES} MB")
        document: Document = {
            "_id": KEY,
            "rev": self._rev + 1,
            "generation": held.generation,
            "position": held.commit.position if held.commit else -1,
            "body": body,
            "late": _encode([_late(each) for each in held.late]),
        }
        if self._documents.compare_and_set([document]):
            raise Conflict("the journal was written by another worker")
        self._rev += 1


def _bytes(commit: Commit) -> bytes:
    documents = {name: [*each] for name, each in commit.documents.items()}
    return _encode(_Body(commit.position, commit.latest, documents, _listed(commit.erased), [*commit.related]))


def _late(late: Late) -> _Late:
    erased = _listed(late.erased)
    return _Late(late.until, [*late.customers], [*late.accounts], late.version, erased, [*late.related])


def _listed(ids: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: [*each] for name, each in ids.items()}


def _commit(data: bytes) -> Commit:
    body = _decode(data)
    return Commit(body.position, body.latest, body.documents, body.erased, body.related)
