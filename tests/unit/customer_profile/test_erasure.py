"""EraseCustomer and GetErasure over all four services: a receipt is complete when nothing is held any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import bson
import pytest

from chassis.rpc.awaited import Waiting
from chassis.rpc.errors import CallFailed, DependencyUnavailable
from customer_profile.adapters import privacy
from rapport.common.v1.common_pb2 import Money
from rapport.interactions.v1.interaction_pb2 import Comment, Purchase
from rapport.profile.v1 import profile_pb2 as pb
from rapport.stewardship.v1 import stewardship_pb2
from tests.unit.customer_profile.four_services import (
    ADVOCACY,
    IDENTITY,
    PROFILE,
    SERVICES,
    START,
    TIER,
    FourServices,
    interaction,
)

SHOP, CRM, ANN = "web_shop:77", "crm:5", "tiktok:ann"
MAIL = ("email", "joe@example.com")
MANDATE = {"owner": "S-17", "reason": "asked to be forgotten", "request_id": "r-1"}


@pytest.fixture
def four() -> FourServices:
    """Joe with two accounts, and Ann."""
    made = FourServices()
    spent = Money(currency_code="EUR", minor_units=5_000)
    made.happened(
        interaction("e1", SHOP, MAIL, purchase=Purchase(order_id="o-1", total=spent)),
        interaction("e2", CRM, MAIL, comment=Comment(post_id="p-1")),
        interaction("e3", ANN, ("email", "ann@example.com"), comment=Comment(post_id="p-1")),
    )
    return made


def erase(four: FourServices, name: str, **fields: Any) -> pb.Erasure:
    answer = four.profile("EraseCustomer", pb.EraseCustomerRequest(name=name, **(MANDATE | fields)), pb.Erasure)
    assert isinstance(answer, pb.Erasure)
    return answer


def erasure(four: FourServices, name: str) -> pb.Erasure:
    answer = four.profile("GetErasure", pb.GetErasureRequest(name=name), pb.Erasure)
    assert isinstance(answer, pb.Erasure)
    return answer


def refusal(call: Callable[[], Any]) -> CallFailed:
    with pytest.raises(CallFailed) as failed:
        call()
    return failed.value


def receipts(four: FourServices) -> list[dict[str, Any]]:
    return list(four.stores[PROFILE]["erasures"].everything().values())


def merge(four: FourServices, *accounts: str, request_id: str = "m-1") -> None:
    names = [four.customer_of(account).name for account in accounts]
    request = stewardship_pb2.MergeRequest(names=names, owner="S-17", reason="one", request_id=request_id)
    four.callers[IDENTITY].call("Merge", request, stewardship_pb2.MergeResponse)


def held(message: pb.Erasure) -> dict[str, tuple[int, int]]:
    return {each.service: (each.held_before, each.held_now) for each in message.services}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls give up at once, as those with a short deadline do."""
    monkeypatch.setattr(Waiting, "end", lambda self: self.now())


def test_pr5_a_person_is_erased_from_all_services_and_the_receipt_says_so(four: FourServices) -> None:
    """Nothing that names an account, the customer or an identifier is left in any store but keyed hashes."""
    joe = four.customer_of(SHOP)
    answer = erase(four, joe.name)
    assert answer.state == pb.ERASURE_STATE_COMPLETE
    assert (answer.owner, answer.reason, answer.account_count) == ("S-17", "asked to be forgotten", 2)
    assert set(held(answer)) == set(SERVICES)
    assert all(before > 0 and now == 0 for before, now in held(answer).values())
    keys = [key.encode() for key in (SHOP, CRM, joe.customer_id, "joe@example.com")]
    left = [
        (service, collection, id_)
        for service, collection, id_, document in four.documents()
        if any(key in bson.encode(document) for key in keys)
    ]
    assert left == []
    assert four.customer_of(ANN)


def test_a_complete_receipt_leads_to_nobody(four: FourServices) -> None:
    """What is stored, and what is answered, holds neither keys nor the request id, only keyed hashes."""
    joe = four.customer_of(SHOP)
    answer = erase(four, joe.name)
    (stored,) = receipts(four)
    assert not stored["is_running"]
    for text in (SHOP, CRM, joe.customer_id, "r-1"):
        assert text.encode() not in bson.encode(stored)
        assert text.encode() not in answer.SerializeToString()
    assert answer.customer_hash.startswith("h_")
    assert answer.name == f"erasures/{stored['_id']}"


