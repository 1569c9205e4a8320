"""Linking a list in memory: what is refused is told, repeats count once, and sampling is fair."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from identity_resolution.adapters.file_engine import FileEngine, _sample
from rapport.interactions.v1.interaction_pb2 import Account, Interaction, Observation

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def observed(account: str, event_id: str = "e-1", **details: Any) -> bytes:
    """A serialized interaction that tells details of an account of the channel `file`."""
    made = Interaction(
        event_id=event_id, account=Account(channel="file", id=account), observation=Observation(**details)
    )
    made.occurred_at.FromDatetime(NOW)
    return made.SerializeToString()


MARIA = {"given_name": "Maria", "family_name": "Keller", "date_of_birth": "1984-02-29", "email": "m.k@example.org"}
OTHER = {"given_name": "Ingrid", "family_name": "Solberg", "date_of_birth": "1990-11-12"}


def engine() -> FileEngine:
    return FileEngine(None, NOW)


def groups(customers: dict[str, str]) -> set[frozenset[str]]:
    ordered = sorted(customers, key=customers.__getitem__)
    return {frozenset(accounts) for _, accounts in groupby(ordered, key=customers.__getitem__)}


def test_accounts_that_tell_the_same_become_one_customer() -> None:
    linker = engine().linker(engine().read_model(None), is_once=True)
    taken = list(linker.take([observed("1", **MARIA), observed("2", **OTHER), observed("3", **MARIA)]))
    assert [each.account for each in taken] == ["file:1", "file:2", "file:3"]
    assert groups(linker.linked().customers) == {frozenset({"file:1", "file:3"}), frozenset({"file:2"})}


def test_what_admission_refuses_is_told_with_its_reason_and_the_rest_is_taken() -> None:
    linker = engine().linker(engine().read_model(None), is_once=True)
    taken = list(linker.take([observed("1", **MARIA), b"\xff", observed("", **MARIA), observed("2", **OTHER)]))
    assert [each.refused.reason if each.refused else "" for each in taken] == ["", "UNPARSEABLE", "NO_ACCOUNT", ""]
    assert set(linker.linked().customers) == {"file:1", "file:2"}


def test_so_many_bad_ones_as_would_stop_a_stream_stop_no_file() -> None:
    linker = engine().linker(engine().read_model(None), is_once=True)
    taken = list(linker.take([b"\xff"] * 3_000 + [observed("1", **MARIA)]))
    assert Counter(each.refused is None for each in taken) == {False: 3_000, True: 1}


def test_an_account_may_tell_more_later_and_repeats_tell_nothing() -> None:
    linker = engine().linker(engine().read_model(None), is_once=False)
    values = [observed("1", given_name="Maria"), observed("2", **MARIA), observed("1", given_name="Maria")]
    list(linker.take([*values, observed("1", "e-2", **MARIA)]))
    assert groups(linker.linked().customers) == {frozenset({"file:1", "file:2"})}


def test_progress_is_told_in_parts_that_make_up_the_whole() -> None:
    linker = engine().linker(engine().read_model(None), is_once=True)
    told: list[int] = []
    list(linker.take((observed(str(number), **OTHER) for number in range(1_234)), told.append))
    assert sum(told) == 1_234
    assert len(told) > 1


def test_a_sample_is_all_where_there_are_few_and_fair_where_there_are_many() -> None:
    records = [{"given_name": (str(number),)} for number in range(20)]
    assert _sample(iter(records), 20, 1) == records
    drawn = Counter(record["given_name"][0] for seed in range(2_000) for record in _sample(records, 5, seed))
    assert len(drawn) == 20
    assert all(400 < count < 600 for count in drawn.values())
