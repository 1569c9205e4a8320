"""HoldingsService over any collections: whole, each document once, and in bounded memory."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.memory.documents import MemoryDocuments
from chassis.rpc.errors import RpcError
from rapport.holdings.v1.holdings_pb2 import CountHoldingsRequest, ListHoldingsRequest
from tests.unit.wire.held import Watched, listed, places
from wire.holdings import MOST_ACCOUNTS, MOST_CUSTOMERS, PACK_BYTES, PACK_HOLDINGS, Holdings
from wire.kept import PAGE, by_field, by_id, of_accounts, of_customers, rows
from wire.kept import ROWS_ON_A_PAGE as ROWS


def timeline(documents: MemoryDocuments) -> Holdings:
    """Rows by account."""
    return Holdings(lambda: [rows("timeline", "what happened", by_field(documents, "account", "place", of_accounts))])


def row(account: str, number: int, text: str = "") -> dict[str, object]:
    return {"_id": f"{account}/{number}", "account": account, "place": f"{number:08d}", "text": text}


@pytest.mark.parametrize("size", [0, 1, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS, 2 * ROWS + 7])
def test_every_row_of_the_accounts_is_listed_once(size: int) -> None:
    """Whatever the number of pages; nothing of another account is listed."""
    documents = MemoryDocuments()
    documents.insert_new([row(account, n) for account in ("a:1", "a:2", "a:3") for n in range(size)])
    found = places(listed(timeline(documents), ["C1"], ["a:1", "a:3"]))
    assert found == sorted(("timeline", f"{account}/{n}") for account in ("a:1", "a:3") for n in range(size))


@given(st.lists(st.integers(0, 10**9), unique=True, max_size=ROWS + 50))
@settings(max_examples=20)
def test_rows_in_order_of_numbers_are_listed_once(numbers: list[int]) -> None:
    documents = MemoryDocuments()
    documents.insert_new([{"_id": f"C1/{n}", "group": "C1", "sequence": n} for n in numbers])
    changes = by_field(documents, "group", "sequence", of_customers, is_number=True)
    held = Holdings(lambda: [rows("changes", "what was told", changes)])
    assert [each.id for each in listed(held, ["C1"], [])] == [f"C1/{n}" for n in sorted(numbers)]


def test_all_pages_of_rows_in_order_of_numbers_are_read() -> None:
    documents = MemoryDocuments()
    documents.insert_new([{"_id": f"C1/{n}", "group": "C1", "sequence": 7 * n} for n in range(2 * ROWS + 3)])
    changes = by_field(documents, "group", "sequence", of_customers, is_number=True)
    held = Holdings(lambda: [rows("changes", "what was told", changes)])
    assert len(listed(held, ["C1"], [])) == 2 * ROWS + 3


def test_no_more_than_a_page_is_in_memory_at_a_time() -> None:
    """A caller that takes one message and waits leaves the rest unread; no read returns more than a page."""
    documents = Watched()
    documents.insert_new([row("a:1", n) for n in range(4 * ROWS)])
    answers = timeline(documents).list_holdings(ListHoldingsRequest(account_keys=["a:1"]), None)
    next(answers)
    assert sum(documents.read) <= PACK_HOLDINGS + ROWS
    assert sum(len(each.holdings) for each in answers) == 4 * ROWS - PACK_HOLDINGS
    assert max(documents.read) <= ROWS


def test_documents_by_id_are_read_a_page_at_a_time() -> None:
    documents = Watched()
    accounts = [f"a:{n}" for n in range(2 * PAGE + 1)]
    documents.insert_new([{"_id": account, "rev": 1} for account in accounts])
    held = Holdings(lambda: [rows("personas", "of each account", by_id(documents, of_accounts))])
    assert len(listed(held, [], [*accounts, "a:nobody"])) == len(accounts)
    assert max(documents.read) <= PAGE


def test_large_holdings_are_sent_in_messages_of_their_own() -> None:
    """So no message grows much beyond the bound, however large documents are."""
    documents = MemoryDocuments()
    documents.insert_new([row("a:1", n, "x" * PACK_BYTES) for n in range(5)])
    answers = list(timeline(documents).list_holdings(ListHoldingsRequest(account_keys=["a:1"]), None))
    assert [len(each.holdings) for each in answers] == [1] * 5


def test_a_key_that_is_named_twice_is_looked_for_once() -> None:
    documents = MemoryDocuments()
    documents.insert_new([row("a:1", 0)])
    assert len(listed(timeline(documents), ["C1", "C1"], ["a:1", "a:1"])) == 1


def test_what_is_kept_is_told_also_where_nothing_is_held() -> None:
    counted = timeline(MemoryDocuments()).count_holdings(CountHoldingsRequest(account_keys=["a:1"]), None)
    assert not counted.documents
    assert dict(counted.meanings) == {"timeline": "what happened"}


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (CountHoldingsRequest(account_keys=["a"] * (MOST_ACCOUNTS + 1)), "BATCH_TOO_LARGE"),
        (CountHoldingsRequest(customer_ids=["a"] * (MOST_CUSTOMERS + 1)), "BATCH_TOO_LARGE"),
        (CountHoldingsRequest(account_keys=["a", ""]), "INVALID_FIELD"),
    ],
)
def test_too_many_keys_and_empty_ones_are_refused(request_: CountHoldingsRequest, reason: str) -> None:
    with pytest.raises(RpcError) as refused:
        timeline(MemoryDocuments()).count_holdings(request_, None)
    assert refused.value.reason == reason
