"""Looking customers up: by id, many at once, by account or identifier; also under ids that were merged away."""

from __future__ import annotations

from collections.abc import Sequence

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from chassis.rpc.errors import CallFailed, DependencyUnavailable
from chassis.rpc.handlers import handlers
from customer_profile.adapters.documents import RECORDS
from customer_profile.bootstrap import SERVICE
from rapport.advocacy.v1.advocacy_pb2 import Score
from rapport.identity.v1.service_pb2 import IdentifierValue, Key, ResolveResponse
from rapport.profile.v1.profile_pb2 import (
    BatchGetCustomersRequest,
    BatchGetCustomersResponse,
    BatchLookupCustomersRequest,
    BatchLookupCustomersResponse,
    CustomerRecord,
    GetCustomerRequest,
    LookupCustomerRequest,
)
from tests.unit.customer_profile.serving import FakeIdentity, not_found, refused, serve
from tests.unit.customer_profile.world import World, at, interaction, observation


@pytest.fixture
def world() -> World:
    """Three customers; the third was merged into the second, and the second into the first."""
    town = World()
    for number, account in ((1, "instagram:a"), (2, "instagram:b"), (3, "instagram:c"), (4, "instagram:d")):
        town.belongs(f"C{number}", account)
        town.interacted(observation("e1", account, number, given_name=f"Name {number}"))
    town.settle()
    town.merged("C3", "C2")
    town.belongs("C2", "instagram:b", "instagram:c", absorbed=["C3"])
    town.settle()
    town.merged("C2", "C1")
    town.belongs("C1", "instagram:a", "instagram:b", "instagram:c", absorbed=["C2", "C3"])
    town.settle()
    return town


def get(world: World, name: str, *paths: str) -> CustomerRecord:
    request = GetCustomerRequest(name=name, read_mask=FieldMask(paths=paths))
    return CustomerRecord.FromString(serve(world).get_customer(request, None))


def test_pr1_a_customer_is_found_by_id(world: World) -> None:
    """The answer is the stored record, byte by byte."""
    answer = serve(world).get_customer(GetCustomerRequest(name="customers/C4"), None)
    assert answer == world.stores[RECORDS].load(["C4"])["C4"]["message"]
    assert CustomerRecord.FromString(answer).contact.given_name.value == "Name 4"


def test_pr1_a_merged_away_id_answers_with_the_survivor_and_says_so(world: World) -> None:
    """An id merged away twice leads over both merges to the customer who has its accounts now."""
    answer = get(world, "customers/C3")
    assert (answer.customer_id, answer.merged_from, answer.merged_into) == ("C1", "C3", "")
    assert list(answer.accounts) == ["instagram:a", "instagram:b", "instagram:c"]
    answer.ClearField("merged_from")
    assert answer == get(world, "customers/C1")


def test_pr1_an_unknown_id_and_one_not_computed_yet_are_told_apart(world: World) -> None:
    """Nothing known is CUSTOMER_NOT_FOUND; a score that came ahead of the membership makes it NOT_COMPUTED_YET."""
    world.publish("advocacy-scores", "C9", Score(customer_id="C9", score=1, version=1).SerializeToString())
    world.merged("C8", "C7")
    world.settle()
    api = serve(world)
    for customer, reason in (("C0", "CUSTOMER_NOT_FOUND"), ("C9", "NOT_COMPUTED_YET"), ("C8", "NOT_COMPUTED_YET")):
        assert not_found(refused(api.get_customer, GetCustomerRequest(name=f"customers/{customer}")), reason)


@pytest.mark.parametrize("name", ["", "C1", "customers/", "customers/C1/tier", "tiers/C1"])
def test_a_wrong_name_is_refused_with_its_field(world: World, name: str) -> None:
    """Only customers/{customer} is a name."""
    error = refused(serve(world).get_customer, GetCustomerRequest(name=name))
    assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert error.metadata == {"field": "name"}