def test_the_same_call_again_answers_with_the_receipt(four: FourServices) -> None:
    """Also when the person is long gone; nothing is erased a second time."""
    joe = four.customer_of(SHOP).name
    first = erase(four, joe)
    asked = len(four.callers[IDENTITY].called)
    assert erase(four, joe) == first
    assert erasure(four, first.name) == first
    assert four.callers[IDENTITY].called[asked:] == []


@pytest.mark.parametrize("change", [{"owner": "S-18"}, {"reason": "another"}, {"name": "ann"}])
def test_another_erasure_under_the_same_request_id_is_refused(four: FourServices, change: dict[str, str]) -> None:
    joe, ann = four.customer_of(SHOP).name, four.customer_of(ANN).name
    erase(four, joe)
    name = ann if change.pop("name", None) else joe
    assert refusal(lambda: erase(four, name, **change)).reason == "REQUEST_ID_REUSED"
    assert four.customer_of(ANN)


def test_one_who_is_gone_is_not_found_under_another_request_id(four: FourServices) -> None:
    joe = four.customer_of(SHOP).name
    erase(four, joe)
    assert refusal(lambda: erase(four, joe, request_id="r-2")).reason == "CUSTOMER_NOT_FOUND"
    assert len(receipts(four)) == 1


def test_a_merged_away_id_erases_the_survivor(four: FourServices) -> None:
    merge(four, SHOP, ANN)
    (absorbed,) = four.customer_of(SHOP).absorbed
    answer = erase(four, f"customers/{absorbed}")
    assert answer.state == pb.ERASURE_STATE_COMPLETE
    for account in (SHOP, CRM, ANN):
        with pytest.raises(KeyError):
            four.customer_of(account)


def test_a_record_that_has_changed_is_not_erased(four: FourServices) -> None:
    """Who names the etag seen erases that and nothing else."""
    joe = four.customer_of(SHOP)
    failed = refusal(lambda: erase(four, joe.name, etag='"0"'))
    assert (failed.reason, failed.metadata) == ("ETAG_MISMATCH", {"field": "etag"})
    assert receipts(four) == []
    record = four.profile("GetCustomer", pb.GetCustomerRequest(name=joe.name), pb.CustomerRecord)
    assert erase(four, joe.name, etag=record.etag).state == pb.ERASURE_STATE_COMPLETE


@pytest.mark.usefixtures("impatient")
def test_an_erasure_that_takes_longer_than_the_deadline_goes_on(four: FourServices) -> None:
    """The call answers with how far it is; the receipt completes when the services have forgotten."""
    four.at_once = False
    joe = four.customer_of(SHOP)
    running = erase(four, joe.name)
    assert running.state == pb.ERASURE_STATE_RUNNING
    assert all(before == now > 0 for before, now in held(running).values())
    assert not running.HasField("complete_time")
    four.settle()
    four.clock.advance(timedelta(minutes=5))
    complete = erasure(four, running.name)
    assert complete.state == pb.ERASURE_STATE_COMPLETE
    assert complete.request_time.ToSeconds() == int(START.timestamp())
    assert complete.complete_time.ToSeconds() == int(START.timestamp()) + 300
    assert {service: before for service, (before, _) in held(complete).items()} == {
        service: before for service, (before, _) in held(running).items()
    }


@pytest.mark.usefixtures("impatient")
def test_an_erasure_that_nobody_asks_about_completes_too(four: FourServices) -> None:
    """A worker looks after those that are more than a minute old, so that no keys stay in the receipt."""
    four.at_once = False
    erase(four, four.customer_of(SHOP).name)
    four.settle()
    bring_on(four)
    (stored,) = receipts(four)
    assert stored["is_running"]
    four.clock.advance(timedelta(minutes=2))
    bring_on(four)
    (stored,) = receipts(four)
    assert not stored["is_running"]
    assert "subject" not in stored


def bring_on(four: FourServices) -> None:
    """What the profile's worker does once a minute."""
    stores = four.stores[PROFILE]
    privacy.bring_on(lambda name: stores[name], four.callers, four.clock)


