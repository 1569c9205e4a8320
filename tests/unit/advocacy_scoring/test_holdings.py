"""What the service says that it holds of a person is all that names the person, as JSON that says what it means."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from advocacy_scoring import bootstrap
from advocacy_scoring.adapters import traces
from advocacy_scoring.adapters.holdings import kept as kept_in
from advocacy_scoring.domain.persona import Trace
from chassis.memory.documents import MemoryDocuments
from tests.unit.advocacy_scoring.world import World, deed
from tests.unit.wire.held import holdings, listed, naming, places
from wire.holdings import Whose

RING = ("x:a", "x:b", "x:c", "x:d")


@pytest.fixture(scope="module")
def ring() -> World:
    """Four accounts that share each other's posts, so that something is found of them; the first two are one person."""
    made = World()
    made.clock.advance(timedelta(days=10))
    for place, account in enumerate(RING):
        made.belongs(f"R{place}", account)
    for number in range(5):
        for author in RING:
            post = f"{author}-{number}"
            made.interacted(deed(f"p{number}", author, number, "mention", post_id=post, text="much the same text"))
            for other in RING:
                if other != author:
                    made.interacted(deed(f"c-{post}", other, number + 0.01, "share", post_id=post))
    made.settle()
    made.belongs("R0", "x:a", "x:b", absorbed=["R1"])
    made.merged("R1", into="R0")
    made.settle()
    return made


def test_every_document_of_the_person_is_held(ring: World) -> None:
    """Looked for byte by byte; others' documents that name an account of the person say of themselves who did what."""
    own = ["R0", "R1"], ["x:a", "x:b"]
    found = places(listed(holdings(bootstrap.SERVICE, ring.server_context()), *own))
    others = {
        *naming(ring.stores, ["x:c", "x:d"]),
    }
    assert set(found) >= set(naming(ring.stores, [*own[0], *own[1]])) - others
    assert {collection for collection, _ in found} == {"personas", "scores", "traces", "told"}
    assert all(id_ in own[0] or id_.split(" ")[0] in own[1] for _, id_ in found)


def test_every_collection_is_a_holding_or_none_of_a_person(ring: World) -> None:
    found = listed(holdings(bootstrap.SERVICE, ring.server_context()), ["R2"], ["x:c"])
    declared = {each._get_collection_name() for each in bootstrap.SERVICE.collections}
    assert declared - {each.collection for each in found} == {"rules", "erased_members", "erased_groups", "letters"}


def test_a_trace_is_told_with_its_hashes(ring: World) -> None:
    found = listed(holdings(bootstrap.SERVICE, ring.server_context()), [], ["x:c"])
    told = [json.loads(each.json) for each in found if each.collection == "traces"]
    assert {each["account"] for each in told} == {"x:c"}
    assert all(isinstance(each["sketch"], str) and each["expires_at"].endswith("Z") for each in told)


def test_traces_of_accounts_whose_keys_begin_alike_are_kept_apart() -> None:
    """Also where a key holds blanks or signs that stand for them."""
    documents = MemoryDocuments()
    accounts = ["x:a", "x:ab", "x:a b", "x:a%20b", "x:a ", "x:"]
    documents.insert_new(
        [traces.document(Trace("spoken", account, f"e{n}", 0)) for account in accounts for n in range(3)]
    )
    for account in accounts:
        found = [traces.trace(each) for each in traces.of_account(documents, account)]
        assert [(each.account, each.event_id) for each in found] == [(account, f"e{n}") for n in range(3)]


def test_all_pages_of_traces_are_read() -> None:
    documents = MemoryDocuments()
    documents.insert_new([traces.document(Trace("spoken", "x:a", f"{n:05d}", 0)) for n in range(2 * traces.PAGE + 1)])
    assert sum(1 for _ in traces.of_account(documents, "x:a")) == 2 * traces.PAGE + 1


def test_a_trace_of_another_that_names_an_account_is_held_too() -> None:
    """Once: also where both are accounts of the person."""
    documents = MemoryDocuments()
    named = [("x:a", "x:b", "e1"), ("x:c", "x:a", "e2"), ("x:c", "x:d", "e3")]
    documents.insert_new(
        [traces.document(Trace("referral", account, event_id, 0, other=other)) for account, other, event_id in named]
    )
    (kept,) = [each for each in kept_in(lambda _: documents) if each.collection == "traces"]
    assert sorted(each["_id"] for each in kept.found(Whose((), ("x:a", "x:b")))) == ["x:a e1", "x:c e2"]
