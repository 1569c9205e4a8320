"""Finds customers' records, also under ids that were merged away."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from chassis.ports import Document, Documents
from chassis.stages.results import result

# Each hop is a read. A chain grows with every merge into a customer who is then merged, and few are three long.
MOST_HOPS = 16


@dataclass(frozen=True, slots=True)
class Found:
    """What is known under an id: the customer who answers for it now, and the stored message of that customer's record.

    The message is empty where nothing has been computed for the customer yet.
    """

    customer: str
    message: bytes
    document: Document | None = None

    def accounts(self) -> tuple[str, ...]:
        """Return the customer's accounts."""
        return result(self.document).body.members if self.document else ()


class Records:
    """The records of customers. For any number of threads."""

    def __init__(self, results: Documents) -> None:
        self._results = results

    def find(self, ids: Collection[str]) -> dict[str, Found]:
        """Return what is known under each of the ids; those that nothing is known of are left out.

        Takes one read, and one more for each hop of the longest chain of merges. Raises `Unavailable`.
        """
        documents: dict[str, Document | None] = {}
        answering = {id_: id_ for id_ in ids}
        for _ in range(MOST_HOPS):
            wanted = set(answering.values()) - documents.keys()
            if not wanted:
                break
            loaded = self._results.load(wanted)
            documents.update((customer, loaded.get(customer)) for customer in wanted)
            for id_, customer in answering.items():
                document = documents[customer]
                if document is not None:
                    answering[id_] = document.get("merged_into", customer)
        found = {id_: _found(customer, documents.get(customer)) for id_, customer in answering.items()}
        return {id_: each for id_, each in found.items() if documents[id_] is not None}


def _found(customer: str, document: Document | None) -> Found:
    if document is None or "merged_into" in document:
        return Found(customer, b"")
    return Found(customer, document["message"], document)
