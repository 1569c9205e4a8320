"""ExportCustomer over all four services: whole, or refused."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import bson
import pytest
from google.protobuf.message import Message

from chassis.directory import known_services
from chassis.rpc.errors import CallFailed
from rapport.common.v1.common_pb2 import Money
from rapport.holdings.v1.holdings_pb2 import CountHoldingsRequest, CountHoldingsResponse
from rapport.interactions.v1.interaction_pb2 import Comment, Content, Observation, Purchase
from rapport.profile.v1.profile_pb2 import ExportCustomerRequest, ExportCustomerResponse
from rapport.stewardship.v1 import stewardship_pb2
from tests.unit.customer_profile.four_services import (
    ADVOCACY,
    IDENTITY,
    PROFILE,
    SERVICES,
    TIER,
    FourServices,
    interaction,
)

SHOP, GRAM, CRM, ANN = "web_shop:77", "instagram:joe", "crm:5", "tiktok:ann"
MAIL, OTHER_MAIL = ("email", "joe@example.com"), ("email", "ann@example.com")
NO_HOLDINGS = {(IDENTITY, "journal"), (IDENTITY, "outcomes")}
"""The last commit, which the next one overwrites; and what came of commands, found by decisions."""

OF_NOBODY = {
    # Rules and models, and how far computing anew is.
    *("rules", "models", "recomputation"),
    # What is left of the erased: keyed hashes.
    *("markers", "erased_members", "erased_groups", "erasures"),
    # Of whom a dead letter tells, as a keyed hash; the last commit, which the next one overwrites.
    *("letters", "journal"),
}


@pytest.fixture
def four() -> FourServices:
    """Joe, whose three accounts came together in different ways, and Ann."""
    made = FourServices()
    spent = Money(currency_code="EUR", minor_units=123_456_789_012)
    text = Content(text='she said "no"\n\u2028and left', language="en")
    made.happened(
        interaction("e1", SHOP, MAIL, purchase=Purchase(order_id="o-1", total=spent)),
        interaction("e2", GRAM, comment=Comment(post_id="p-1", content=text)),
        interaction("e3", CRM, MAIL, observation=Observation(given_name="Joe", family_name="Doe")),
        interaction("e4", ANN, OTHER_MAIL, comment=Comment(post_id="p-1")),
    )
    names = [made.customer_of(account).name for account in (SHOP, GRAM)]
    merge = stewardship_pb2.MergeRequest(names=names, owner="S-17", reason="she told us", request_id="m-1")
    made.callers[IDENTITY].call("Merge", merge, stewardship_pb2.MergeResponse)
    return made


def exported(four: FourServices, customer: str) -> list[dict[str, Any]]:
    """The lines of an export."""
    request = ExportCustomerRequest(name=f"customers/{customer}")
    packs = list(four.callers[PROFILE].stream("ExportCustomer", request, ExportCustomerResponse))
    assert all(pack.lines.endswith(b"\n") for pack in packs)
    return [json.loads(line) for line in b"".join(pack.lines for pack in packs).split(b"\n")[:-1]]


def test_pr5_an_export_holds_every_document_that_names_the_person(four: FourServices) -> None:
    """Of all services; looked for byte by byte in all stores by account keys and customer ids."""
    joe = four.customer_of(SHOP)
    accounts = [each.account_key for each in joe.accounts]
    assert sorted(accounts) == sorted([SHOP, GRAM, CRM])
    keys = [key.encode() for key in (*accounts, joe.customer_id, *joe.absorbed)]
    stored = {
        (service, collection, id_)
        for service, collection, id_, document in four.documents()
        if (service, collection) not in NO_HOLDINGS and any(key in bson.encode(document) for key in keys)
    }
    _, *holdings, _ = exported(four, joe.customer_id)
    told = [(each["service"], each["collection"], each["id"]) for each in holdings]
    assert stored <= set(told)
    assert len(told) == len(set(told))
    assert {service for service, _, _ in told} == set(SERVICES)


def test_the_manifest_says_whose_it_is_and_what_each_collection_means(four: FourServices) -> None:
    joe = four.customer_of(SHOP)
    first, *holdings, _ = exported(four, joe.customer_id)
    manifest = first["manifest"]
    assert (manifest["format"], manifest["version"]) == ("rapport.export", 1)
    assert manifest["customer_id"] == joe.customer_id
    assert manifest["absorbed"] == list(joe.absorbed)
    assert sorted(manifest["accounts"]) == sorted([SHOP, GRAM, CRM])
    assert manifest["time"] == "2026-01-10T12:00:00Z"
    for each in holdings:
        assert manifest["services"][each["service"]][each["collection"]]["meaning"]


def test_the_last_line_counts_what_was_told(four: FourServices) -> None:
    """By service and collection, as many as there are lines, and as many as the manifest promised."""
    first, *holdings, last = exported(four, four.customer_of(SHOP).customer_id)
    told = Counter((each["service"], each["collection"]) for each in holdings)
    counts = {(service, name): n for service, each in last["counts"].items() for name, n in each.items()}
    assert counts == told
    promised = {
        (service, name): each["documents"]
        for service, collections in first["manifest"]["services"].items()
        for name, each in collections.items()
        if each["documents"]
    }
    assert promised == told


def test_money_and_words_are_told_as_they_are(four: FourServices) -> None:
    """Amounts as whole numbers of any size, words with quotes and line ends within one line."""
    _, *holdings, _ = exported(four, four.customer_of(SHOP).customer_id)
    rows = [each["data"] for each in holdings if each["collection"] == "timeline"]
    bodies = {row["body"]["event_id"]: row["body"] for row in rows}
    assert bodies["e1"]["purchase"]["total"] == {"currency_code": "EUR", "minor_units": 123_456_789_012}
    assert bodies["e2"]["comment"]["content"]["text"] == 'she said "no"\n\u2028and left'


def test_a_merged_away_id_leads_to_the_survivor(four: FourServices) -> None:
    joe = four.customer_of(SHOP)
    first, *_ = exported(four, joe.absorbed[0])
    assert first["manifest"]["customer_id"] == joe.customer_id


def test_nobody_else_is_exported(four: FourServices) -> None:
    """Nothing of Joe stands in what is told of Ann."""
    lines = exported(four, four.customer_of(ANN).customer_id)
    text = json.dumps(lines)
    assert ANN in text
    assert not any(key in text for key in (SHOP, GRAM, CRM, four.customer_of(SHOP).customer_id))


@pytest.mark.parametrize("service", [IDENTITY, ADVOCACY, TIER])
@pytest.mark.parametrize("method", ["CountHoldings", "ListHoldings"])
def test_an_export_fails_where_a_service_is_away(four: FourServices, service: str, method: str) -> None:
    """It names the service, and never ends as if it were whole."""
    four.callers[service].away.add(method)
    joe = four.customer_of(SHOP).customer_id
    with pytest.raises(CallFailed) as failed:
        exported(four, joe)
    assert failed.value.reason == "DEPENDENCY_UNAVAILABLE"
    assert failed.value.metadata == {"service": service}


def test_a_service_that_is_away_is_told_before_anything_else(four: FourServices) -> None:
    """Who exports learns at once, not after an hour."""
    four.callers[TIER].away.add("CountHoldings")
    answers = four.callers[PROFILE].stream(
        "ExportCustomer",
        ExportCustomerRequest(name=f"customers/{four.customer_of(SHOP).customer_id}"),
        ExportCustomerResponse,
    )
    with pytest.raises(CallFailed):
        next(answers)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (ExportCustomerRequest(name="customers/01hf7yat0000000001zzzzzzzz"), "CUSTOMER_NOT_FOUND"),
        (ExportCustomerRequest(name="01hf7yat000000000100000000"), "INVALID_FIELD"),
    ],
)
def test_who_is_not_known_is_not_exported(four: FourServices, request_: Message, reason: str) -> None:
    with pytest.raises(CallFailed) as failed:
        list(four.callers[PROFILE].stream("ExportCustomer", request_, ExportCustomerResponse))
    assert failed.value.reason == reason


@pytest.mark.parametrize("service", SERVICES)
def test_every_collection_is_a_holding_or_names_nobody(four: FourServices, service: str) -> None:
    """Who adds a collection declares what it holds of people, or says here why it holds nothing of them."""
    whose = CountHoldingsRequest(account_keys=[SHOP])
    kept = set(four.callers[service].call("CountHoldings", whose, CountHoldingsResponse).meanings)
    declared = {each._get_collection_name() for each in SERVICES[service].collections}
    assert declared - kept <= OF_NOBODY
    assert kept <= declared


def test_every_service_is_asked() -> None:
    """The list of services and what the profile calls are the same, so that a fifth service is not forgotten."""
    assert {PROFILE, *SERVICES[PROFILE].calls} == set(known_services())
    assert all(set(service.calls) == set(known_services()[name].calls) for name, service in SERVICES.items())
