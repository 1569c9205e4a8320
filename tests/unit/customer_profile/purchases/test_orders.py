"""Orders from the interactions to the answers: listed with their lines and returns, and set aside where they mix."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customer_profile.adapters.codec import personas
from rapport.profile.v1 import profile_pb2 as pb
from tests.unit.customer_profile.purchases.shop import bought, eur, gave_back, line
from tests.unit.customer_profile.serving import not_found, refused, serve
from tests.unit.customer_profile.world import World
from tests.unit.wire.world import ANN, JOE, JOE_SHOP

C1, C2 = "01kknq5e8d0000g00000000001", "01kknq5e8d0000g00000000002"


def listed(world: World, customer: str = C1, page_size: int = 50) -> list[pb.ListOrdersResponse]:
    """Every page of a customer's orders."""
    request = pb.ListOrdersRequest(parent=f"customers/{customer}", page_size=page_size)
    pages = [serve(world).list_orders(request, None)]
    while pages[-1].next_page_token:
        request.page_token = pages[-1].next_page_token
        pages.append(serve(world).list_orders(request, None))
    return pages


def test_pr8_orders_are_listed_with_their_lines_and_what_was_given_back() -> None:
    world = World()
    world.belongs(C1, JOE, JOE_SHOP)
    lines = [line("shirt", 2, 500), line("hat", 1, 900)]
    world.interacted(
        bought(JOE_SHOP, 1, "A-1", 1900, lines=lines, source=1),
        bought(JOE, 2, "A-2", 700),
        gave_back(JOE, 3, "R-1", "A-1", 500),
        gave_back(JOE, 3, "R-2", "unknown", 500),
    )
    world.settle()
    (page,) = listed(world)
    second, first = page.orders
    assert (second.order_id, first.order_id) == ("A-2", "A-1")
    assert list(first.lines) == lines
    assert (first.account_key, first.total, first.source) == (JOE_SHOP, eur(1900), 1)
    assert [(each.return_id, each.total) for each in first.returns] == [("R-1", eur(500))]
    assert not second.returns
    (summary,) = world.record(C1).purchases
    assert (summary.lines, summary.pieces, summary.order_days, summary.unmatched_returns) == (2, 3, 2, 1)
    assert (summary.repeat_share, summary.average_interval.seconds) == (0.5, 24 * 3600)


def test_pr8_a_return_is_matched_when_its_order_arrives_later_with_another_account() -> None:
    world = World()
    world.belongs(C1, JOE, JOE_SHOP)
    world.interacted(gave_back(JOE, 3, "R-1", "A-1", 500))
    world.settle()
    assert world.record(C1).purchases[0].unmatched_returns == 1
    world.interacted(bought(JOE_SHOP, 1, "A-1", 400))
    world.settle()
    (summary,) = world.record(C1).purchases
    assert (summary.unmatched_returns, summary.net_minor_units) == (0, -100)


def test_pr8_an_order_told_of_two_accounts_counts_once_and_again_twice_after_a_split() -> None:
    world = World()
    world.belongs(C1, JOE, JOE_SHOP)
    world.interacted(bought(JOE_SHOP, 1, "A-1", 1000), bought(JOE, 1, "A-1", 1000))
    world.settle()
    assert [each.order_id for each in listed(world)[0].orders] == ["A-1"]
    assert world.record(C1).purchases[0].gross_minor_units == 1000
    world.belongs(C1, JOE)
    world.belongs(C2, JOE_SHOP)
    world.settle()
    assert [world.record(customer).purchases[0].gross_minor_units for customer in (C1, C2)] == [1000, 1000]


