"""Writes what decisions change: again and again, in whatever order, it ends in the same documents."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum, auto

from chassis.ports import Document, Documents
from identity_resolution.adapters import collections
from identity_resolution.application.ports import Commit
from identity_resolution.domain.review import BY_RULES


class _Way(Enum):
    """How a document is written: the first two do what the last one does, but for what is said of each."""

    ONCE = auto()
    """If there is none. What rules saw in passing is written once: of what a person has ended they make no new one."""
    FIRST = auto()
    """As there is likely none: that is quicker."""
    NEWER = auto()
    """If what is stored is older."""


def write(stores: Mapping[str, Documents], commit: Commit) -> None:
    """Write the commit's documents where what is stored is older, each before those that name it.

    Outcomes come last: whoever waits for one finds all that it led to.
    """
    born = {each["birth_id"] for each in commit.memberships if not each["previous"]}
    for name in collections.DECIDED:
        store = stores[name]
        if name == collections.OUTCOMES:
            delete(stores, commit.erased, commit.version)
        calls = {_Way.ONCE: store.insert_new, _Way.FIRST: store.put_first, _Way.NEWER: store.put_newer}
        documents: dict[_Way, list[Document]] = {way: [] for way in _Way}
        for document in commit.documents.get(name, ()):
            documents[_way(name, document, born)].append(document)
        for way, call in calls.items():
            if documents[way]:
                call(documents[way])


def delete(stores: Mapping[str, Documents], erased: Mapping[str, Collection[str]], version: int) -> None:
    """Remove what an erasure of that version removes, by collection: of what has come up anew since, nothing."""
    for name, ids in erased.items():
        stored = stores[name].load(ids)
        stores[name].delete([id_ for id_, document in stored.items() if document["version"] < version])


def _way(collection: str, document: Document, born: Collection[str]) -> _Way:
    """How to write a document. `born` are the birth ids of new accounts."""
    match collection:
        case collections.CUSTOMERS:
            is_new = document["_id"] in born
        case collections.MEMBERSHIPS:
            is_new = not document["previous"]
        case collections.IDENTIFIERS:
            is_new = len(document["accounts"]) == 1
        case collections.RELATIONSHIPS if document["owner"] == BY_RULES and not document["is_over"]:
            return _Way.ONCE
        case _:
            is_new = True
    return _Way.FIRST if is_new else _Way.NEWER
