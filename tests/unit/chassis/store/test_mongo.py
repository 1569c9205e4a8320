"""How answers of the store are read, with a collection that answers as told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import pytest
from pymongo import errors

from chassis.errors import Unavailable
from chassis.ports import Query
from chassis.store.faults import Refused
from chassis.store.mongo import MongoDocuments

DUPLICATE = {"code": 11000, "keyPattern": {"_id": 1}}


class Answers:
    """A collection whose bulk writes answer in turn with the write errors given, by index; then all succeed."""

    def __init__(self, *answers: dict[int, dict[str, Any]] | Exception) -> None:
        self.answers = list(answers)
        self.written: list[list[str]] = []

    def with_options(self, **_: object) -> Self:
        return self

    def bulk_write(self, operations: Sequence[Any], ordered: bool) -> Any:
        assert not ordered
        self.written.append([operation._doc["_id"] for operation in operations])
        answer = self.answers.pop(0) if self.answers else {}
        if isinstance(answer, Exception):
            raise answer
        details = {"writeErrors": [{"index": index, **error} for index, error in answer.items()]}
        if answer:
            raise errors.BulkWriteError(details)
        return type("Result", (), {"bulk_api_result": {}})()

    def find(self, *_: object, **__: object) -> Any:
        raise self.answers.pop(0)  # type: ignore[misc]


def over(collection: Answers) -> MongoDocuments:
    return MongoDocuments(collection)  # type: ignore[arg-type]


def test_a_first_write_that_tripped_over_another_is_tried_once_more_alone() -> None:
    collection = Answers({1: DUPLICATE})
    over(collection).put_newer([{"_id": name, "version": 1} for name in "abc"])
    assert collection.written == [["a", "b", "c"], ["b"]]


def test_a_second_duplicate_means_that_a_newer_one_is_stored() -> None:
    collection = Answers({0: DUPLICATE}, {0: DUPLICATE})
    over(collection).put_newer([{"_id": "a", "version": 1}])
    assert collection.written == [["a"], ["a"]]


def test_a_duplicate_in_another_unique_index_is_refused_by_the_index_and_not_taken_for_a_loser() -> None:
    collection = Answers({0: {"code": 11000, "keyPattern": {"slug": 1}}})
    with pytest.raises(Refused, match="slug"):
        over(collection).compare_and_set([{"_id": "a", "rev": 1}])


@pytest.mark.parametrize("code", [112, 91, 189, 10107, 64])
def test_a_write_error_that_passes_makes_the_store_unavailable(code: int) -> None:
    with pytest.raises(Unavailable, match=str(code)):
        over(Answers({0: {"code": code}})).insert_new([{"_id": "a"}])


def test_a_write_error_that_stays_is_refused() -> None:
    with pytest.raises(Refused, match="10334"):
        over(Answers({0: {"code": 10334}})).insert_new([{"_id": "a"}])


def test_a_write_that_no_majority_confirmed_makes_the_store_unavailable() -> None:
    failed = errors.BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64}]})
    with pytest.raises(Unavailable, match="majority"):
        over(Answers(failed)).insert_new([{"_id": "a"}])


@pytest.mark.parametrize(
    "error",
    [
        errors.AutoReconnect("x"),
        errors.NetworkTimeout("x"),
        errors.NotPrimaryError("x"),
        errors.ServerSelectionTimeoutError("x"),
        errors.WaitQueueTimeoutError("x"),
        errors.ExecutionTimeout("x", 50),
        errors.WTimeoutError("x", 64),
        errors.CursorNotFound("x", 43),
        errors.OperationFailure("x", 11600),
        errors.OperationFailure("x", 91),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_store_that_does_not_answer_is_unavailable(error: Exception) -> None:
    with pytest.raises(Unavailable):
        over(Answers(error)).load(["a"])
    with pytest.raises(Unavailable):
        over(Answers(error)).find(Query())
    with pytest.raises(Unavailable):
        over(Answers(error)).insert_new([{"_id": "a"}])


def test_a_refusal_does_not_quote_the_document() -> None:
    with pytest.raises(Refused) as refused:
        over(Answers(errors.OperationFailure("bad value {secret}", 2))).load(["a"])
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_writes_are_cut_by_number_and_by_size() -> None:
    collection = Answers()
    over(collection).insert_new([{"_id": str(number)} for number in range(2_001)])
    over(collection).insert_new([{"_id": "x", "map": {"list": [b"x" * 3_000_000]}}] * 3)
    assert [len(each) for each in collection.written] == [1000, 1000, 1, 2, 1]
