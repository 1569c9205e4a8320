"""What a group's result follows from, and what a service makes of it: in the stream, and in a preview."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from chassis.clock import moment
from chassis.ports import Documents
from chassis.records import Message
from chassis.stages.parts import Codec, PartCodec
from chassis.stages.results import Result, result

P = TypeVar("P")
R = TypeVar("R")
C = TypeVar("C")
C_contra = TypeVar("C_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class View(Generic[P, R]):
    """All that a result follows from. `parts` lacks the members that nothing is known of yet.

    `inputs` are (version, value) by name; `absorbed_groups` were merged into this one, and `absorbed` are the states of
    those that have one, where wanted; `previous` is the state computed last, if any; `now` never runs backwards for a
    group. `moved_to` are groups that members have left this one for, the newest last; it may have them back by now.
    """

    group: str
    members: tuple[str, ...]
    absorbed_groups: tuple[str, ...]
    parts: Mapping[str, P]
    inputs: Mapping[str, tuple[int, bytes]]
    absorbed: Mapping[str, R]
    previous: R | None
    membership_version: int
    now: datetime
    moved_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome(Generic[R, C]):
    """What was computed: the state, the changes to announce in order, and when the clock alone would change it.

    A state that is no news is stored and not announced: look-ups and the level topic keep the one announced last.
    `index` holds what results are queried by, as `index.<name>` in their documents.
    """

    state: R
    changes: tuple[C, ...] = ()
    due_at: datetime | None = None
    is_news: bool = True
    index: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the envelope knows of a state or change that is about to be announced."""

    group: str
    version: int
    sequence: int
    membership_version: int
    at: datetime


class Announcer(Protocol[R, C_contra]):
    """Turns what was computed into the messages that the world sees."""

    def state(self, state: R, view: View[Any, R], stamp: Stamp) -> bytes:
        """The value of the level topic; also what lookups answer with."""

    def closed(self, merged_into: str, stamp: Stamp) -> bytes:
        """The last value of a group whose members belong to another."""

    def change(self, change: C_contra, stamp: Stamp) -> bytes:
        """One change, under its sequence."""

    def messages(self, stamp: Stamp, value: bytes, *, is_change: bool) -> Message:
        """The record that carries a value made above: topic, key and headers."""


@dataclass(frozen=True, slots=True)
class Computation(Generic[P, R, C]):
    """How a service comes to its results: a pure function, the forms of states in the store, and the messages.

    `wants_absorbed` says whether the function looks at the states of the groups that were merged into one. For one
    thread at a time, as codecs are.
    """

    compute: Callable[[View[P, R]], Outcome[R, C]]
    announcer: Announcer[R, C]
    part_codec: PartCodec[P]
    codec: Codec[R]
    wants_absorbed: bool = False


@dataclass(frozen=True, slots=True)
class Material(Generic[P, R]):
    """What is stored of some groups' members, and of the groups merged into them: enough to view each of the groups."""

    codec: Codec[R]
    parts: Mapping[str, P]
    absorbed: Mapping[str, R]

    def view(self, item: Result, now: datetime) -> View[P, R]:
        """Return all that the group's next result follows from."""
        body = item.body
        return View(
            group=item.group,
            members=body.members,
            absorbed_groups=body.absorbed,
            parts={member: self.parts[member] for member in body.members if member in self.parts},
            inputs=body.inputs,
            absorbed={group: self.absorbed[group] for group in body.absorbed if group in self.absorbed},
            previous=self.codec.decode(body.state) if body.state else None,
            membership_version=body.membership_version,
            now=max(now, moment(body.as_of)),
            moved_to=body.moved_to,
        )


def gather(
    computation: Computation[P, R, C], items: Sequence[Result], parts: Documents, results: Documents
) -> Material[P, R]:
    """Load what the groups' results follow from; results come before parts. Raises `Unavailable`."""
    absorbed = _absorbed(computation.codec, items, results) if computation.wants_absorbed else {}
    documents = parts.load({member for item in items for member in item.body.members})
    states = {member: computation.part_codec.state(document) for member, document in documents.items()}
    return Material(computation.codec, states, absorbed)


def _absorbed(codec: Codec[R], items: Sequence[Result], results: Documents) -> dict[str, R]:
    documents = results.load({group for item in items for group in item.body.absorbed})
    states = {group: result(document).body.state for group, document in documents.items()}
    return {group: codec.decode(state) for group, state in states.items() if state}
