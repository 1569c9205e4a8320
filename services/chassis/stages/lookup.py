"""Finding groups' results, also under the ids of groups that were merged away."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from chassis.ports import Document, Documents
from chassis.stages.results import result

# Each hop is a read. A chain grows with every merge into a group that is then merged itself; few are three long.
MOST_HOPS = 16
MESSAGE_FIELDS = ("message", "merged_into")


@dataclass(frozen=True, slots=True)
class Found:
    """What is known under an id: the group that answers for it now, and the message stored of that group.

    The message is empty where nothing has been computed for the group yet.
    """

    group: str
    message: bytes
    document: Document | None = None

    def anchor(self) -> str:
        """The member that stands for the group; empty where it is not known."""
        return result(self.document).body.anchor if self.document else ""

    def version(self) -> int:
        """The version of the message; 0 where there is none."""
        return result(self.document).body.version if self.document else 0

    def members(self) -> tuple[str, ...]:
        """The group's members."""
        return result(self.document).body.members if self.document else ()


def find(results: Documents, ids: Collection[str]) -> dict[str, Found]:
    """What is known under each of the ids; those that nothing is known of are left out.

    Takes one read, and one more for each hop of the longest chain of merges. Raises `Unavailable`.
    """
    return _find(results, ids, ())


def find_messages(results: Documents, ids: Collection[str]) -> dict[str, Found]:
    """As `find`, and quicker, where only messages are wanted: members, version and anchor are not told."""
    return _find(results, ids, MESSAGE_FIELDS)


def _find(results: Documents, ids: Collection[str], fields: tuple[str, ...]) -> dict[str, Found]:
    documents: dict[str, Document | None] = {}
    answering = {id_: id_ for id_ in ids}
    for _ in range(MOST_HOPS):
        wanted = set(answering.values()) - documents.keys()
        if not wanted:
            break
        loaded = results.load(wanted, fields)
        documents.update((group, loaded.get(group)) for group in wanted)
        for id_, group in answering.items():
            document = documents[group]
            if document is not None:
                answering[id_] = document.get("merged_into", group)
    return {
        id_: _found(group, documents.get(group), is_whole=not fields)
        for id_, group in answering.items()
        if documents[id_] is not None
    }


def _found(group: str, document: Document | None, *, is_whole: bool) -> Found:
    if document is None or "merged_into" in document:
        return Found(group, b"")
    return Found(group, document["message"], document if is_whole else None)
