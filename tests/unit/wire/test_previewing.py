"""What every Preview method refuses, and how it answers, over the toy service's computation."""

from __future__ import annotations

import msgspec
import pytest

from chassis.errors import Unavailable
from chassis.memory.runner import MemoryRunner
from chassis.rpc.errors import RpcError
from chassis.rpc.requests import concat_repeated
from chassis.service import ServerContext
from chassis.settings import Settings
from chassis.stages.computing import Computation
from chassis.stages.parts import PartCodec
from rapport.common.v1.proposal_pb2 import ProposedCustomer
from tests.unit.chassis.stages.toy import Collected, Packed, Total, Toy, ToyAnnouncer, compute
from wire.previewing import MOST_ACCOUNTS, MOST_CUSTOMERS, Previews

SETTINGS = Settings.from_environment("toy", needs_key=False, services={})


@pytest.fixture
def toy() -> Toy:
    """G has a member with 50, H one with 7."""
    made = Toy()
    for member, group, amount in (("g", "G", 50), ("h", "H", 7)):
        made.assign(member, group, 1)
        made.snapshot(group, 1, [member])
        made.event(member, 1, amount)
    MemoryRunner(made.broker, "toy", made.handlers()).run_until_quiet()
    return made


def previews(toy: Toy) -> Previews[Collected, Total, str]:
    """Previews over what the toy's worker has stored."""
    parts: PartCodec[Collected] = PartCodec(Packed(Collected), Collected)
    stores = {"parts": toy.parts, "results": toy.results}
    return Previews(
        ServerContext(SETTINGS, stores.__getitem__, toy.clock, {}, toy.broker),
        lambda: Computation(compute, ToyAnnouncer(), parts, Packed(Total)),
        personas="parts",
        results="results",
    )


def proposed(customer: str, *accounts: str, absorbed: tuple[str, ...] = ()) -> ProposedCustomer:
    return ProposedCustomer(customer_id=customer, account_keys=accounts, absorbed=absorbed)


def refused(toy: Toy, *customers: ProposedCustomer) -> RpcError:
    with pytest.raises(RpcError) as error:
        previews(toy).answer(customers)
    return error.value


def test_results_come_in_the_order_of_the_customers_and_then_the_accounts_that_are_unknown(toy: Toy) -> None:
    """As fields 1 and 2 of the response."""
    answer = previews(toy).answer([proposed("H", "h", "x"), proposed("G", "g")])
    results = [msgspec.msgpack.encode(each) for each in ([0, 7, 0], [0, 50, 1])]
    assert answer == concat_repeated(1, results) + concat_repeated(2, [b"x"])


def test_an_input_that_would_be_another_takes_the_place_of_the_one_that_arrived(toy: Toy) -> None:
    """Of the customer that it is given for, and of no other."""
    toy.send("bonuses", "G", ["G", 7, 1000])
    MemoryRunner(toy.broker, "toy", toy.handlers()).run_until_quiet()
    customers = [proposed("G", "g"), proposed("H", "h")]
    answers = [previews(toy).answer(customers, given) for given in ({}, {"G": {"bonus": msgspec.msgpack.encode(1)}})]
    for answer, total in zip(answers, (1050, 51), strict=True):
        results = [msgspec.msgpack.encode([0, amount, amount // 40]) for amount in (total, 7)]
        assert answer == concat_repeated(1, results)


@pytest.mark.parametrize(
    ("customers", "field"),
    [
        ([], "customers"),
        ([proposed("", "g")], "customers[0].customer_id"),
        ([proposed("G", "g"), proposed("customers/H", "h")], "customers[1].customer_id"),
        ([proposed("G")], "customers[0].account_keys"),
        ([proposed("G", "g", "")], "customers[0].account_keys"),
        ([proposed("G", "g", absorbed=("",))], "customers[0].absorbed"),
        ([proposed("G", "g", "g")], "customers"),
        ([proposed("G", "g"), proposed("H", "g")], "customers"),
        ([proposed("G", "g"), proposed("G", "h")], "customers"),
        ([proposed("G", "g", absorbed=("G",))], "customers"),
        ([proposed("G", "g", absorbed=("H",)), proposed("H", "h")], "customers"),
    ],
)
def test_what_cannot_be_is_the_callers_mistake(toy: Toy, customers: list[ProposedCustomer], field: str) -> None:
    """INVALID_ARGUMENT names the field, and quotes nothing of what was sent."""
    error = refused(toy, *customers)
    assert (error.code.name, error.reason, error.metadata) == ("INVALID_ARGUMENT", "INVALID_FIELD", {"field": field})


@pytest.mark.parametrize(
    ("customers", "field", "limit"),
    [
        ([proposed(f"C{number}", f"x:{number}") for number in range(MOST_CUSTOMERS + 1)], "customers", MOST_CUSTOMERS),
        ([proposed("G", *map(str, range(MOST_ACCOUNTS + 1)))], "customers[0].account_keys", MOST_ACCOUNTS),
        (
            [proposed("G", "g", absorbed=tuple(map(str, range(MOST_ACCOUNTS + 1))))],
            "customers[0].absorbed",
            MOST_ACCOUNTS,
        ),
    ],
)
def test_a_preview_is_bounded(toy: Toy, customers: list[ProposedCustomer], field: str, limit: int) -> None:
    """One more than allowed is refused with the limit."""
    error = refused(toy, *customers)
    assert (error.code.name, error.reason) == ("INVALID_ARGUMENT", "BATCH_TOO_LARGE")
    assert error.metadata == {"field": field, "limit": str(limit)}


def test_as_much_as_is_allowed_is_answered(toy: Toy) -> None:
    """Ten customers with five hundred accounts each."""
    customers = [
        proposed(f"C{number}", *(f"x:{number}-{account}" for account in range(MOST_ACCOUNTS)))
        for number in range(MOST_CUSTOMERS)
    ]
    assert previews(toy).answer(customers)


def test_a_store_that_is_away_is_said_to_be(toy: Toy) -> None:
    """The server answers UNAVAILABLE for it, and the call may be repeated."""
    toy.parts.available = False
    with pytest.raises(Unavailable):
        previews(toy).answer([proposed("G", "g")])
