"""What both adapters of documents hold a call to, and how they order what they find."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from chassis.ports import Document, Query

_MISSING_FIRST = (0, 0)


def require_distinct(documents: Collection[Document]) -> None:
    """Raise ValueError where two documents of one compare-and-set have the same `_id`, or one has no `rev` above 0."""
    if len({document["_id"] for document in documents}) != len(documents):
        raise ValueError("two documents of one compare-and-set have the same _id")
    if any(document["rev"] < 1 for document in documents):
        raise ValueError("a document to be written has a rev of 1 or higher")


def require_limit(query: Query) -> None:
    """Raise ValueError for a limit below 1, which stores read in different ways."""
    if query.limit < 1:
        raise ValueError(f"limit must be 1 or higher, not {query.limit}")


def in_order(documents: list[Document], query: Query) -> list[Document]:
    """Sort the documents as the query asks; a missing value sorts before every other, as MongoDB does it."""
    if not query.order_by:
        return documents

    def sort_key(document: Document) -> tuple[tuple[int, Any], ...]:
        values = (value_at(document, name) for name in query.order_by)
        return tuple(_MISSING_FIRST if value is None else (1, value) for value in values)

    return sorted(documents, key=sort_key, reverse=query.descending)


def value_at(document: Document, path: str) -> Any:  # noqa: ANN401 - a document holds anything
    """Return what the document holds at the dotted path, or None."""
    value: Any = document
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
