"""Preview: what groups' results would be if members belonged to them as proposed. It reads, and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from chassis.ports import Clock, Documents
from chassis.stages.computing import Computation, Stamp, gather
from chassis.stages.results import Input, Result, Snapshot, result

P = TypeVar("P")
R = TypeVar("R")
C = TypeVar("C")

PROPOSED = 2**63 - 1
"""The version of a proposed membership, and of what belongs to it: above every version that there is."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A group as it would be: all its members, the groups merged into it, and inputs where they would be others."""

    group: str
    members: tuple[str, ...]
    absorbed: tuple[str, ...] = ()
    inputs: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Previewed:
    """The messages of the results, in the order of the proposals, and the members that nothing is known of."""

    messages: tuple[bytes, ...]
    unknown: tuple[str, ...]


class Preview(Generic[P, R, C]):
    """Computes as the stream does, from what is stored now; for one thread at a time."""

    def __init__(
        self, computation: Computation[P, R, C], *, parts: Documents, results: Documents, clock: Clock
    ) -> None:
        self._computation = computation
        self._parts = parts
        self._results = results
        self._clock = clock

    def of(self, proposals: Sequence[Proposal]) -> Previewed:
        """Return what the results would be; their versions and sequences are 0. Raises `Unavailable`."""
        documents = self._results.load({proposal.group for proposal in proposals})
        items = [
            _as_proposed(proposal, result(documents[proposal.group]) if proposal.group in documents else None)
            for proposal in proposals
        ]
        material = gather(self._computation, items, self._parts, self._results)
        now = self._clock.now()
        views = [material.view(item, now) for item in items]
        return Previewed(
            tuple(
                self._computation.announcer.state(
                    self._computation.compute(view).state, view, Stamp(view.group, 0, 0, 0, view.now)
                )
                for view in views
            ),
            tuple(member for view in views for member in view.members if member not in view.parts),
        )


def _as_proposed(proposal: Proposal, known: Result | None) -> Result:
    item = known or Result(proposal.group)
    item.accept_snapshot(Snapshot(proposal.group, PROPOSED, proposal.members, proposal.absorbed))
    for name, value in proposal.inputs.items():
        item.accept_input(Input(proposal.group, name, PROPOSED, value))
    return item
