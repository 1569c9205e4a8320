"""The gRPC server over real sockets."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from chassis.errors import Unavailable
from chassis.health import Health
from chassis.rpc.client import Caller, RetryPolicy
from chassis.rpc.errors import CallFailed, DependencyUnavailable
from chassis.rpc.health_probe import serve_health
from chassis.rpc.server import CannotListen, Limits, Server
from tests.integration.chassis.rpc import sample
from tests.integration.chassis.rpc.sample import SERVICE, Book, GetBookRequest, Library, ListBooksRequest

NAME = SERVICE.full_name


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


@pytest.fixture
def caller(server: Server) -> Iterator[Caller]:
    caller = Caller(server.address, SERVICE)
    yield caller
    caller.close()


@pytest.fixture
def channel(server: Server) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(server.address) as channel:
        yield channel


def raw(channel: grpc.Channel, path: str) -> Any:
    return channel.unary_unary(path)


def test_a_message_is_answered_with_a_message(caller: Caller) -> None:
    assert caller.call("GetBook", GetBookRequest(name="a"), Book).name == "a"


def test_stored_bytes_reach_the_caller_unchanged(channel: grpc.Channel) -> None:
    request = GetBookRequest(name="stored").SerializeToString()
    assert raw(channel, f"/{NAME}/GetBook")(request, timeout=5) == sample.STORED


def test_a_stream_sends_one_message_after_the_other(channel: grpc.Channel) -> None:
    watch: Any = channel.unary_stream(f"/{NAME}/WatchBooks")
    answers = list(watch(ListBooksRequest(page_size=3).SerializeToString(), timeout=5))
    assert [Book.FromString(each).name for each in answers] == ["0", "1", "2"]


def test_a_fault_in_a_stream_comes_after_what_was_sent_before_and_leaks_nothing(channel: grpc.Channel) -> None:
    watch: Any = channel.unary_stream(f"/{NAME}/WatchBooks")
    stream = watch(ListBooksRequest(page_size=1, name="bug with a secret").SerializeToString(), timeout=5)
    assert Book.FromString(next(stream)).name == "0"
    with pytest.raises(grpc.RpcError) as failed:
        next(stream)
    assert failed.value.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in str(failed.value)


def test_an_invalid_field_is_answered_with_its_name_and_reason(caller: Caller) -> None:
    with pytest.raises(CallFailed) as failed:
        caller.call("GetBook", GetBookRequest(), Book)
    error = failed.value
    assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert error.metadata == {"field": "name"}
    assert error.message == "name: expected the form books/{book}"


@pytest.mark.parametrize(
    ("name", "reason", "metadata"),
    [
        ("store away", "STORE_UNAVAILABLE", {}),
        ("neighbour away", "DEPENDENCY_UNAVAILABLE", {"service": "a.B"}),
    ],
)
def test_what_is_away_is_told_apart(server: Server, name: str, reason: str, metadata: dict[str, str]) -> None:
    caller = Caller(server.address, SERVICE, retry=RetryPolicy(attempts=1))
    with pytest.raises(DependencyUnavailable) as failed:
        caller.call("GetBook", GetBookRequest(name=name), Book)
    assert isinstance(failed.value, Unavailable)
    assert (failed.value.code, failed.value.reason) == (grpc.StatusCode.UNAVAILABLE, reason)
    assert failed.value.metadata == metadata


@pytest.mark.parametrize("name", ["bug with a secret", "wrong type", "neighbour refused"])
def test_a_fault_of_the_server_tells_the_caller_nothing_and_the_log_no_contents(
    caller: Caller, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(CallFailed) as failed:
        caller.call("GetBook", GetBookRequest(name=name), Book)
    assert failed.value.code is grpc.StatusCode.INTERNAL
    assert "secret" not in str(failed.value)
    (record,) = caplog.records
    assert record.__dict__["method"] == f"/{NAME}/GetBook"
    assert "handlers.py" in record.__dict__["stack"]
    assert name not in str(record.__dict__)


def test_ten_thousand_malformed_calls_are_the_callers_fault(channel: grpc.Channel) -> None:
    chance = random.Random(7)
    unary = [raw(channel, f"/{NAME}/{method}") for method in ("GetBook", "WriteBook", "ListBooks")]
    unary.append(raw(channel, "/grpc.health.v1.Health/Check"))
    streams: list[Any] = [
        channel.unary_stream(path) for path in (f"/{NAME}/WatchBooks", "/grpc.health.v1.Health/Watch")
    ]
    reflect: Any = channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")

    def outcome(number: int) -> grpc.StatusCode:
        # The first byte opens a field that never ends, or is of no known kind.
        data = (
            bytes([0x0A, 0xFF]) + chance.randbytes(chance.randrange(40))
            if number % 2
            else b"\x07" + chance.randbytes(9)
        )
        try:
            if number % 10 == 0:
                list(streams[number // 10 % 2](data, timeout=20))
            elif number % 101 == 0:
                list(reflect(iter([data]), timeout=20))
            else:
                unary[number % 4](data, timeout=20)
        except grpc.RpcError as error:
            code: grpc.StatusCode = error.code()
            return code
        return grpc.StatusCode.OK

    with ThreadPoolExecutor(4) as threads:
        outcomes = set(threads.map(outcome, range(10_000)))
    assert outcomes == {grpc.StatusCode.INVALID_ARGUMENT}


def test_random_bytes_never_show_as_a_fault_of_the_server(channel: grpc.Channel) -> None:
    chance = random.Random(8)
    write = raw(channel, f"/{NAME}/ListBooks")
    for _ in range(2_000):
        try:
            write(chance.randbytes(chance.randrange(60)), timeout=20)
        except grpc.RpcError as error:
            assert error.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_an_unknown_method_is_unimplemented(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as failed:
        raw(channel, f"/{NAME}/BurnBook")(b"", timeout=5)
    assert failed.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_an_implementation_that_lacks_a_method_is_refused_at_start(health: Health) -> None:
    with pytest.raises(TypeError, match="get_book, write_book"):
        Server("127.0.0.1:0", [(SERVICE, object())], health)


def test_a_taken_port_is_refused(server: Server, health: Health) -> None:
    with pytest.raises(CannotListen, match=server.address):
        Server(server.address, [], health)


def test_two_servers_share_a_port_where_both_say_so(library: Library, health: Health) -> None:
    first = Server("127.0.0.1:0", [(SERVICE, library)], health, shared_port=True)
    second = Server(first.address, [(SERVICE, library)], health, shared_port=True)
    for server in (first, second):
        server.start()
        server.stop(0)


def test_reflection_describes_the_service(channel: grpc.Channel) -> None:
    database = ProtoReflectionDescriptorDatabase(channel)
    assert NAME in database.get_services()
    assert "LibraryService" in str(database.FindFileContainingSymbol(NAME))


def test_health_follows_the_process_for_each_service(channel: grpc.Channel, health: Health) -> None:
    stub: Any = health_pb2_grpc.HealthStub(channel)
    serving, not_serving = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
    for service in ("", NAME):
        assert stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=5).status == serving
    watched = stub.Watch(health_pb2.HealthCheckRequest(service=NAME), timeout=5)
    assert next(watched).status == serving
    health.waiting("the store is away")
    assert next(watched).status == not_serving
    health.serving()
    assert next(watched).status == serving
    watched.cancel()
    with pytest.raises(grpc.RpcError) as failed:
        stub.Check(health_pb2.HealthCheckRequest(service="unheard.Of"), timeout=5)
    assert failed.value.code() is grpc.StatusCode.NOT_FOUND


def test_many_watchers_leave_the_threads_to_callers(server: Server, channel: grpc.Channel, caller: Caller) -> None:
    stub: Any = health_pb2_grpc.HealthStub(channel)
    watchers = [stub.Watch(health_pb2.HealthCheckRequest()) for _ in range(32)]
    for watcher in watchers:
        next(watcher)
    assert caller.call("GetBook", GetBookRequest(name="a"), Book).name == "a"
    for watcher in watchers:
        watcher.cancel()


def test_a_worker_answers_health_and_nothing_else(health: Health) -> None:
    probe = serve_health("127.0.0.1:0", health)
    with grpc.insecure_channel(probe.address) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        assert stub.Check(health_pb2.HealthCheckRequest(), timeout=5).status == health_pb2.HealthCheckResponse.SERVING
    probe.stop(0)


def test_calls_beyond_the_bound_are_refused_and_the_others_finish(library: Library, health: Health) -> None:
    limits = Limits(threads=1, calls_at_once=2)
    server = Server("127.0.0.1:0", [(SERVICE, library)], health, limits=limits)
    server.start()
    request = GetBookRequest(name="slow").SerializeToString()

    def outcome(_: int) -> str:
        # On one connection the third call would wait at the caller's end.
        with grpc.insecure_channel(server.address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
            try:
                raw(channel, f"/{NAME}/GetBook")(request, timeout=5)
            except grpc.RpcError as error:
                code: grpc.StatusCode = error.code()
                return code.name
            return "OK"

    with ThreadPoolExecutor(6) as threads:
        outcomes = sorted(threads.map(outcome, range(6)))
    assert outcomes == ["OK"] * 2 + ["RESOURCE_EXHAUSTED"] * 4
    server.stop(0)


def test_a_request_beyond_the_size_limit_is_refused(library: Library, health: Health) -> None:
    server = Server("127.0.0.1:0", [(SERVICE, library)], health, limits=Limits(request_bytes=1000))
    server.start()
    caller = Caller(server.address, SERVICE)
    with pytest.raises(CallFailed) as failed:
        caller.call("GetBook", GetBookRequest(name="x" * 2000), Book)
    assert failed.value.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert library.calls == 0
    server.stop(0)


def test_draining_finishes_calls_at_work_and_refuses_new_ones(server: Server, caller: Caller) -> None:
    names: list[str] = []
    at_work = threading.Thread(
        target=lambda: names.append(caller.call("GetBook", GetBookRequest(name="slow"), Book).name)
    )
    at_work.start()
    time.sleep(0.2)
    stopped: list[bool] = []
    draining = threading.Thread(target=lambda: stopped.append(server.stop(5)))
    draining.start()
    time.sleep(0.1)
    late = Caller(server.address, SERVICE, retry=RetryPolicy(attempts=1), deadline_seconds=1)
    with pytest.raises(DependencyUnavailable):
        late.call("GetBook", GetBookRequest(name="a"), Book)
    at_work.join()
    draining.join()
    assert names == ["slow"]
    assert stopped == [True]
