"""Details and blocks in the store: several writers, bounds, what is kept and under which key."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import pytest

from chassis.errors import Conflict
from chassis.memory.documents import MemoryDocuments
from chassis.ports import Document
from identity_resolution.adapters.blocks import BlocksInMemory, StoredBlocks
from identity_resolution.adapters.details import DetailsInMemory, StoredDetails
from identity_resolution.domain.blocks import Block
from identity_resolution.domain.known import TOLD_KEPT, Known, told_last
from identity_resolution.domain.matching.details import MOST_VALUES
from tests.unit.identity_resolution.neighbours import ANN, Neighbourhood, details, shown


class Interrupted(MemoryDocuments):
    """Documents between whose reading and writing somebody else does something, the first few times."""

    def __init__(self, meanwhile: Callable[[], object], times: int = 1) -> None:
        super().__init__()
        self._meanwhile, self._times = meanwhile, times

    def compare_and_set(self, documents: Collection[Document]) -> set[str]:
        if self._times:
            self._times -= 1
            self._meanwhile()
        return super().compare_and_set(documents)


def hashed(key: str) -> str:
    return f"h_{hash(key)}"


def blocks_of(documents: MemoryDocuments, most: int = 50) -> StoredBlocks:
    return StoredBlocks(documents, hashed, most)


def test_what_two_workers_add_to_an_account_at_once_is_all_kept() -> None:
    documents = Interrupted(lambda: StoredDetails(documents).show({"a": details(given_name="Ann")}))
    known = StoredDetails(documents).show({"a": details(city="Leeds"), "b": details(city="York")})
    assert known["a"].details == {"given_name": ("ann",), "city": ("leeds",)}
    assert StoredDetails(documents).load(["a", "b", "c"]) == {"a": known["a"], "b": known["b"]}


def test_what_is_told_of_pairs_is_kept_beside_details_that_come_at_once() -> None:
    documents = Interrupted(lambda: StoredDetails(documents).show({"a": details(city="Leeds")}))
    StoredDetails(documents).tell({"a": {"b": 3.5}})
    assert StoredDetails(documents).load(["a"]) == {"a": Known(details(city="Leeds"), {"b": 3.5})}


def test_of_two_workers_that_put_accounts_into_a_block_at_once_one_sees_both() -> None:
    seen: list[Any] = []
    documents = Interrupted(lambda: seen.append(blocks_of(documents).add({"key": ["a"]})["key"].seen_by("a")))
    assert blocks_of(documents).add({"key": ["b"], "other": ["b"]})["key"].seen_by("b") == ["a"]
    assert seen == [[]]


@pytest.mark.parametrize(
    "write",
    [
        lambda documents: StoredDetails(documents).show({"a": details(city="Leeds")}),
        lambda documents: blocks_of(documents).add({"key": ["a"]}),
    ],
)
def test_losing_without_end_is_a_conflict(write: Callable[[MemoryDocuments], object]) -> None:
    class Losing(MemoryDocuments):
        def compare_and_set(self, documents: Collection[Document]) -> set[str]:
            return {document["_id"] for document in documents}

    with pytest.raises(Conflict):
        write(Losing())


def test_nothing_is_written_where_nothing_changes() -> None:
    stores = MemoryDocuments(), MemoryDocuments()
    for _ in range(3):
        StoredDetails(stores[0]).show({"a": details(**ANN), "nobody": {}})
        StoredDetails(stores[0]).tell({"a": {"b": 1.0}})
        blocks_of(stores[1]).add({"key": ["a", "b"]})
    assert {key: each["rev"] for key, each in stores[0].everything().items()} == {"a": 2}
    assert [each["rev"] for each in stores[1].everything().values()] == [1]


def test_a_reader_sees_what_another_worker_has_written_since_it_read_last() -> None:
    documents = MemoryDocuments()
    reader, writer = StoredDetails(documents), StoredDetails(documents)
    writer.show({"a": details(city="Leeds")})
    assert reader.load(["a"])["a"].details == details(city="Leeds")
    writer.show({"a": details(city="York")})
    assert reader.load(["a"])["a"].details == {"city": ("leeds", "york")}


def test_what_is_unchanged_in_the_store_is_not_decoded_again() -> None:
    documents = MemoryDocuments()
    store = StoredDetails(documents)
    store.show({"a": details(**ANN)})
    assert store.load(["a"])["a"] is store.load(["a"])["a"]


@pytest.mark.parametrize("is_stored", [False, True])
def test_values_and_pairs_of_an_account_are_bounded(is_stored: bool) -> None:
    store = StoredDetails(MemoryDocuments()) if is_stored else DetailsInMemory()
    for number in range(TOLD_KEPT + 50):
        store.show({"a": details(city=f"town {chr(97 + number % 26) * 3}")})
        store.tell({"a": {f"x:{number}": 1.0}})
    known = store.load(["a"])["a"]
    assert len(known.details["city"]) == MOST_VALUES
    assert len(known.told) == TOLD_KEPT
    assert f"x:{TOLD_KEPT + 49}" in known.told


def test_what_is_told_again_counts_as_new() -> None:
    told = told_last({f"x:{number}": 1.0 for number in range(TOLD_KEPT)}, {"x:0": 2.0})
    assert "x:0" in told_last(told, {"y": 1.0})
    assert "x:1" not in told_last(told, {"y": 1.0})


@pytest.mark.parametrize("is_stored", [False, True])
def test_ten_thousand_accounts_on_one_key_fill_one_bounded_block(is_stored: bool) -> None:
    documents = MemoryDocuments()
    blocks = blocks_of(documents) if is_stored else BlocksInMemory(50)
    for start in range(0, 10_000, 500):
        accounts = [f"x:{number}" for number in range(start, start + 500)]
        block = blocks.add({"key": accounts})["key"]
        assert len(block.accounts) == 50
        assert len(block.seen_by(accounts[-1])) <= 49
    assert block.is_closed
    if is_stored:
        (stored,) = documents.everything().values()
        assert (stored["rev"], len(stored["body"]) < 1000) == (1, True)


def test_a_closed_block_is_read_once() -> None:
    loads: list[int] = []

    class Counting(MemoryDocuments):
        def load(self, ids: Collection[str], fields: tuple[str, ...] = ()) -> dict[str, Document]:
            loads.append(len(ids))
            return super().load(ids, fields)

    blocks = blocks_of(Counting(), most=2)
    for account in "abcde":
        blocks.add({"key": [account]})
    assert loads == [1, 1, 1]


def test_keys_of_blocks_are_stored_hashed() -> None:
    town = Neighbourhood(is_stored=True)
    town.observe(shown("a", ANN, "email:h_1"))
    ids = set(town.stores[1].everything())
    assert len(ids) > 3
    assert not [id_ for id_ in ids if any(word in id_ for word in ("ann", "1980", "leeds", "email", "="))]


def test_in_a_block_those_before_are_seen_and_those_after_while_it_is_open() -> None:
    block = Block()
    assert block.add_all(["a", "b", "c"], 3)
    assert [list(block.seen_by(account)) for account in "abcd"] == [["b", "c"], ["a", "c"], ["a", "b"], []]
    assert not block.add_all(["b"], 3)
    assert block.add_all(["d"], 3)
    assert [list(block.seen_by(account)) for account in "abcd"] == [[], ["a"], ["a", "b"], []]
    assert not block.add_all(["e"], 3)