def test_pr8_an_order_in_two_currencies_is_set_aside_and_its_like_can_be_replayed() -> None:
    """Identity resolution refuses it before; what slips through leaves a hole, which a replay fills once."""
    world = World()
    world.belongs(C1, JOE)
    mixed = bought(JOE, 1, "A-1", 1900, lines=[line("shirt", 1, 500), line("hat", 1, 900, currency="USD")])
    records = world.interacted(mixed, bought(JOE, 2, "A-2", 700))
    world.settle()
    ((reason, value),) = world.dead_letters()
    assert (reason, value) == ("INVALID_FIELD", records[0].value)
    assert world.record(C1).purchases[0].orders == 1
    (persona,) = world.personas().values()
    assert len(personas().part(persona).holes) == 1


def test_pr8_a_return_in_two_currencies_is_set_aside() -> None:
    world = World()
    world.belongs(C1, JOE)
    world.interacted(gave_back(JOE, 1, "R-1", "A-1", 500, lines=[line("hat", 1, 500, currency="USD")]))
    world.settle()
    assert [reason for reason, _ in world.dead_letters()] == ["INVALID_FIELD"]


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from([JOE, JOE_SHOP]), st.integers(0, 3)), max_size=9), st.integers(1, 4))
def test_pr8_pages_have_every_order_once_newest_first(orders: list[tuple[str, int]], size: int) -> None:
    """Also several of the same millisecond."""
    world = World()
    world.belongs(C1, JOE, JOE_SHOP)
    lines = [line("hat", 1, 100)]
    world.interacted(*(bought(account, day, f"A-{n}", 100, lines=lines) for n, (account, day) in enumerate(orders)))
    world.settle()
    pages = listed(world, page_size=size)
    assert all(len(page.orders) == size for page in pages[:-1])
    found = [order for page in pages for order in page.orders]
    assert sorted(order.order_id for order in found) == sorted(f"A-{n}" for n in range(len(orders)))
    times = [order.order_time.seconds for order in found]
    assert times == sorted(times, reverse=True)
    assert all(list(order.lines) == lines for order in found)


def test_pr8_an_order_told_again_and_again_keeps_its_lines() -> None:
    """However many rows tell one order, the others' lines are found."""
    world = World()
    world.belongs(C1, JOE)
    again = [bought(JOE, 1, "A-1", 100, lines=[line("hat", 1, 100)]) for _ in range(60)]
    for number, each in enumerate(again):
        each.event_id = f"again-{number}"
    world.interacted(*again, bought(JOE, 2, "A-2", 100, lines=[line("sock", 2, 50)]))
    world.settle()
    (page,) = listed(world)
    assert [(order.order_id, order.lines[0].sku) for order in page.orders] == [("A-2", "sock"), ("A-1", "hat")]


def test_pr8_who_never_ordered_has_no_orders_and_who_is_unknown_is_not_found() -> None:
    world = World()
    world.belongs(C1, ANN)
    world.settle()
    assert listed(world)[0] == pb.ListOrdersResponse()
    service = serve(world)
    error = refused(service.list_orders, pb.ListOrdersRequest(parent=f"customers/{C2}"))
    assert not_found(error, "CUSTOMER_NOT_FOUND")
    assert refused(service.list_orders, pb.ListOrdersRequest(parent="joe")).metadata["field"] == "parent"
    negative = pb.ListOrdersRequest(parent=f"customers/{C1}", page_size=-1)
    assert refused(service.list_orders, negative).metadata["field"] == "page_size"
    wrong = pb.ListOrdersRequest(parent=f"customers/{C1}", page_token="x")
    assert refused(service.list_orders, wrong).reason == "INVALID_PAGE_TOKEN"


@pytest.mark.parametrize("customer", [C1, C2])
def test_pr8_a_merged_away_id_lists_the_survivors_orders(customer: str) -> None:
    world = World()
    world.belongs(C1, JOE)
    world.belongs(C2, ANN)
    world.interacted(bought(JOE, 1, "A-1", 100), bought(ANN, 2, "A-2", 100))
    world.settle()
    world.merged(C2, C1)
    world.belongs(C1, JOE, ANN, absorbed=[C2])
    world.settle()
    assert [order.order_id for order in listed(world, customer)[0].orders] == ["A-2", "A-1"]
