"""A member's part: its envelope in the store, around the state that a service folds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import msgspec

from chassis.partitions import slot
from chassis.ports import Document

S = TypeVar("S")


class Codec(Protocol[S]):
    """Turns a state into bytes and back; equal states give equal bytes."""

    def encode(self, state: S) -> bytes:
        """Bytes that `decode` turns into an equal state."""

    def decode(self, data: bytes) -> S:
        """The state; fields that the bytes lack have their defaults."""


@dataclass(slots=True)
class Part(Generic[S]):
    """All that one service keeps of one member.

    `fences` holds the highest position applied, per source partition; `holes` the positions below a fence that became
    dead letters and may still be replayed; `left` the groups that the member has left and that do not know it yet.
    What happened up to `erased_at`, in milliseconds since 1970, was erased: 0 where nothing was.
    """

    member: str
    state: S
    rev: int = 0
    group: str = ""
    group_version: int = 0
    left: list[str] = field(default_factory=list)
    fences: dict[str, int] = field(default_factory=dict)
    holes: list[tuple[str, int]] = field(default_factory=list)
    holes_forgotten: int = 0
    erased_at: int = 0

    def is_applied(self, source: str, position: int) -> bool:
        """Whether this position, or a later one of the same source, has been applied or given up."""
        return position <= self.fences.get(source, -1)


class _Envelope(msgspec.Struct, array_like=True):
    group_version: int
    left: list[str]
    fences: dict[str, int]
    holes: list[tuple[str, int]]
    holes_forgotten: int
    state: bytes
    erased_at: int = 0


_encode = msgspec.msgpack.Encoder(order="deterministic").encode
_decode = msgspec.msgpack.Decoder(_Envelope).decode


class PartCodec(Generic[S]):
    """Turns a part into a flat document {_id, rev, group, body} and back.

    With `rules`, which tells by which rules a state was computed, also {slot, rules}: by these the parts are found that
    others than the rules in force were used for.
    """

    def __init__(self, codec: Codec[S], new: Callable[[], S], rules: Callable[[S], str] | None = None) -> None:
        self._codec = codec
        self._new = new
        self._rules = rules

    def new(self, member: str) -> Part[S]:
        """The part of a member that nothing is known of yet."""
        return Part(member, self._new())

    def document(self, part: Part[S]) -> Document:
        """The part as it is to be stored, under the revision after the part's own."""
        body = _Envelope(
            part.group_version,
            part.left,
            part.fences,
            part.holes,
            part.holes_forgotten,
            self._codec.encode(part.state),
            part.erased_at,
        )
        document: Document = {"_id": part.member, "rev": part.rev + 1, "group": part.group, "body": _encode(body)}
        if self._rules is not None:
            document["slot"] = slot(part.member.encode())
            document["rules"] = self._rules(part.state)
        return document

    def part(self, document: Document) -> Part[S]:
        """The part that a document holds."""
        body = _decode(document["body"])
        return Part(
            document["_id"],
            self._codec.decode(body.state),
            document["rev"],
            document["group"],
            body.group_version,
            body.left,
            body.fences,
            body.holes,
            body.holes_forgotten,
            body.erased_at,
        )

    def state(self, document: Document) -> S:
        """Only the state that a document holds; cheaper than the whole part."""
        return self._codec.decode(_decode(document["body"]).state)


def version_of(document: Document) -> int:
    """The version of the assignment that a part's document has; cheaper than the whole part."""
    return _decode(document["body"]).group_version
