"""Which dead letters are whose, so that a person's can be erased: by keyed hashes, beside the topic."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from chassis.ports import Document, Documents, Query

LETTERS = "letters"
"""The collection, in every service."""
KEPT = timedelta(days=90)
"""As long as the topics of dead letters keep them."""
PAGE = 1_000


class LetterIndex:
    """The collection {_id: key of the letter, hash: of whom it tells, expires_at}."""

    def __init__(self, documents: Documents, hashed: Callable[[str], str]) -> None:
        self._documents = documents
        self._hash = hashed

    def add(self, subjects: Mapping[str, str], now: datetime) -> None:
        """Note of letters, by key, of whom they tell. Raises `Unavailable`."""
        rows: list[Document] = [
            {"_id": letter, "hash": self._hash(subject), "expires_at": now + KEPT}
            for letter, subject in subjects.items()
        ]
        if rows:
            self._documents.insert_new(rows)

    def of(self, subjects: Iterable[str]) -> Iterator[list[str]]:
        """The keys of the letters that tell of these, a page at a time. Each is to be forgotten before the next."""
        hashes = sorted({self._hash(subject) for subject in subjects})
        while page := self._documents.find(Query(is_in={"hash": hashes}, limit=PAGE)) if hashes else []:
            yield [document["_id"] for document in page]

    def forget(self, letters: Collection[str]) -> None:
        """Note nothing of these letters. Raises `Unavailable`."""
        self._documents.delete(letters)
