"""A group's result: its envelope in the store, around the state that a service computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from chassis.partitions import slot
from chassis.ports import Document

MOVES_KEPT = 20
"""Of the groups that members have left for; so many, the newest."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A group's membership, whole. The higher version wins; `merged_into` closes the group, its absence reopens it.

    `anchor` is the member that stands for the group: what is said of the group by hand is an event of that member.
    """

    group: str
    version: int
    members: tuple[str, ...]
    absorbed: tuple[str, ...] = ()
    merged_into: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """What another service says of a group, under the name of its kind. The higher version wins."""

    group: str
    name: str
    version: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Move:
    """A member of the group has left for another group."""

    group: str
    to: str


class ResultBody(msgspec.Struct, array_like=True):
    """What is kept of a group. `state` is empty until the first reconcile.

    Times in milliseconds since 1970, UTC; `due_at` 0 means never. `outbox` holds (sequence, change) not acknowledged.
    `announced_at` is the time of the state announced last. `moved_to` holds the groups that members have left for, the
    newest last.
    """

    membership_version: int = 0
    members: tuple[str, ...] = ()
    absorbed: tuple[str, ...] = ()
    merged_into: str = ""
    inputs: dict[str, tuple[int, bytes]] = msgspec.field(default_factory=dict)
    version: int = 0
    sequence: int = 0
    outbox: list[tuple[int, bytes]] = msgspec.field(default_factory=list)
    announced_membership: int = 0
    as_of: int = 0
    due_at: int = 0
    state: bytes = b""
    anchor: str = ""
    announced_at: int = 0
    moved_to: tuple[str, ...] = ()


_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(ResultBody).decode


@dataclass(slots=True)
class Result:
    """A group's result as a worker has it in hand. `stored` is the body as the store has it.

    One that `is_quiet` was computed anew and is not to be announced. `replaced` is the version that an announcement
    takes the place of, as `chassis.stages.versions` keeps it. A membership up to `erased_version` was erased.
    """

    group: str
    rev: int = 0
    generation: int = 0
    body: ResultBody = field(default_factory=ResultBody)
    message: bytes = b""
    stored: bytes = b""
    index: Mapping[str, Any] = field(default_factory=dict)
    is_quiet: bool = False
    replaced: Document | None = None
    erased_version: int = 0

    @property
    def is_known(self) -> bool:
        """Whether a membership has arrived; before, there is nothing to compute from."""
        return self.body.membership_version > 0

    @property
    def is_closed(self) -> bool:
        """Whether the group's members belong to another group now."""
        return bool(self.body.merged_into)

    @property
    def _is_erased(self) -> bool:
        return self.erased_version > 0 and not self.is_known

    def accept_snapshot(self, snapshot: Snapshot) -> None:
        """Take a membership that is newer than the known one."""
        if snapshot.version > max(self.body.membership_version, self.erased_version):
            self.body.membership_version = snapshot.version
            self.body.members = snapshot.members
            self.body.absorbed = snapshot.absorbed
            self.body.merged_into = snapshot.merged_into
            self.body.anchor = snapshot.anchor
            # All its members are with that group now: it was merged, not parted.
            self.body.moved_to = tuple(group for group in self.body.moved_to if group != snapshot.merged_into)

    def accept_input(self, value: Input) -> bool:
        """Take an input that is newer than the known one of its name; say whether it differs from that.

        One that says the same again leaves the known one with its version: nothing follows from it. A group that was
        erased takes none in.
        """
        if self._is_erased:
            return False
        known = self.body.inputs.get(value.name)
        if known is not None and (value.version <= known[0] or value.value == known[1]):
            return False
        self.body.inputs[value.name] = (value.version, value.value)
        return True

    def accept_move(self, group: str) -> None:
        """Note that a member has left for that group. Of a group that was merged away, all have: that is no news."""
        if self.is_closed or self._is_erased or group == self.group:
            return
        others = [known for known in self.body.moved_to if known != group]
        self.body.moved_to = (*others, group)[-MOVES_KEPT:]

    def begin_version(self) -> None:
        """Count the next version, as of the body's time; the one announced before becomes `replaced`."""
        body = self.body
        if self.message:
            self.replaced = {
                "_id": history_id(self.group, body.version),
                "group": self.group,
                "version": body.version,
                "at": body.announced_at,
                "message": self.message,
            }
        body.version += 1
        body.announced_at = body.as_of

    def is_changed(self) -> bool:
        """Whether it differs from what is stored."""
        return _encode(self.body) != self.stored

    def document(self, changed_at: int) -> Document:
        """The result as it is to be stored, under the revision after its own."""
        document: Document = {
            "_id": self.group,
            "rev": self.rev + 1,
            "gen": self.generation,
            "slot": slot(self.group.encode()),
            "changed_at": changed_at,
            "message": self.message,
            "body": _encode(self.body),
        }
        if self.index:
            document["index"] = dict(self.index)
        if self.body.due_at:
            document["due_at"] = self.body.due_at
        if self.body.merged_into:
            document["merged_into"] = self.body.merged_into
        return document

    def written(self) -> None:
        """It is stored now as it is in hand."""
        self.rev += 1
        self.replaced = None
        self.stored = _encode(self.body)


def result(document: Document) -> Result:
    """The result that a document holds."""
    return Result(
        document["_id"],
        document["rev"],
        document["gen"],
        _decode(document["body"]),
        document["message"],
        document["body"],
        document.get("index", {}),
    )


def history_rows(item: Result) -> Iterator[Document]:
    """The changes in the outbox as rows of a history, each with its group and sequence, and when it was computed."""
    for sequence, change in item.body.outbox:
        yield {
            "_id": history_id(item.group, sequence),
            "group": item.group,
            "sequence": sequence,
            "at": item.body.as_of,
            "message": change,
        }


def history_id(group: str, sequence: int) -> str:
    """The id of a change in a history, or of a kept version; of one group they sort by sequence, or by version."""
    return f"{group}/{sequence:012d}"
