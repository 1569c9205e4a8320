"""From ids that were merged away to the customers that have their accounts now."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.ports import Document, Documents

MOST_HOPS = 1_000
"""Of `merged_into`: there is an end, and a longer way means that documents contradict each other."""


def live_documents(customers: Documents, ids: Iterable[str]) -> dict[str, Document]:
    """The documents of the live customers of ids that are known, which may have been merged away more than once."""
    reached = {id_: id_ for id_ in ids}
    live: dict[str, Document] = {}
    for _ in range(MOST_HOPS):
        if not reached:
            return live
        found = customers.load(set(reached.values()))
        known = {start: found[end] for start, end in reached.items() if end in found}
        live.update({start: end for start, end in known.items() if not end.get("merged_into")})
        reached = {start: end["merged_into"] for start, end in known.items() if end.get("merged_into")}
    raise RuntimeError(f"merged_into does not end within {MOST_HOPS} hops")