def test_a_read_mask_cuts_the_record_to_its_fields(world: World) -> None:
    """Top-level and nested fields are kept, nothing else; a merged-away id says so all the same."""
    answer = get(world, "customers/C2", "customer_id", "contact.given_name", "activity.by_kind")
    assert sorted(field.name for field, _ in answer.ListFields()) == [
        "activity",
        "contact",
        "customer_id",
        "merged_from",
    ]
    assert answer.contact.given_name.value == "Name 3"
    assert answer.activity.interactions == 0
    assert dict(answer.activity.by_kind) == {"observation": 3}


@pytest.mark.parametrize("path", ["nickname", "contact.nickname", "purchases.orders", "contact..email"])
def test_a_mask_with_an_unknown_field_is_refused(world: World, path: str) -> None:
    """The error names the path."""
    request = GetCustomerRequest(name="customers/C1", read_mask=FieldMask(paths=[path]))
    error = refused(serve(world).get_customer, request)
    assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "UNKNOWN_FIELD_IN_MASK")
    assert error.metadata == {"field": path}


def test_pr1_many_customers_are_found_at_once(world: World) -> None:
    """Records come in the order asked for, each once, with merged-away ids answered; the rest is named."""
    names = ["customers/C4", "customers/C0", "customers/C3", "customers/C1", "customers/C4"]
    request = BatchGetCustomersRequest(names=names)
    answer = BatchGetCustomersResponse.FromString(serve(world).batch_get_customers(request, None))
    assert [(each.customer_id, each.merged_from) for each in answer.customers] == [("C4", ""), ("C1", "C3"), ("C1", "")]
    assert list(answer.not_found) == ["customers/C0"]


def test_pr1_a_batch_names_what_is_not_computed_yet(world: World) -> None:
    """A customer of whom only the score has arrived has no record to show."""
    world.publish("advocacy-scores", "C9", Score(customer_id="C9", score=1, version=1).SerializeToString())
    world.settle()
    request = BatchGetCustomersRequest(names=["customers/C9", "customers/C4"])
    answer = BatchGetCustomersResponse.FromString(serve(world).batch_get_customers(request, None))
    assert [each.customer_id for each in answer.customers] == ["C4"]
    assert list(answer.not_found) == ["customers/C9"]


def test_a_batch_is_bounded_and_its_names_are_checked(world: World) -> None:
    """A thousand names are allowed and one more is not; a wrong name is told by its place."""
    api = serve(world)
    most = BatchGetCustomersRequest(names=["customers/C1"] * 1000)
    assert len(BatchGetCustomersResponse.FromString(api.batch_get_customers(most, None)).customers) == 1
    error = refused(api.batch_get_customers, BatchGetCustomersRequest(names=["customers/C1"] * 1001))
    assert (error.reason, error.metadata["limit"]) == ("BATCH_TOO_LARGE", "1000")
    error = refused(api.batch_get_customers, BatchGetCustomersRequest(names=["customers/C1", "C2"]))
    assert error.metadata == {"field": "names[1]"}


def test_pr1_a_customer_is_found_by_any_identifier(world: World) -> None:
    """Identity resolution says whose it is; what it says of a merge is passed on."""
    identity = FakeIdentity(
        {
            "d@example.org": ResolveResponse(customer_id="C4"),
            "instagram:c": ResolveResponse(customer_id="C1", merged_from="C3"),
        }
    )
    api = serve(world, identity)
    email = Key(identifier=IdentifierValue(type="email", value="d@example.org"))
    answer = CustomerRecord.FromString(api.lookup_customer(LookupCustomerRequest(key=email), None))
    assert (answer.customer_id, answer.merged_from) == ("C4", "")
    request = LookupCustomerRequest(key=Key(account="instagram:c"), read_mask=FieldMask(paths=["customer_id"]))
    answer = CustomerRecord.FromString(api.lookup_customer(request, None))
    assert (answer.customer_id, answer.merged_from, list(answer.accounts)) == ("C1", "C3", [])


