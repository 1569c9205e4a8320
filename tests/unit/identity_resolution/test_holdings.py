"""What the service says that it holds of a person is all that is kept of it, as JSON that says what it means."""

from __future__ import annotations

import json

import pytest

from chassis.letters import LETTERS
from chassis.service import ServerContext
from identity_resolution import bootstrap
from identity_resolution.adapters import collections
from rapport.identity.v1 import events_pb2
from rapport.stewardship.v1.stewardship_pb2 import AddRelationshipRequest
from tests.unit.identity_resolution.evidence_log import TOWN, A, decided
from tests.unit.identity_resolution.stewards import Steward, observed
from tests.unit.identity_resolution.world import World, interaction
from tests.unit.wire.held import holdings, listed, naming, places

JOE, JO = "instagram:joe", "store:jo"
MAIL = ("email", "joe@example.com")
NO_HOLDINGS = {collections.JOURNAL, collections.MARKERS, LETTERS}
"""The last commit, which is overwritten by the next; what is left of those who were erased; hashes."""
OF_TWO = {collections.CUSTOMERS, collections.ACCOUNTS, collections.DETAILS}
"""Documents of one person say in these how alike another is; what they say of this one, its own documents say too."""


@pytest.fixture(scope="module")
def made() -> World:
    """A town in which everything of the service was used, and Joe, with a neighbour of nearly the same name."""
    world = decided(TOWN)
    for account, born in ((JOE, "1984-02-29"), (JO, "1991-07-15")):
        world.send(
            observed("1", account, MAIL, given_name="Jo", family_name="Doe", date_of_birth=born),
            interaction("", account),
        )
        world.settle()
    steward = Steward(world)
    steward.merge(A, "x:4")
    employer = events_pb2.RELATIONSHIP_KIND_EMPLOYER
    household = events_pb2.RELATIONSHIP_KIND_HOUSEHOLD
    for kind, other in ((employer, {"organisation": "us"}), (household, {"other_name": steward.name(JO)})):
        request = AddRelationshipRequest(kind=kind, name=steward.name(A), **other, **steward.mandate())
        steward.api.add_relationship(request, None)
    steward.constrain(events_pb2.CONSTRAINT_KIND_CANNOT_LINK, A, JOE)
    return world


def person(world: World, account: str) -> tuple[list[str], list[str]]:
    """The ids and the accounts of whoever has the account."""
    customer = next(
        each for each in world.customers().values() if account in {one.account_key for one in each.accounts}
    )
    return [customer.customer_id, *customer.absorbed], [each.account_key for each in customer.accounts]


def context(world: World) -> ServerContext:
    return ServerContext(world.settings, lambda name: world.stores[name], world.clock, {}, world.broker)


@pytest.mark.parametrize("account", [A, JOE, JO, "x:1", "x:3"])
def test_every_document_of_the_person_is_held_and_none_of_others(made: World, account: str) -> None:
    """Looked for byte by byte, by account keys; what is found names the person by an account, an id, or a decision."""
    ids, accounts = person(made, account)
    found = places(listed(holdings(bootstrap.SERVICE, context(made)), ids, accounts))
    keyed = naming(made.stores, accounts, without=NO_HOLDINGS)
    by_other_means = {(name, id_) for name, id_ in keyed if name in OF_TWO and id_ not in {*ids, *accounts}}
    assert set(keyed) - by_other_means <= set(found)
    merely_linked = {(name, id_) for name, id_ in found if name in (collections.OUTCOMES, collections.CUSTOMERS)}
    assert set(found) - set(keyed) <= merely_linked
    assert len(found) == len(set(found))


def test_every_collection_is_a_holding_or_none_of_a_person(made: World) -> None:
    everything = [*made.customers()], sorted(made.stores[collections.MEMBERSHIPS].everything())
    found = {each.collection for each in listed(holdings(bootstrap.SERVICE, context(made)), *everything)}
    declared = {each._get_collection_name() for each in bootstrap.SERVICE.collections}
    assert declared - found == NO_HOLDINGS


def test_of_others_who_share_something_only_the_number_is_told(made: World) -> None:
    """Whose the address is besides is their own affair."""
    ids, accounts = person(made, JOE)
    found = listed(holdings(bootstrap.SERVICE, context(made)), ids, accounts)
    shared = [
        json.loads(each.json) for each in found if each.collection in (collections.IDENTIFIERS, collections.BLOCKS)
    ]
    assert any(each["others"] for each in shared)
    assert all(set(each["accounts"]) <= set(accounts) for each in shared)


def test_what_is_stored_is_told_in_full(made: World) -> None:
    ids, accounts = person(made, JOE)
    told = {
        (each.collection, each.id): json.loads(each.json)
        for each in listed(holdings(bootstrap.SERVICE, context(made)), ids, accounts)
    }
    assert told["details", JOE]["details"]["given_name"] == ["jo"]
    assert told["customers", ids[0]]["published"]["customer_id"] == ids[0]
    assert told["memberships", JOE]["customer"] == ids[0]
    assert set(told["customers", ids[0]]["stored"]["accounts"]) == set(accounts)
