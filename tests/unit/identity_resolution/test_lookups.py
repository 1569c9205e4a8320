"""Whom an account or an identifier belongs to, asked over the API's implementation."""

from __future__ import annotations

from typing import Any, cast

import grpc
import pytest

from chassis.rpc.errors import RpcError
from rapport.identity.v1 import service_pb2 as pb
from rapport.identity.v1.events_pb2 import CUSTOMER_STATE_LIVE, CUSTOMER_STATE_MERGED, Customer
from tests.unit.identity_resolution.world import World, interaction, keys

MAIL = ("email", "joe@example.com")
PHONE = ("phone", "+4915112345678")
NOBODY = "0" * 26
CONTEXT = cast(grpc.ServicerContext, None)


@pytest.fixture
def world() -> World:
    """Joe by two accounts that were two customers before, and Ann."""
    world = World()
    world.send(interaction("1", "instagram:joe", MAIL))
    world.settle()
    world.send(interaction("2", "email:Joe.Work@Example.com", PHONE), interaction("3", "tiktok:ann"))
    world.settle()
    world.send(interaction("4", "instagram:joe", PHONE))
    world.settle()
    return world


def account(key: str) -> pb.Key:
    return pb.Key(account=key)


def identifier(type_: str, value: str) -> pb.Key:
    return pb.Key(identifier=pb.IdentifierValue(type=type_, value=value))


def customer_key(id_: str) -> pb.Key:
    return pb.Key(customer_id=id_)


def joe_and_merged(world: World) -> tuple[str, str]:
    """The ids of Joe and of the customer that was merged into Joe."""
    (merged,) = [each for each in world.customers().values() if each.merged_into]
    return merged.merged_into, merged.customer_id


def resolve(world: World, key: pb.Key) -> pb.ResolveResponse:
    return world.server().resolve(pb.ResolveRequest(key=key), CONTEXT)


@pytest.mark.parametrize(
    "key",
    [
        account("instagram:joe"),
        account("email:joe.work@example.com"),
        identifier(*MAIL),
        identifier("email", " JOE@example.com"),
        identifier("phone", "+49 1511 2345678"),
        identifier("email", "joe.work@example.com"),
    ],
)
def test_pr1_an_account_or_identifier_leads_to_its_live_customer(world: World, key: pb.Key) -> None:
    assert resolve(world, key) == pb.ResolveResponse(customer_id=joe_and_merged(world)[0])


def test_pr1_an_id_that_was_merged_away_leads_to_the_survivor_and_says_so(world: World) -> None:
    live, merged = joe_and_merged(world)
    assert resolve(world, customer_key(merged)) == pb.ResolveResponse(customer_id=live, merged_from=merged)
    assert resolve(world, customer_key(live)) == pb.ResolveResponse(customer_id=live)


def test_an_id_that_was_merged_away_twice_leads_to_the_last_survivor() -> None:
    world = World()
    for number, claim in enumerate((("cookie", "1"), ("cookie", "2"), ("cookie", "3"))):
        world.send(interaction("0", f"x:{number}", claim))
        world.settle()
    for number, claim in ((2, ("cookie", "2")), (1, ("cookie", "1"))):
        world.send(interaction("1", f"x:{number}", claim))
        world.settle()
    first, _, third = sorted(world.customers())
    assert world.customers()[third].merged_into != first
    assert resolve(world, customer_key(third)) == pb.ResolveResponse(customer_id=first, merged_from=third)


HASH = "h_" + "a" * 26
"""Stands for a value, as Rapport's keys show it."""


def test_id5_an_identifier_that_several_customers_show_leads_to_the_first_and_names_the_others() -> None:
    """Two people by their loyalty numbers show one e-mail address."""
    world = World()
    for number in (1, 2):
        world.show((f"x:{number}", [f"loyalty_number:h_{number}"]))
        world.settle()
    for number in (1, 2):
        world.show((f"x:{number}", [f"email:{HASH}"]))
        world.settle()
    first, second = (world.assignments()[f"x:{number}"].customer_id for number in (1, 2))
    assert first != second
    answer = resolve(world, identifier("email", HASH))
    assert answer == pb.ResolveResponse(customer_id=first, other_customer_ids=[second])


def test_id3_an_identifier_that_too_many_show_leads_to_nobody() -> None:
    world = World()
    for number in range(40):
        world.show((f"x:{number}", [f"user_id:{HASH}"]))
        world.settle()
    assert world.stores["identifiers"].everything()[f"user_id:{HASH}"]["state"] == "shared"
    with pytest.raises(RpcError) as refused:
        resolve(world, identifier("user_id", HASH))
    assert refused.value.reason == "CUSTOMER_NOT_FOUND"


def test_accounts_and_identifiers_may_be_named_by_the_hash_that_stands_for_a_personal_value(world: World) -> None:
    live, _ = joe_and_merged(world)
    mailbox = keys().account("email", "joe.work@example.com")
    assert resolve(world, account(mailbox)).customer_id == live
    address = keys().identifier(*MAIL).removeprefix("email:")
    assert resolve(world, identifier("email", address)).customer_id == live


