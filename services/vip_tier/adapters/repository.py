"""Finds stored tiers, as the bytes that lookups answer with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from chassis.ports import Document, Documents

MOST_HOPS = 16
"""Merges in a row that a lookup follows. Each hop leads to an older customer; real chains have one or two."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is stored for a customer id: `message` is empty where nothing has been computed yet.

    `merged_into` is the customer that answers, where the id asked for was merged away.
    """

    message: bytes
    merged_into: str = ""


def find(results: Documents, ids: Collection[str]) -> dict[str, Found]:
    """Return what is stored for those of the ids that are known; a merged-away id has its survivor's message.

    One read for all, and one more for each hop of the longest chain of merges.
    """
    asked = {customer: customer for customer in ids}
    found: dict[str, Found] = {}
    for _ in range(MOST_HOPS + 1):
        documents = results.load(set(asked.values()))
        following: dict[str, str] = {}
        for customer, at in asked.items():
            document = documents.get(at)
            if document is not None and document.get("merged_into"):
                following[customer] = document["merged_into"]
            elif document is not None or at != customer:
                found[customer] = _found(customer, at, document)
        if not following:
            break
        asked = following
    return found


def _found(customer: str, at: str, document: Document | None) -> Found:
    message = document["message"] if document is not None else b""
    return Found(message, at if at != customer else "")
