"""How the collections that services have in common are looked through for a person, and told as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from google.protobuf.message import Message

from chassis.ports import Document, Documents, Query
from chassis.stages.parts import Codec, PartCodec
from chassis.stages.results import ResultBody, result
from wire.holdings import Kept, Whose
from wire.plain import Plain, plain

P = TypeVar("P")

PAGE = 200
"""Documents in memory at a time that are found by their ids: a busy account's may have a hundred kilobytes."""
ROWS_ON_A_PAGE = 1_000
"""Of those that are found by a field: of timelines, a few hundred bytes each, as a rule."""
_LAST_TEXT = "\U0010ffff"
_LAST_NUMBER = 2**62

Keys = Callable[[Whose], Sequence[str]]
Found = Callable[[Whose], Iterator[Document]]


def of_accounts(whose: Whose) -> Sequence[str]:
    """What documents of accounts are found by."""
    return whose.accounts


def of_customers(whose: Whose) -> Sequence[str]:
    """What documents of customers are found by."""
    return whose.customers


def by_id(documents: Documents, keys: Keys) -> Found:
    """Find documents whose `_id` is one of the keys."""
    return lambda whose: loaded(documents, keys(whose))


def loaded(documents: Documents, ids: Sequence[str]) -> Iterator[Document]:
    """The documents that exist among the ids, a page at a time. Raises `Unavailable`."""
    for start in range(0, len(ids), PAGE):
        yield from documents.load(ids[start : start + PAGE]).values()


def by_field(documents: Documents, field: str, order: str, keys: Keys, *, is_number: bool = False) -> Found:
    """Find documents with one of the keys in a field.

    `order` is a field that differs between those of a key: a text, or (`is_number`) a whole number from 0 on. A
    collection has an index that begins with the two, or few documents of a key.
    """
    first, last = (0, _LAST_NUMBER) if is_number else ("", _LAST_TEXT)

    def found(whose: Whose) -> Iterator[Document]:
        for key in keys(whose):
            low: Any = first
            while True:
                query = Query(equals={field: key}, between=(order, low, last), order_by=(order,), limit=ROWS_ON_A_PAGE)
                page = documents.find(query)
                yield from page
                if len(page) < ROWS_ON_A_PAGE:
                    break
                low = page[-1][order] + 1 if is_number else f"{page[-1][order]}\0"

    return found


def rows(
    collection: str, meaning: str, found: Found, reads: Mapping[str, Callable[[Document], Any]] | None = None
) -> Kept:
    """A collection of flat documents; `reads` says what stands in fields that hold bytes."""
    readers = dict(reads or {})

    def told(document: Document, _: Whose) -> Plain:
        return {
            name: plain(readers[name](document) if name in readers else value)
            for name, value in document.items()
            if name != "_id"
        }

    return Kept(collection, meaning, found, told)


def field_as(name: str, kind: type[Message]) -> Mapping[str, Callable[[Document], Message]]:
    """Read a field that holds the bytes of a message."""
    return {name: lambda document: kind.FromString(document[name])}


def parts(collection: str, meaning: str, documents: Documents, codec: PartCodec[P]) -> Kept:
    """The personas of a service, in the envelope of chassis.stages.parts."""
    return Kept(collection, meaning, by_id(documents, of_accounts), lambda each, _: plain(codec.part(each)))


def results(
    collection: str,
    meaning: str,
    documents: Documents,
    *,
    state: Codec[Any],
    message: type[Message],
    inputs: Mapping[str, Codec[Any]],
    change: type[Message] | None = None,
) -> Kept:
    """The results of a service, in the envelope of chassis.stages.results, with what its states and messages are.

    `inputs` are the codecs of what other services say, by name; `change` is what stands in the outbox.
    """

    def body(stored: ResultBody) -> Plain:
        told = {name: getattr(stored, name) for name in stored.__struct_fields__}
        told["state"] = state.decode(stored.state) if stored.state else None
        told["inputs"] = {
            name: {"version": version, "value": inputs[name].decode(value) if value else None}
            for name, (version, value) in stored.inputs.items()
        }
        told["outbox"] = [
            {"sequence": sequence, "change": change.FromString(value) if change else None}
            for sequence, value in stored.outbox
        ]
        return plain(told)

    def told(document: Document, _: Whose) -> Plain:
        item = result(document)
        published = plain(message.FromString(item.message)) if item.message else None
        return {"published": published, "stored": body(item.body), "index": plain(item.index)}

    return Kept(collection, meaning, by_id(documents, of_customers), told)