def test_pr1_a_merge_that_identity_has_not_told_yet_is_followed(world: World) -> None:
    """Where the profile knows of a later merge than the answer, it follows it and says so."""
    identity = FakeIdentity({"instagram:b": ResolveResponse(customer_id="C2")})
    request = LookupCustomerRequest(key=Key(account="instagram:b"))
    answer = CustomerRecord.FromString(serve(world, identity).lookup_customer(request, None))
    assert (answer.customer_id, answer.merged_from) == ("C1", "C2")


def test_a_customer_id_as_key_needs_no_other_service(world: World) -> None:
    """It is looked up as by name, also while identity resolution is away."""
    away = FakeIdentity(error=AssertionError("asked"))
    request = LookupCustomerRequest(key=Key(customer_id="C3"))
    answer = CustomerRecord.FromString(serve(world, away).lookup_customer(request, None))
    assert (answer.customer_id, answer.merged_from) == ("C1", "C3")


def test_a_customer_known_to_identity_only_is_not_computed_yet(world: World) -> None:
    """Identity resolution knows who it is, the profile has nothing yet: that is not the same as unknown."""
    identity = FakeIdentity({"instagram:new": ResolveResponse(customer_id="C77")})
    request = LookupCustomerRequest(key=Key(account="instagram:new"))
    assert not_found(refused(serve(world, identity).lookup_customer, request), "NOT_COMPUTED_YET")


def test_a_lookup_without_identity_resolution_says_what_is_missing(world: World) -> None:
    """An identity resolution that is away is passed on as such, and becomes UNAVAILABLE with its name."""
    away = DependencyUnavailable("identity-resolution", grpc.StatusCode.DEADLINE_EXCEEDED, "", "too late", {})
    request = LookupCustomerRequest(key=Key(account="instagram:a"))
    with pytest.raises(DependencyUnavailable):
        serve(world, FakeIdentity(error=away)).lookup_customer(request, None)


def test_what_identity_resolution_refuses_is_refused_in_its_words(world: World) -> None:
    """Its code, reason and metadata are the answer's."""
    refusal = CallFailed(
        "identity-resolution", grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", "blocked", {"field": "key"}
    )
    request = LookupCustomerRequest(key=Key(identifier=IdentifierValue(type="email", value="test@example.org")))
    error = refused(serve(world, FakeIdentity(error=refusal)).lookup_customer, request)
    assert (error.code, error.reason, error.metadata) == (refusal.code, "INVALID_FIELD", {"field": "key"})


def test_a_failure_of_identity_resolution_is_no_answer_about_a_customer(world: World) -> None:
    """An error without a reason is not passed on as if it were about the request."""
    failure = CallFailed("identity-resolution", grpc.StatusCode.INTERNAL, "", "", {})
    with pytest.raises(CallFailed):
        serve(world, FakeIdentity(error=failure)).lookup_customer(
            LookupCustomerRequest(key=Key(account="instagram:a")), None
        )


def test_a_lookup_needs_a_key(world: World) -> None:
    """A request without any is refused."""
    assert refused(serve(world).lookup_customer, LookupCustomerRequest()).metadata == {"field": "key"}
    empty = LookupCustomerRequest(key=Key(customer_id=""))
    assert refused(serve(world).lookup_customer, empty).metadata == {"field": "key.customer_id"}


def test_a_circle_of_merges_ends() -> None:
    """Should two ids ever name each other, the answer is an error and not a loop."""
    world = World()
    for customer in ("C1", "C2"):
        world.belongs(customer, f"x:{customer}")
    world.merged("C1", "C2")
    world.merged("C2", "C1")
    world.settle()
    error = refused(serve(world).get_customer, GetCustomerRequest(name="customers/C1"))
    assert not_found(error, "NOT_COMPUTED_YET")


def test_an_undone_merge_answers_for_itself_again(world: World) -> None:
    """The id that was merged away has a record of its own once it is split off."""
    world.belongs("C2", "instagram:b", "instagram:c", absorbed=["C3"])
    world.belongs("C1", "instagram:a")
    world.interacted(interaction("e9", "instagram:b", 30))
    world.settle()
    answer = get(world, "customers/C2")
    assert (answer.customer_id, answer.merged_from, answer.activity.interactions) == ("C2", "", 3)
    assert answer.activity.last_at == at(30)


