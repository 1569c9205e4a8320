"""What admission remembers of an account, for how long, and what is new to it."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from identity_resolution.adapters.accounts import account as stored_account
from identity_resolution.adapters.accounts import document as account_document
from identity_resolution.domain.account import NO_DETAILS, Account, admit, origin_code
from identity_resolution.domain.matching.details import Details
from identity_resolution.domain.rules import Intake

JOE = "instagram:joe"
BOUNDS = Intake(event_ids_remembered=8, identifiers_remembered=4)


def test_in3_an_event_id_is_remembered_for_at_least_as_many_as_the_rules_say() -> None:
    account = Account(JOE)
    for number in range(100):
        assert decided(account, f"e{number}", number).forward
    for number in range(100 - BOUNDS.event_ids_remembered, 100):
        assert not decided(account, f"e{number}", 1000 + number).forward
    assert len(account.seen) <= BOUNDS.event_ids_remembered * 5 // 4


def test_forgotten_identifiers_are_evidence_again() -> None:
    account = Account(JOE)
    for number in range(20):
        assert decided(account, f"e{number}", number, (f"cookie:{number}",)).news.identifiers == (f"cookie:{number}",)
    assert decided(account, "again", 100, ("cookie:0", "cookie:19")).news.identifiers == ("cookie:0",)


def test_details_are_new_once_field_by_field() -> None:
    account = Account(JOE)
    joe = {"given_name": ("joe",), "city": ("leeds", "york")}
    assert decided(account, "1", 1, (), joe).news.details == joe
    assert decided(account, "2", 2, (), {**joe, "city": ("york", "hull")}).news.details == {"city": ("hull",)}
    assert decided(account, "3", 3, (), joe).news is None
    assert decided(account, "4", 4, (), {"family_name": ("joe",)}).news.details == {"family_name": ("joe",)}


def test_forgotten_details_are_new_again() -> None:
    account = Account(JOE)
    for number in range(20):
        assert decided(account, f"e{number}", number, (), {"city": (f"town {number}",)}).news
    assert len(account.details) <= BOUNDS.identifiers_remembered * 5 // 4
    assert decided(account, "again", 100, (), {"city": ("town 0", "town 19")}).news.details == {"city": ("town 0",)}


def test_an_account_that_was_remembered_before_there_were_details_is_read() -> None:
    body = msgspec.msgpack.encode([["e"], [7], ["email:h_1"], True, {3: 9}, 1, 2])
    read = stored_account({"_id": JOE, "rev": 4, "body": body})
    assert (read.seen, read.shown, read.counted, read.details, read.told) == (
        {"e": 7},
        {"email:h_1": None},
        {3: 9},
        {},
        {},
    )
    read.details[5] = None
    read.tell({"x:1": 2.5})
    again = stored_account(account_document(read))
    assert (again.details, again.told, again.rev) == ({5: None}, {"x:1": 2.5}, 5)
    assert stored_account({"_id": JOE, "rev": 4, "body": body}).details == {}


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans()), max_size=30))
def test_in3_whatever_is_repeated_or_delivered_again_each_event_has_one_origin(steps: list[tuple[str, bool]]) -> None:
    """A model: the first origin of an event id is its only one, and only it goes on, as often as it is delivered."""
    account = Account(JOE)
    log: list[str] = []
    first: dict[str, int] = {}
    for event_id, again in steps:
        if again and log:
            offset = len(log) // 2
        else:
            offset = len(log)
            log.append(event_id)
            first.setdefault(event_id, offset)
        assert decided(account, log[offset], offset).forward == (first[log[offset]] == offset)
    assert account.repeats == len(log) - len(first)


def decided(
    account: Account, event_id: str, offset: int, claims: tuple[str, ...] = (), details: Details = NO_DETAILS
) -> Any:
    return admit(account, event_id, origin_code(offset, 3), claims, details, ignored_values=0, bounds=BOUNDS)
