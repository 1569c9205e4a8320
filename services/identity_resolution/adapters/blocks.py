"""Blocks as documents: one for each key, under a keyed hash of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import msgspec

from chassis.errors import Conflict
from chassis.ports import Document, Documents
from chassis.store.cache import Cache
from identity_resolution.domain.blocks import Block

ATTEMPTS = 50
"""With each of them at least one of those who write a block at the same time succeeds."""
CLOSED_BLOCKS_KEPT = 4_000


class _Body(msgspec.Struct, array_like=True):
    accounts: list[str]
    is_closed: bool


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Body).decode


class StoredBlocks:
    """The `Blocks` port over a collection. A block holds at most `most` accounts; keys are stored hashed.

    Closed blocks change only when somebody is erased: those used last are kept in memory.
    """

    def __init__(self, documents: Documents, hashed: Callable[[str], str], most: int) -> None:
        self._documents = documents
        self._hash = hashed
        self._most = most
        self._closed: Cache[Block] = Cache(CLOSED_BLOCKS_KEPT)

    def add(self, members: Mapping[str, Collection[str]]) -> dict[str, Block]:
        """Put accounts into blocks, by key; each block as it is, then.

        Raises `Conflict` where others write the same blocks without end.
        """
        ids = {self._hash(key): key for key in members}
        blocks = self._closed.take(ids.keys())
        waiting = [id_ for id_ in ids if id_ not in blocks]
        for _ in range(ATTEMPTS):
            if not waiting:
                self._closed.put_all({id_: block for id_, block in blocks.items() if block.is_closed})
                return {key: blocks[id_] for id_, key in ids.items()}
            stored = self._documents.load(waiting)
            changed: list[Document] = []
            for id_ in waiting:
                blocks[id_], rev = _block(stored.get(id_))
                if blocks[id_].add_all(members[ids[id_]], self._most):
                    changed.append(_document(id_, rev + 1, blocks[id_]))
            lost = self._documents.compare_and_set(changed) if changed else set()
            waiting = [id_ for id_ in waiting if id_ in lost]
        raise Conflict(f"{len(waiting)} blocks were written by other workers, {ATTEMPTS} times")

    def remove(self, members: Mapping[str, Collection[str]]) -> None:
        """Take accounts out of blocks, by key; a block that nobody is in any more says nothing. Raises as `add`."""
        waiting = {self._hash(key): accounts for key, accounts in members.items()}
        self._closed.take(waiting.keys())
        for _ in range(ATTEMPTS):
            if not waiting:
                return
            changed: list[Document] = []
            for id_, document in self._documents.load(waiting.keys()).items():
                block, rev = _block(document)
                if block.remove_all(waiting[id_]):
                    changed.append(_document(id_, rev + 1, block))
            lost = self._documents.compare_and_set(changed) if changed else set()
            waiting = {id_: accounts for id_, accounts in waiting.items() if id_ in lost}
        raise Conflict(f"{len(waiting)} blocks were written by other workers, {ATTEMPTS} times")


class BlocksInMemory:
    """The `Blocks` port in memory, for one process; keys as they are."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._blocks: dict[str, Block] = {}

    def add(self, members: Mapping[str, Collection[str]]) -> Mapping[str, Block]:
        """Put accounts into blocks, by key; all blocks, then."""
        blocks = self._blocks
        for key, accounts in members.items():
            block = blocks.get(key)
            if block is None:
                block = blocks[key] = Block()
            block.add_all(accounts, self._most)
        return blocks


def members(document: Document) -> list[str]:
    """The accounts of the block that a document holds."""
    return _decode(document["body"]).accounts


def _block(document: Document | None) -> tuple[Block, int]:
    if document is None:
        return Block(), 0
    body = _decode(document["body"])
    return Block(body.accounts, body.is_closed), document["rev"]


def _document(id_: str, rev: int, block: Block) -> Document:
    return {"_id": id_, "rev": rev, "body": _encode(_Body(block.accounts, block.is_closed))}
