"""What the `Documents` and `Counter` ports promise, for the adapter in memory and the one over a real store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from chassis.memory.documents import MemoryCounter, MemoryDocuments
from chassis.ports import Counter, Document, Documents, Query
from chassis.store.connection import Store, connect
from chassis.store.mongo import MongoCounter, MongoDocuments

READ_CHUNK = 7  # so that a handful of keys takes several reads

kinds = pytest.mark.parametrize("kind", ["memory", pytest.param("mongo", marks=pytest.mark.integration)])


@pytest.fixture
def mongo(request: pytest.FixtureRequest, kind: str) -> Iterator[Store | None]:
    if kind == "memory":
        yield None
        return
    store = connect(
        request.getfixturevalue("store").url, request.getfixturevalue("database_prefix") + "contract", "contract"
    )
    yield store
    store.database.client.drop_database(store.database.name)
    store.close()


@pytest.fixture
def make(mongo: Store | None) -> Callable[[], Documents]:
    """Make an empty collection."""
    numbers = iter(range(1_000_000))

    def new() -> Documents:
        return MemoryDocuments() if mongo is None else MongoDocuments(mongo.collection(f"c{next(numbers)}"), READ_CHUNK)

    return new


@pytest.fixture
def documents(make: Callable[[], Documents]) -> Documents:
    return make()


@pytest.fixture
def counters(mongo: Store | None) -> Callable[[], Counter]:
    """Make what another process would have: a counter over the same number."""
    if mongo is None:
        one = MemoryCounter()
        return lambda: one
    return lambda: MongoCounter(mongo.collection("counters"), "one")


def by_id(*documents: Document) -> dict[str, Document]:
    return {document["_id"]: document for document in documents}


@kinds
class TestLoad:
    def test_what_does_not_exist_is_left_out(self, documents: Documents) -> None:
        documents.insert_new([{"_id": "a", "n": 1}])
        assert documents.load(["a", "b"]) == by_id({"_id": "a", "n": 1})
        assert documents.load([]) == {}

    def test_only_the_fields_asked_for_are_loaded(self, documents: Documents) -> None:
        """With the `_id`, and without those that a document lacks; of few keys, of many, and of none that exist."""
        documents.compare_and_set([{"_id": f"k{number}", "rev": 1, "a": number, "b": "x"} for number in range(50)])
        documents.compare_and_set([{"_id": "bare", "rev": 1}])
        assert documents.load(["k7", "bare", "nobody"], ("a",)) == {
            "k7": {"_id": "k7", "a": 7},
            "bare": {"_id": "bare"},
        }
        assert documents.load(["k3"], ("b", "a")) == {"k3": {"_id": "k3", "a": 3, "b": "x"}}
        assert documents.load(["nobody"], ("a",)) == {}
        assert documents.load([], ("a",)) == {}
        many = documents.load([f"k{number}" for number in range(60)], ("a",))
        assert many == {f"k{number}": {"_id": f"k{number}", "a": number} for number in range(50)}

    def test_fields_that_do_not_fit_into_one_reply_are_loaded_all_the_same(self, documents: Documents) -> None:
        """A reply of a store holds 16 MB; what is asked for may be more."""
        large = {f"k{number}": b"x" * 4_000_000 for number in range(6)}
        documents.insert_new([{"_id": key, "value": value} for key, value in large.items()])
        found = documents.load(list(large), ("value",))
        assert {key: document["value"] for key, document in found.items()} == large

    def test_more_keys_than_one_read_takes_are_all_found(self, documents: Documents) -> None:
        stored: list[Document] = [{"_id": f"k{number}", "n": number} for number in range(3 * READ_CHUNK + 1)]
        documents.insert_new(stored)
        assert documents.load([document["_id"] for document in stored]) == by_id(*stored)

    def test_values_come_back_as_a_store_keeps_them(self, documents: Documents) -> None:
        time = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
        documents.insert_new(
            [{"_id": "a", "bytes": b"\x00\xff", "big": 2**62, "list": (1, "x", None), "map": {"x": 1.5}, "time": time}]
        )
        expected = {
            "_id": "a",
            "bytes": b"\x00\xff",
            "big": 2**62,
            "list": [1, "x", None],
            "map": {"x": 1.5},
            "time": time.replace(microsecond=678000),
        }
        assert documents.load(["a"]) == by_id(expected)

    def test_nothing_is_shared_with_the_caller(self, documents: Documents) -> None:
        given: Document = {"_id": "a", "list": [1]}
        documents.insert_new([given])
        given["list"].append(2)
        documents.load(["a"])["a"]["list"].append(3)
        assert documents.load(["a"])["a"]["list"] == [1]


@kinds
class TestCompareAndSet:
    def test_the_first_revision_wins_where_nothing_is_stored(self, documents: Documents) -> None:
        assert documents.compare_and_set([{"_id": "a", "rev": 1}]) == set()
        assert documents.load(["a"]) == by_id({"_id": "a", "rev": 1})

    def test_the_next_revision_wins_and_all_others_lose(self, documents: Documents) -> None:
        documents.insert_new([{"_id": name, "rev": 3, "by": "before"} for name in "abcd"])
        revisions = {"a": 4, "b": 3, "c": 5, "d": 1}
        lost = documents.compare_and_set([{"_id": key, "rev": rev, "by": "me"} for key, rev in revisions.items()])
        assert lost == {"b", "c", "d"}
        assert {key: each["by"] for key, each in documents.load("abcd").items()} == {
            "a": "me", "b": "before", "c": "before", "d": "before",
        }  # fmt: skip

    def test_a_repeated_call_loses_what_it_had_won(self, documents: Documents) -> None:
        batch = [{"_id": "a", "rev": 1}, {"_id": "b", "rev": 1}]
        assert documents.compare_and_set(batch) == set()
        assert documents.compare_and_set(batch) == {"a", "b"}

    def test_a_later_revision_loses_where_nothing_is_stored_and_brings_nothing_back(self, documents: Documents) -> None:
        assert documents.compare_and_set([{"_id": "a", "rev": 1}, {"_id": "gone", "rev": 7}]) == {"gone"}
        assert set(documents.load(["a", "gone"])) == {"a"}

    def test_the_whole_document_is_replaced(self, documents: Documents) -> None:
        documents.compare_and_set([{"_id": "a", "rev": 1, "old": True}])
        documents.compare_and_set([{"_id": "a", "rev": 2, "new": True}])
        assert documents.load(["a"]) == by_id({"_id": "a", "rev": 2, "new": True})

    def test_one_document_twice_in_a_call_is_a_mistake(self, documents: Documents) -> None:
        with pytest.raises(ValueError, match="same _id"):
            documents.compare_and_set([{"_id": "a", "rev": 1}, {"_id": "a", "rev": 2}])

    def test_a_revision_below_one_is_a_mistake(self, documents: Documents) -> None:
        with pytest.raises(ValueError, match="rev of 1 or higher"):
            documents.compare_and_set([{"_id": "a", "rev": 0}])

    def test_a_batch_of_many_or_of_large_documents_is_written_whole(self, documents: Documents) -> None:
        many: list[Document] = [{"_id": f"m{number}", "rev": 1} for number in range(2_500)]
        large: list[Document] = [{"_id": f"l{number}", "rev": 1, "body": b"x" * 3_000_000} for number in range(7)]
        assert documents.compare_and_set([*many, *large]) == set()
        lost = documents.compare_and_set([{**document, "rev": 2} for document in many[:-1]] + [many[-1]])
        assert lost == {many[-1]["_id"]}
        assert len(documents.load([document["_id"] for document in large])) == 7

    def test_of_racing_writers_each_revision_has_one_winner(self, documents: Documents) -> None:
        names, writers, rounds = [f"k{number}" for number in range(5)], 4, 10

        def add() -> None:
            left = dict.fromkeys(names, rounds)
            while left:
                stored = documents.load(list(left))
                wanted = [
                    {"_id": name, "rev": stored[name]["rev"] + 1, "sum": stored[name]["sum"] + 1}
                    if name in stored
                    else {"_id": name, "rev": 1, "sum": 1}
                    for name in left
                ]
                lost = documents.compare_and_set(wanted)
                left = {name: count - (name not in lost) for name, count in left.items()}
                left = {name: count for name, count in left.items() if count}

        at_once(writers, add)
        assert {each["sum"] for each in documents.load(names).values()} == {writers * rounds}


Put = Callable[[Documents], Callable[[list[Document]], None]]

PUTS: list[Put] = [
    lambda documents: documents.put_newer,
    lambda documents: documents.put_first,
]
"""Two that promise the same."""


@kinds
@pytest.mark.parametrize("put", PUTS, ids=["put_newer", "put_first"])
class TestPutNewer:
    def test_only_a_higher_version_replaces(self, documents: Documents, put: Put) -> None:
        put(documents)([{"_id": "a", "version": 5, "by": 1}])
        for version in (4, 5):
            put(documents)([{"_id": "a", "version": version, "by": 2}])
        assert documents.load(["a"])["a"]["by"] == 1
        put(documents)([{"_id": "a", "version": 6, "by": 3}])
        assert documents.load(["a"])["a"]["by"] == 3

    def test_a_stored_document_without_a_version_is_older_than_any(self, documents: Documents, put: Put) -> None:
        documents.insert_new([{"_id": "a"}])
        put(documents)([{"_id": "a", "version": 0}])
        assert documents.load(["a"]) == by_id({"_id": "a", "version": 0})

    def test_new_and_known_documents_may_be_in_one_call(self, documents: Documents, put: Put) -> None:
        documents.insert_new([{"_id": "a", "version": 1}, {"_id": "b", "version": 9}])
        put(documents)([{"_id": name, "version": 5} for name in "abc"])
        assert {key: each["version"] for key, each in documents.load("abc").items()} == {"a": 5, "b": 9, "c": 5}

    def test_of_racing_first_writes_the_highest_version_stays(self, documents: Documents, put: Put) -> None:
        names, writers = [f"k{number}" for number in range(60)], 6
        versions = iter(range(1, writers + 1))

        def put_all() -> None:
            version = next(versions)
            put(documents)([{"_id": name, "version": version} for name in names])

        at_once(writers, put_all)
        assert {each["version"] for each in documents.load(names).values()} == {writers}


@kinds
class TestInsertNew:
    def test_what_exists_stays_and_the_rest_is_written(self, documents: Documents) -> None:
        documents.insert_new([{"_id": "b", "by": 1}])
        documents.insert_new([{"_id": name, "by": 2} for name in "abc"])
        assert {key: each["by"] for key, each in documents.load("abc").items()} == {"a": 2, "b": 1, "c": 2}

    def test_of_racing_writers_one_wins_each_document_whole(self, documents: Documents) -> None:
        names = [f"k{number}" for number in range(50)]
        writers = iter(range(4))

        def insert() -> None:
            writer = next(writers)
            documents.insert_new([{"_id": name, "by": writer, "also": [writer]} for name in names])

        at_once(4, insert)
        found = documents.load(names)
        assert len(found) == 50
        assert all(each["also"] == [each["by"]] for each in found.values())


@kinds
class TestFind:
    @pytest.fixture(autouse=True)
    def _some(self, documents: Documents) -> None:
        documents.insert_new(
            [
                {"_id": f"k{number:02}", "n": number, "odd": bool(number % 2), "tags": [f"t{number % 3}", "all"]}
                for number in range(20)
            ]
        )

    @staticmethod
    def numbers(documents: Documents, **query: Any) -> list[int]:
        return [document["n"] for document in documents.find(Query(**query))]

    def test_all_conditions_must_hold(self, documents: Documents) -> None:
        found = self.numbers(
            documents, equals={"odd": True}, is_in={"n": [1, 2, 3, 18, 19]}, between=("n", 2, 19), order_by=("n",)
        )
        assert found == [3]

    def test_between_has_its_lower_end_and_not_its_upper(self, documents: Documents) -> None:
        assert self.numbers(documents, between=("n", 5, 8), order_by=("n",)) == [5, 6, 7]

    def test_a_list_matches_where_one_of_its_elements_does(self, documents: Documents) -> None:
        assert self.numbers(documents, equals={"tags": "t2"}, order_by=("n",)) == [2, 5, 8, 11, 14, 17]
        assert len(self.numbers(documents, is_in={"tags": ["t0", "all"]})) == 20

    @pytest.mark.parametrize("descending", [False, True])
    def test_more_values_than_one_read_takes_keep_order_and_limit(self, documents: Documents, descending: bool) -> None:
        wanted = [number for number in range(20) if number != 10]
        found = self.numbers(documents, is_in={"n": wanted}, order_by=("odd", "n"), descending=descending, limit=12)
        assert found == sorted(wanted, key=lambda number: (number % 2, number), reverse=descending)[:12]

    def test_nothing_is_in_an_empty_list(self, documents: Documents) -> None:
        assert self.numbers(documents, is_in={"n": []}) == []

    def test_a_limit_cuts_after_ordering(self, documents: Documents) -> None:
        assert self.numbers(documents, order_by=("n",), descending=True, limit=3) == [19, 18, 17]

    def test_a_limit_below_one_is_a_mistake(self, documents: Documents) -> None:
        with pytest.raises(ValueError, match="limit"):
            documents.find(Query(limit=0))

    def test_a_missing_value_sorts_first(self, documents: Documents) -> None:
        documents.insert_new([{"_id": "none"}])
        assert documents.find(Query(order_by=("n",), limit=1))[0]["_id"] == "none"


@kinds
class TestCounter:
    def test_numbers_rise_and_are_never_handed_out_twice(self, counters: Callable[[], Counter]) -> None:
        taken: list[list[int]] = []

        def take() -> None:
            counter = counters()
            taken.append([counter.next() for _ in range(20)])

        at_once(4, take)
        assert all(numbers == sorted(numbers) for numbers in taken)
        assert len({number for numbers in taken for number in numbers}) == 80


IDS = st.sampled_from(["a", "b", "c"])
NUMBERS = st.integers(1, 4)
BATCHES = st.dictionaries(IDS, st.tuples(NUMBERS, NUMBERS), max_size=3)


@kinds
class TestDelete:
    def test_only_the_documents_named_go(self, documents: Documents) -> None:
        documents.insert_new([{"_id": name, "rev": 1} for name in "abc"])
        documents.delete(["a", "c", "unknown"])
        assert documents.load("abc").keys() == {"b"}

    def test_what_was_deleted_is_not_brought_back_by_whoever_had_it_in_hand(self, documents: Documents) -> None:
        documents.compare_and_set([{"_id": "a", "rev": 1}])
        documents.delete(["a"])
        assert documents.compare_and_set([{"_id": "a", "rev": 2}]) == {"a"}
        assert documents.load(["a"]) == {}

    def test_more_than_one_chunk_is_deleted(self, documents: Documents) -> None:
        ids = [f"{number:04}" for number in range(2_500)]
        documents.insert_new([{"_id": id_} for id_ in ids])
        documents.delete(ids[1:])
        assert documents.load(ids).keys() == {ids[0]}


class DocumentsMachine(RuleBasedStateMachine):
    """Any sequence of writes leaves what a plain dictionary would hold."""

    def __init__(self, documents: Documents) -> None:
        super().__init__()
        self.documents = documents
        self.model: dict[str, Document] = {}
        self.writes = 0

    def batch(self, drawn: dict[str, tuple[int, int]]) -> list[Document]:
        self.writes += 1
        return [
            {"_id": key, "rev": rev, "version": version, "write": self.writes} for key, (rev, version) in drawn.items()
        ]

    @rule(drawn=BATCHES)
    def compare_and_set(self, drawn: dict[str, tuple[int, int]]) -> None:
        batch = self.batch(drawn)
        won = {
            document["_id"]: document
            for document in batch
            if self.model.get(document["_id"], {"rev": 0})["rev"] == document["rev"] - 1
        }
        assert self.documents.compare_and_set(batch) == drawn.keys() - won.keys()
        self.model.update(won)

    @rule(drawn=BATCHES, put=st.sampled_from(PUTS))
    def put_newer(self, drawn: dict[str, tuple[int, int]], put: Put) -> None:
        batch = self.batch(drawn)
        put(self.documents)(batch)
        for document in batch:
            if self.model.get(document["_id"], {"version": 0})["version"] < document["version"]:
                self.model[document["_id"]] = document

    @rule(drawn=BATCHES)
    def insert_new(self, drawn: dict[str, tuple[int, int]]) -> None:
        batch = self.batch(drawn)
        self.documents.insert_new(batch)
        for document in batch:
            self.model.setdefault(document["_id"], document)

    @rule(ids=st.sets(st.sampled_from("abc")))
    def delete(self, ids: set[str]) -> None:
        self.documents.delete(ids)
        for key in ids:
            self.model.pop(key, None)

    @rule(rev=NUMBERS)
    def find(self, rev: int) -> None:
        found = self.documents.find(Query(equals={"rev": rev}))
        assert by_id(*found) == {key: each for key, each in self.model.items() if each["rev"] == rev}

    @invariant()
    def stored_is_what_the_model_holds(self) -> None:
        assert self.documents.load(["a", "b", "c"]) == self.model


@kinds
def test_any_sequence_of_writes_leaves_what_a_dictionary_would(make: Callable[[], Documents], kind: str) -> None:
    examples = 100 if kind == "memory" else 20
    run_state_machine_as_test(
        lambda: DocumentsMachine(make()),  # type: ignore[arg-type] # any function that makes one will do
        settings=settings(
            max_examples=examples, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def at_once(threads: int, work: Callable[[], None]) -> None:
    """Run the work in so many threads that start together; raise what one of them raises."""
    barrier = threading.Barrier(threads)

    def begin(_: int) -> None:
        barrier.wait()
        work()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(begin, range(threads)))