def test_every_method_of_the_api_is_implemented(world: World) -> None:
    """The server would not start with one missing."""
    served = SERVICE.server(world.server_context({"identity-resolution": FakeIdentity()}))
    names = [handlers(descriptor, implementation).service_name() for descriptor, implementation in served]  # type: ignore[attr-defined]
    assert names == [
        "rapport.profile.v1.CustomerProfileService",
        "rapport.profile.v1.ProfileAdministrationService",
        "rapport.holdings.v1.HoldingsService",
    ]


def looked_up(world: World, identity: FakeIdentity, *keys: Key, paths: Sequence[str] = ()) -> list[CustomerRecord]:
    request = BatchLookupCustomersRequest(keys=keys, read_mask=FieldMask(paths=paths))
    answer = BatchLookupCustomersResponse.FromString(serve(world, identity).batch_lookup_customers(request, None))
    assert len(answer.results) == len(keys)
    return [each.customer for each in answer.results]


def test_pr1_many_keys_of_any_kind_are_looked_up_in_one_call(world: World) -> None:
    """One answer for each key in the order of the request, repeats too; who is not found is absent, and no error."""
    identity = FakeIdentity(
        {
            "d@example.org": ResolveResponse(customer_id="C4"),
            "instagram:c": ResolveResponse(customer_id="C1", merged_from="C3"),
            "instagram:new": ResolveResponse(customer_id="C77"),
        }
    )
    email = Key(identifier=IdentifierValue(type="email", value="d@example.org"))
    keys = [email, Key(customer_id="C2"), Key(account="instagram:c"), Key(account="x:nobody"), Key(customer_id="C0")]
    found = looked_up(world, identity, *keys, Key(account="instagram:new"), email)
    assert [(each.customer_id, each.merged_from) for each in found] == [
        ("C4", ""),
        ("C1", "C2"),
        ("C1", "C3"),
        ("", ""),
        ("", ""),
        ("", ""),
        ("C4", ""),
    ]
    (cut,) = looked_up(world, identity, email, paths=["customer_id"])
    assert [field.name for field, _ in cut.ListFields()] == ["customer_id"]


def test_pr1_a_batch_of_customer_ids_asks_nobody(world: World) -> None:
    """Also while identity resolution is away."""
    away = FakeIdentity(error=AssertionError("asked"))
    found = looked_up(world, away, *[Key(customer_id="C3")] * 1000)
    assert {each.customer_id for each in found} == {"C1"}


@pytest.mark.parametrize(
    ("keys", "field"),
    [
        ([], "keys"),
        ([Key(customer_id="C1"), Key()], "keys[1]"),
        ([Key(customer_id="a/b")], "keys[0].customer_id"),
    ],
)
def test_pr1_each_key_of_a_batch_is_checked(world: World, keys: list[Key], field: str) -> None:
    """The error names the place of the first bad key."""
    request = BatchLookupCustomersRequest(keys=keys)
    assert refused(serve(world).batch_lookup_customers, request).metadata == {"field": field}


def test_pr1_a_key_that_identity_refuses_is_named_by_its_place_in_the_request(world: World) -> None:
    """Identity resolution is asked of the second key only, and calls it the first: the caller hears of the second."""
    refusal = CallFailed(
        "identity-resolution",
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_FIELD",
        "keys[0].account: blocked",
        {"field": "keys[0].account"},
    )
    request = BatchLookupCustomersRequest(keys=[Key(customer_id="C1"), Key(account="instagram:x")])
    error = refused(serve(world, FakeIdentity(error=refusal)).batch_lookup_customers, request)
    assert error.metadata == {"field": "keys[1].account"}
    assert error.message == "keys[1].account: blocked"


def test_pr1_a_batch_of_keys_is_bounded(world: World) -> None:
    """A thousand keys are allowed, and one more is not."""
    request = BatchLookupCustomersRequest(keys=[Key(customer_id="C1")] * 1001)
    error = refused(serve(world).batch_lookup_customers, request)
    assert (error.reason, error.metadata["limit"]) == ("BATCH_TOO_LARGE", "1000")
