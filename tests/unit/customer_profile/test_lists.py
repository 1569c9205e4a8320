"""Lists over gRPC: customers by filter and order, accounts, and all values of a contact field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.profile.v1.facets_pb2 import AccountSummary
from rapport.profile.v1.profile_pb2 import (
    CUSTOMER_ORDER_LAST_ORDER_DESC,
    CUSTOMER_ORDER_NET_DESC,
    CustomerFilter,
    ListAccountsRequest,
    ListCustomersRequest,
    ListCustomersResponse,
    ListFieldValuesRequest,
)
from rapport.tier.v1.tier_pb2 import Tier
from tests.unit.customer_profile.serving import not_found, refused, serve
from tests.unit.customer_profile.world import World, at, followers, interaction, observation, purchase, returned


@pytest.fixture
def world() -> World:
    """Six customers: the second and the fifth bought, the fifth more and earlier; the sixth is merged into C1."""
    town = World()
    for number in range(1, 7):
        town.belongs(f"C{number}", f"instagram:{number}")
        town.interacted(interaction("e1", f"instagram:{number}", number))
    town.belongs("C5", "instagram:5", "web_shop:5")
    town.interacted(purchase("p1", "instagram:2", 90, "o1", 500), purchase("p2", "web_shop:5", 80, "o2", 70_000))
    town.publish("tiers", "C2", Tier(customer_id="C2", tier="gold", version=1).SerializeToString())
    town.settle()
    town.merged("C6", "C1")
    town.belongs("C1", "instagram:1", "instagram:6", absorbed=["C6"])
    town.settle()
    return town


def pages(world: World, **fields: Any) -> Iterator[list[str]]:
    api, request = serve(world), ListCustomersRequest(**fields)
    while True:
        page = ListCustomersResponse.FromString(api.list_customers(request, None))
        yield [record.customer_id for record in page.customers]
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token


def listed(world: World, **fields: Any) -> list[str]:
    return [id_ for page in pages(world, **fields) for id_ in page]


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_pr1_customers_are_listed_by_id_each_once(world: World, size: int) -> None:
    """In pages of any size; a customer that was merged away is not listed beside its survivor."""
    read = list(pages(world, page_size=size))
    assert [id_ for page in read for id_ in page] == ["C1", "C2", "C3", "C4", "C5"]
    assert all(len(page) == size for page in read[:-1])


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"channel": "web_shop"}, ["C5"]),
        ({"channel": "instagram"}, ["C1", "C2", "C3", "C4", "C5"]),
        ({"tier": "gold"}, ["C2"]),
        ({"stage": "customer"}, ["C2", "C5"]),
        ({"stage": "customer", "tier": "gold"}, ["C2"]),
        ({"stage": "customer", "tier": "silver"}, []),
        ({"segment": "worth_winning_back"}, []),
    ],
)
def test_pr1_customers_are_listed_by_what_their_records_say(
    world: World, wanted: dict[str, str], expected: list[str]
) -> None:
    """All that is set must hold; a segment that nobody is in gives an empty page."""
    assert listed(world, filter=CustomerFilter(**wanted), page_size=1) == expected


def test_pr8_customers_are_listed_by_purchases_and_by_last_order(world: World) -> None:
    """The most first, the newest first; who never ordered is left out. Filters hold as well."""
    assert listed(world, order_by=CUSTOMER_ORDER_NET_DESC, page_size=1) == ["C5", "C2"]
    assert listed(world, order_by=CUSTOMER_ORDER_LAST_ORDER_DESC, page_size=1) == ["C2", "C5"]
    gold = CustomerFilter(tier="gold")
    assert listed(world, order_by=CUSTOMER_ORDER_NET_DESC, filter=gold) == ["C2"]


NETS = st.lists(st.integers(-3, 3), min_size=1, max_size=8)


@settings(max_examples=15, deadline=None)
@given(NETS, st.integers(1, 3))
def test_pr8_pages_by_purchases_are_slices_of_one_order(nets: list[int], size: int) -> None:
    """Also below zero and among equals, where the id decides."""
    world = World()
    for number, net in enumerate(nets):
        account = f"web_shop:{number}"
        world.belongs(f"C{number}", account)
        world.interacted(purchase("e1", account, 1, "o1", 10))
        world.interacted(returned("e2", account, 2, "r1", 10 - net))
    world.settle()
    expected = sorted(range(len(nets)), key=lambda number: (nets[number], f"C{number}"), reverse=True)
    read = listed(world, order_by=CUSTOMER_ORDER_NET_DESC, page_size=size)
    assert read == [f"C{number}" for number in expected]


def test_pr1_a_mask_cuts_the_records_of_a_list(world: World) -> None:
    """As of one record."""
    request = ListCustomersRequest(page_size=1, read_mask=FieldMask(paths=["activity.interactions"]))
    page = ListCustomersResponse.FromString(serve(world).list_customers(request, None))
    assert [field.name for field, _ in page.customers[0].ListFields()] == ["activity"]


@pytest.mark.parametrize(
    ("reason", "field", "request_fields"),
    [
        ("INVALID_FIELD", "page_size", {"page_size": -1}),
        ("INVALID_FIELD", "order_by", {"order_by": 9}),
        ("INVALID_FIELD", "filter.segment", {"filter": CustomerFilter(segment="x" * 129)}),
        ("INVALID_FIELD", "filter.segment", {"filter": CustomerFilter(segment="newsletter_reader")}),
        ("INVALID_FIELD", "filter.stage", {"filter": CustomerFilter(stage="at_risks")}),
        ("UNKNOWN_FIELD_IN_MASK", "nickname", {"read_mask": FieldMask(paths=["nickname"])}),
        ("INVALID_PAGE_TOKEN", "page_token", {"page_token": "bm90aGluZw"}),
    ],
)
def test_pr1_a_wrong_list_is_refused_with_its_field(
    world: World, reason: str, field: str, request_fields: dict[str, Any]
) -> None:
    """The error names what is wrong."""
    error = refused(serve(world).list_customers, ListCustomersRequest(**request_fields))
    assert (error.reason, error.metadata) == (reason, {"field": field})


def test_pr1_a_token_of_another_list_is_refused(world: World) -> None:
    """A token goes on with its own filter and order only."""
    api = serve(world)
    page = ListCustomersResponse.FromString(api.list_customers(ListCustomersRequest(page_size=1), None))
    for other in (
        ListCustomersRequest(order_by=CUSTOMER_ORDER_NET_DESC),
        ListCustomersRequest(filter=CustomerFilter(tier="gold")),
    ):
        other.page_token = page.next_page_token
        assert refused(api.list_customers, other).reason == "INVALID_PAGE_TOKEN"


def test_pr1_all_accounts_of_a_large_customer_are_paged() -> None:
    """A customer with 2,500 accounts: the record names 200 and counts them all; the list has each once."""
    world = World()
    accounts = [f"instagram:{number:04}" for number in range(2500)]
    world.belongs("C1", *accounts)
    world.interacted(interaction("e1", accounts[0], 1, figures=followers(9)), interaction("e2", accounts[0], 3))
    world.settle()
    api = serve(world)
    record = world.record("C1")
    assert (len(record.accounts), record.account_count) == (200, 2500)
    request = ListAccountsRequest(parent="customers/C1", page_size=1000)
    read: list[AccountSummary] = []
    while True:
        page = api.list_accounts(request, None)
        read += page.accounts
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert [each.account_key for each in read] == accounts
    first, second = read[:2]
    assert (first.interactions, first.first_at, first.last_at, first.reach.followers) == (2, at(1), at(3), 9)
    assert (second.interactions, second.HasField("first_at"), second.HasField("reach")) == (0, False, False)


def test_pr1_accounts_of_a_merged_away_id_are_the_survivors(world: World) -> None:
    """As everywhere; of an unknown id there are none to list."""
    api = serve(world)
    listed_ = api.list_accounts(ListAccountsRequest(parent="customers/C6"), None)
    assert [each.account_key for each in listed_.accounts] == ["instagram:1", "instagram:6"]
    assert not_found(refused(api.list_accounts, ListAccountsRequest(parent="customers/C9")), "CUSTOMER_NOT_FOUND")
    assert refused(api.list_accounts, ListAccountsRequest(parent="C1")).metadata == {"field": "parent"}


def test_pr2_all_values_of_a_field_are_paged_in_the_order_of_survivorship(world: World) -> None:
    """The first is the one in the record; the others follow, each once."""
    world.interacted(
        *(observation(f"n{number}", "instagram:3", number, given_name=f"Name {number}") for number in range(5))
    )
    world.settle()
    api = serve(world)
    request = ListFieldValuesRequest(parent="customers/C3", field="given_name", page_size=2)
    read: list[str] = []
    while True:
        page = api.list_field_values(request, None)
        read += [each.value for each in page.values]
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    contact = world.record("C3").contact.given_name
    assert read == [contact.value, *(each.value for each in contact.others)]
    assert sorted(read) == [f"Name {number}" for number in range(5)]
    none = api.list_field_values(ListFieldValuesRequest(parent="customers/C4", field="company"), None)
    assert (list(none.values), none.next_page_token) == ([], "")


@pytest.mark.parametrize(
    ("field", "request_fields"),
    [
        ("field", {"field": "nickname"}),
        ("field", {}),
        ("page_size", {"field": "email", "page_size": -5}),
        ("page_token", {"field": "email", "page_token": "bm90aGluZw"}),
        ("parent", {"field": "email", "parent": "C3"}),
    ],
)
def test_pr2_a_wrong_list_of_values_is_refused_with_its_field(
    world: World, field: str, request_fields: dict[str, Any]
) -> None:
    """The error names what is wrong."""
    request = ListFieldValuesRequest(**{"parent": "customers/C3", **request_fields})
    assert refused(serve(world).list_field_values, request).metadata == {"field": field}
