"""The caller over real sockets: deadlines, retries, readiness."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from chassis.health import Health
from chassis.rpc.client import Caller, RetryPolicy
from chassis.rpc.errors import CallFailed, DependencyUnavailable
from chassis.rpc.server import Server
from rapport.holdings.v1 import holdings_pb2
from rapport.holdings.v1.holdings_pb2 import CountHoldingsRequest, CountHoldingsResponse, ListHoldingsResponse
from tests.integration.chassis.rpc.sample import SERVICE, Book, GetBookRequest, Library

HOLDINGS = holdings_pb2.DESCRIPTOR.services_by_name["HoldingsService"]


@pytest.fixture
def health() -> Health:
    health = Health()
    health.serving()
    return health


@pytest.fixture
def library() -> Library:
    return Library()


@pytest.fixture
def server(library: Library, health: Health) -> Iterator[Server]:
    server = Server("127.0.0.1:0", [(SERVICE, library)], health)
    server.start()
    yield server
    server.stop(0)


def test_a_read_is_repeated_until_it_succeeds(server: Server, library: Library) -> None:
    library.fail_first = 3
    assert Caller(server.address, SERVICE).call("GetBook", GetBookRequest(name="a"), Book).name == "a"
    assert library.calls == 4


def test_a_read_is_given_up_after_so_many_tries(server: Server, library: Library) -> None:
    library.fail_first = 99
    with pytest.raises(DependencyUnavailable):
        Caller(server.address, SERVICE, retry=RetryPolicy(attempts=3)).call("GetBook", GetBookRequest(name="a"), Book)
    assert library.calls == 3


def test_a_write_is_never_repeated(server: Server, library: Library) -> None:
    library.fail_first = 1
    with pytest.raises(DependencyUnavailable):
        Caller(server.address, SERVICE).call("WriteBook", Book(name="a"), Book)
    assert library.calls == 1


def test_a_write_that_is_named_safe_is_repeated(server: Server, library: Library) -> None:
    library.fail_first = 1
    Caller(server.address, SERVICE, safe={"WriteBook"}).call("WriteBook", Book(name="a"), Book)
    assert library.calls == 2


def test_a_refusal_is_not_repeated(server: Server, library: Library) -> None:
    with pytest.raises(CallFailed):
        Caller(server.address, SERVICE).call("GetBook", GetBookRequest(), Book)
    assert library.calls == 1


def test_no_call_outlasts_its_deadline(server: Server) -> None:
    started = time.monotonic()
    with pytest.raises(DependencyUnavailable) as failed:
        Caller(server.address, SERVICE, deadline_seconds=0.2).call("GetBook", GetBookRequest(name="slow"), Book)
    assert failed.value.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert time.monotonic() - started < 0.45


def test_every_call_has_a_deadline(server: Server, library: Library) -> None:
    Caller(server.address, SERVICE).call("GetBook", GetBookRequest(name="a"), Book)
    assert 1.0 < library.seconds_left[0] < 2.1


def test_a_call_made_while_serving_another_takes_no_longer_than_that_one_may(
    server: Server, library: Library, health: Health
) -> None:
    inner = Caller(server.address, SERVICE, deadline_seconds=30)

    class Forwarding(Library):
        def get_book(self, request: Any, context: grpc.ServicerContext) -> Any:
            return inner.call("GetBook", request, Book)

    outer = Server("127.0.0.1:0", [(SERVICE, Forwarding())], health)
    outer.start()
    Caller(outer.address, SERVICE, deadline_seconds=1.5).call("GetBook", GetBookRequest(name="a"), Book)
    assert library.seconds_left[0] < 1.6
    inner.call("GetBook", GetBookRequest(name="a"), Book)
    assert library.seconds_left[1] > 20
    outer.stop(0)


def test_a_service_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(DependencyUnavailable, match="LibraryService: UNAVAILABLE"):
        Caller("127.0.0.1:1", SERVICE, deadline_seconds=1).call("GetBook", GetBookRequest(name="a"), Book)


def test_an_answer_of_another_type_is_a_mistake_of_the_program(server: Server) -> None:
    with pytest.raises(TypeError, match="GetBook answers with Book"):
        Caller(server.address, SERVICE).call("GetBook", GetBookRequest(name="a"), GetBookRequest)


def test_waiting_for_a_service_lasts_until_it_serves(server: Server, health: Health) -> None:
    caller = Caller(server.address, SERVICE)
    health.waiting("the store is away")
    time.sleep(0.05)
    with pytest.raises(DependencyUnavailable, match="not serving"):
        caller.wait_ready(0.3)
    threading.Timer(0.2, health.serving).start()
    started = time.monotonic()
    caller.wait_ready(5)
    assert 0.1 < time.monotonic() - started < 2


class Counts:
    """Answers a second service at the same address."""

    def list_holdings(self, request: Any, context: object) -> Iterator[ListHoldingsResponse]:
        yield ListHoldingsResponse()

    def count_holdings(self, request: Any, context: object) -> CountHoldingsResponse:
        return CountHoldingsResponse(documents={"books": 2})


def test_one_caller_asks_all_services_of_an_address(library: Library, health: Health) -> None:
    server = Server("127.0.0.1:0", [(SERVICE, library), (HOLDINGS, Counts())], health)
    server.start()
    try:
        caller = Caller(server.address, SERVICE, HOLDINGS)
        assert caller.call("GetBook", GetBookRequest(name="a"), Book).name == "a"
        counted = caller.call("CountHoldings", CountHoldingsRequest(), CountHoldingsResponse)
        assert dict(counted.documents) == {"books": 2}
    finally:
        server.stop(0)


def test_a_failure_names_the_service_that_was_asked(server: Server) -> None:
    with pytest.raises(CallFailed) as failed:
        Caller(server.address, SERVICE, HOLDINGS).call("CountHoldings", CountHoldingsRequest(), CountHoldingsResponse)
    assert failed.value.service == HOLDINGS.full_name


def test_services_with_a_method_of_the_same_name_are_not_for_one_caller() -> None:
    with pytest.raises(ValueError, match="GetBook"):
        Caller("127.0.0.1:1", SERVICE, SERVICE)