@pytest.mark.parametrize("service", [IDENTITY, ADVOCACY, TIER])
def test_nothing_is_begun_while_it_cannot_be_told_what_is_held(four: FourServices, service: str) -> None:
    """The error names the service; the person is still there, and no receipt is."""
    four.callers[service].away.add("CountHoldings")
    joe = four.customer_of(SHOP)
    failed = refusal(lambda: erase(four, joe.name))
    assert isinstance(failed, DependencyUnavailable)
    assert (failed.reason, failed.metadata) == ("DEPENDENCY_UNAVAILABLE", {"service": service})
    assert four.customer_of(SHOP) == joe
    assert receipts(four) == []


def test_an_erasure_that_could_not_be_commanded_is_carried_out_later(four: FourServices) -> None:
    """What was asked for stands: by the same call again, or by a worker."""
    four.callers[IDENTITY].away.add("EraseCustomer")
    joe = four.customer_of(SHOP)
    failed = refusal(lambda: erase(four, joe.name))
    assert (failed.reason, failed.metadata) == ("DEPENDENCY_UNAVAILABLE", {"service": IDENTITY})
    assert four.customer_of(SHOP) == joe
    four.clock.advance(timedelta(minutes=2))
    bring_on(four)
    (stored,) = receipts(four)
    assert stored["is_running"]
    four.callers[IDENTITY].away.clear()
    bring_on(four)
    (stored,) = receipts(four)
    assert not stored["is_running"]
    assert erase(four, joe.name).state == pb.ERASURE_STATE_COMPLETE


def test_a_receipt_is_never_complete_while_a_service_cannot_be_asked(four: FourServices) -> None:
    four.at_once = False
    joe = four.customer_of(SHOP)
    four.callers[IDENTITY].away.add("EraseCustomer")
    refusal(lambda: erase(four, joe.name))
    four.callers[IDENTITY].away.clear()
    four.callers[TIER].away.add("CountHoldings")
    (stored,) = receipts(four)
    four.at_once = True
    assert refusal(lambda: erasure(four, f"erasures/{stored['_id']}")).metadata == {"service": TIER}
    four.callers[TIER].away.clear()
    assert erasure(four, f"erasures/{stored['_id']}").state == pb.ERASURE_STATE_COMPLETE


def test_a_request_id_that_identity_resolution_knows_for_another_command_is_refused(four: FourServices) -> None:
    """And leaves no receipt behind that would never be complete."""
    merge(four, SHOP, ANN, request_id="r-1")
    assert refusal(lambda: erase(four, four.customer_of(SHOP).name)).reason == "REQUEST_ID_REUSED"
    assert receipts(four) == []


def test_accounts_that_come_to_the_person_before_the_command_are_waited_for_too(four: FourServices) -> None:
    """The receipt looks for all that identity resolution will have erased."""
    four.callers[IDENTITY].away.add("EraseCustomer")
    joe = four.customer_of(SHOP)
    refusal(lambda: erase(four, joe.name))
    four.happened(interaction("e9", "store:9", MAIL, comment=Comment(post_id="p-9")))
    assert "store:9" in {each.account_key for each in four.customer_of(SHOP).accounts}
    four.callers[IDENTITY].away.clear()
    four.callers[TIER].away.add("CountHoldings")
    refusal(lambda: erase(four, joe.name))
    (stored,) = receipts(four)
    assert b"store:9" in stored["subject"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "joe"}, "name"),
        ({"owner": " "}, "owner"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 1_001}, "reason"),
        ({"request_id": ""}, "request_id"),
        ({"request_id": "x" * 129}, "request_id"),
    ],
)
def test_what_is_missing_or_too_long_is_named(four: FourServices, fields: dict[str, str], field: str) -> None:
    failed = refusal(lambda: erase(four, **({"name": four.customer_of(SHOP).name} | fields)))
    assert (failed.reason, failed.metadata) == ("INVALID_FIELD", {"field": field})


def test_who_is_not_known_is_not_erased(four: FourServices) -> None:
    failed = refusal(lambda: erase(four, "customers/01hf7yat0000000001zzzzzzzz"))
    assert failed.reason == "CUSTOMER_NOT_FOUND"
    assert receipts(four) == []


def test_a_receipt_that_is_none_is_not_found(four: FourServices) -> None:
    assert refusal(lambda: erasure(four, "erasures/h_none")).reason == "ERASURE_NOT_FOUND"