@pytest.mark.parametrize(
    "key",
    [account("instagram:nobody"), account("email:nobody@example.com"), identifier("cookie", "x"), customer_key(NOBODY)],
)
def test_an_unknown_key_is_not_found(world: World, key: pb.Key) -> None:
    with pytest.raises(RpcError) as refused:
        resolve(world, key)
    assert (refused.value.code, refused.value.reason) == (grpc.StatusCode.NOT_FOUND, "CUSTOMER_NOT_FOUND")


@pytest.mark.parametrize(
    ("key", "field"),
    [
        (pb.Key(), "key"),
        (customer_key("joe"), "key.customer_id"),
        (account("joe"), "key.account"),
        (account("Insta gram:joe"), "key.account"),
        (account("instagram:"), "key.account"),
        (identifier("shoe_size", "4242"), "key.identifier.type"),
        (identifier("email", "info@example.com"), "key.identifier.value"),
        (identifier("email", "null"), "key.identifier.value"),
        (identifier("phone", "12"), "key.identifier.value"),
        (identifier("handle", "joe"), "key.identifier.value"),
    ],
)
def test_id2_a_key_that_can_be_nobodys_is_refused_by_field_and_not_quoted(
    world: World, key: pb.Key, field: str
) -> None:
    with pytest.raises(RpcError) as refused:
        resolve(world, key)
    error = refused.value
    assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert error.metadata["field"] == field
    assert not [value for value in ("4242", "info@", "joe") if value in error.message]


def test_a_batch_answers_in_order_with_empty_answers_for_nobody(world: World) -> None:
    live, merged = joe_and_merged(world)
    asked = [identifier(*MAIL), account("x:nobody"), customer_key(merged), customer_key(NOBODY), account("tiktok:ann")]
    answer = world.server().batch_resolve(pb.BatchResolveRequest(keys=asked), CONTEXT)
    ann = world.assignments()["tiktok:ann"].customer_id
    assert [(each.customer_id, each.merged_from) for each in answer.results] == [
        (live, ""),
        ("", ""),
        (live, merged),
        ("", ""),
        (ann, ""),
    ]


def test_a_bad_key_of_a_batch_is_named_by_its_place(world: World) -> None:
    with pytest.raises(RpcError) as refused:
        world.server().batch_resolve(pb.BatchResolveRequest(keys=[account("x:y"), pb.Key()]), CONTEXT)
    assert refused.value.metadata["field"] == "keys[1]"


@pytest.mark.parametrize(
    "ask",
    [
        lambda server: server.batch_resolve(pb.BatchResolveRequest(keys=[account("x:y")] * 1001), CONTEXT),
        lambda server: server.batch_get_customers(
            pb.BatchGetCustomersRequest(names=[f"customers/{NOBODY}"] * 1001), CONTEXT
        ),
    ],
)
def test_more_than_a_thousand_in_a_batch_are_refused(world: World, ask: Any) -> None:
    with pytest.raises(RpcError) as refused:
        ask(world.server())
    assert (refused.value.reason, refused.value.metadata["limit"]) == ("BATCH_TOO_LARGE", "1000")


def test_a_customer_is_served_as_it_was_published(world: World) -> None:
    live, merged = joe_and_merged(world)
    for id_, state in ((live, CUSTOMER_STATE_LIVE), (merged, CUSTOMER_STATE_MERGED)):
        name = f"customers/{id_}"
        served = Customer.FromString(world.server().get_customer(pb.GetCustomerRequest(name=name), CONTEXT))
        assert served == world.customers()[id_]
        assert (served.name, served.state) == (name, state)
    joe = world.customers()[live]
    mailbox = keys().account("email", "joe.work@example.com")
    assert [each.account_key for each in joe.accounts] == [mailbox, "instagram:joe"]
    assert list(joe.absorbed) == [merged]


@pytest.mark.parametrize("name", ["", "joe", "customers/", "customers/a/b", "accounts/x"])
def test_a_malformed_name_is_refused(world: World, name: str) -> None:
    with pytest.raises(RpcError) as refused:
        world.server().get_customer(pb.GetCustomerRequest(name=name), CONTEXT)
    assert (refused.value.reason, refused.value.metadata["field"]) == ("INVALID_FIELD", "name")


def test_an_unknown_customer_is_not_found(world: World) -> None:
    with pytest.raises(RpcError) as refused:
        world.server().get_customer(pb.GetCustomerRequest(name=f"customers/{NOBODY}"), CONTEXT)
    assert refused.value.reason == "CUSTOMER_NOT_FOUND"


def test_a_batch_of_customers_has_each_once_and_names_those_not_found(world: World) -> None:
    live, merged = joe_and_merged(world)
    names = [f"customers/{id_}" for id_ in (merged, NOBODY, live, merged)]
    answer = pb.BatchGetCustomersResponse.FromString(
        world.server().batch_get_customers(pb.BatchGetCustomersRequest(names=names), CONTEXT)
    )
    assert [each.customer_id for each in answer.customers] == [merged, live]
    assert list(answer.not_found) == [f"customers/{NOBODY}"]


def test_documents_that_contradict_are_a_defect_and_no_endless_search(world: World) -> None:
    live, merged = joe_and_merged(world)
    document = world.stores["customers"].everything()[live]
    world.stores["customers"].put_newer([{**document, "version": document["version"] + 1, "merged_into": merged}])
    with pytest.raises(RuntimeError, match="does not end"):
        resolve(world, customer_key(live))
