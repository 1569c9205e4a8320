"""The connection to a real store: databases, declared indexes, outages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, ClassVar

import mongoengine
import pytest

from chassis.errors import Unavailable
from chassis.store.connection import FOR_CALLS, Store, connect
from chassis.store.faults import Refused
from chassis.store.mongo import MongoCounter, MongoDocuments
from localstack.store import Store as LocalStore

pytestmark = pytest.mark.integration


class Thing(mongoengine.Document):  # type: ignore[misc] # mongoengine has no types
    """A document as services declare them."""

    meta: ClassVar = {
        "db_alias": "connection_test",
        "collection": "things",
        "auto_create_index": False,
        "indexes": [("slot", "due_at"), {"fields": ["slug"], "unique": True, "sparse": True}],
    }
    key = mongoengine.StringField(primary_key=True)
    slot = mongoengine.IntField()
    due_at = mongoengine.IntField()
    slug = mongoengine.StringField()


@pytest.fixture
def things(store: Any, database_prefix: str) -> Iterator[Store]:
    name = f"{database_prefix}things"
    yield connect(store.url, name, "connection_test")
    last = connect(store.url, name, "connection_test")
    last.database.client.drop_database(name)
    last.close()


def test_declared_indexes_exist_after_ensuring_them_any_number_of_times(things: Store) -> None:
    for _ in range(2):
        things.ensure_indexes([Thing])
    assert {"_id_", "slot_1_due_at_1", "slug_1"} <= set(things.database["things"].index_information())


def test_the_batch_path_and_mongoengine_see_the_same_documents(things: Store) -> None:
    MongoDocuments(things.collection_of(Thing)).insert_new([{"_id": "a", "slot": 3, "due_at": 5}])
    assert Thing.objects(slot=3).get().key == "a"


def test_a_unique_index_refuses_and_is_not_taken_for_a_lost_race(things: Store) -> None:
    things.ensure_indexes([Thing])
    documents = MongoDocuments(things.collection_of(Thing))
    documents.insert_new([{"_id": "a", "slug": "x"}])
    with pytest.raises(Refused, match="slug"):
        documents.compare_and_set([{"_id": "b", "rev": 1, "slug": "x"}])


def test_a_database_in_the_url_is_not_where_documents_go(store: Any, database_prefix: str, things: Store) -> None:
    server, _, options = store.url.partition("?")
    url = f"{server.rstrip('/')}/admin?{options}&serverSelectionTimeoutMS=1500"
    again = connect(url, f"{database_prefix}things", "connection_test")
    MongoDocuments(again.collection_of(Thing)).insert_new([{"_id": "b"}])
    assert again.database.name == f"{database_prefix}things"
    assert again.database["things"].count_documents({"_id": "b"}) == 1
    assert Thing.objects(key="b").get().key == "b"


def test_a_store_that_is_not_there_is_unavailable_within_its_timeout() -> None:
    nowhere = connect("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200", "nothing", "nowhere")
    documents, counter = MongoDocuments(nowhere.collection("x")), MongoCounter(nowhere.collection("x"), "n")
    for call in (
        nowhere.ping,
        counter.next,
        lambda: documents.load(["a"]),
        lambda: documents.insert_new([{"_id": "a"}]),
        lambda: documents.put_newer([{"_id": "a", "version": 1}]),
        lambda: documents.compare_and_set([{"_id": "a", "rev": 1}]),
    ):
        started = time.monotonic()
        with pytest.raises(Unavailable):
            call()
        assert time.monotonic() - started < 1.5
    nowhere.close()


def test_a_store_that_was_killed_is_unavailable_and_comes_back_with_what_it_had_acknowledged(
    own_store: LocalStore,
) -> None:
    connected = connect(own_store.url, "outage", "outage")
    documents = MongoDocuments(connected.collection("x"), read_chunk=100)
    names = [f"k{number}" for number in range(500)]
    assert documents.compare_and_set([{"_id": name, "rev": 1} for name in names]) == set()
    own_store.kill()
    with pytest.raises(Unavailable):
        documents.compare_and_set([{"_id": name, "rev": 2} for name in names])
    with pytest.raises(Unavailable):
        documents.load(names)
    own_store.restart()
    deadline = time.monotonic() + 20
    while True:
        try:
            found = documents.load(names)
            break
        except Unavailable:
            assert time.monotonic() < deadline
    assert {document["rev"] for document in found.values()} == {1}
    assert len(found) == 500
    assert documents.compare_and_set([{"_id": name, "rev": 2} for name in names]) == set()
    connected.close()


def test_a_store_that_stalls_is_told_to_callers_before_they_give_up(own_store: LocalStore) -> None:
    connected = connect(own_store.url, "stall", "stall", FOR_CALLS)
    documents = MongoDocuments(connected.collection("x"))
    documents.insert_new([{"_id": "a"}])
    own_store.pause()
    time.sleep(0.3)  # until all its threads stand still
    try:
        started = time.monotonic()
        with pytest.raises(Unavailable):
            documents.load(["a"])
        assert time.monotonic() - started < 2.0
    finally:
        own_store.resume()
    deadline = time.monotonic() + 20
    while True:
        try:
            assert documents.load(["a"]) == {"a": {"_id": "a"}}
            break
        except Unavailable:
            assert time.monotonic() < deadline
    connected.close()
