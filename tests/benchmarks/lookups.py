"""Look-ups beside a bare server that answers with as many bytes, called by the same callers in turn."""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

import grpc
from pymongo import MongoClient

from localstack.stack import Stack
from rapport.identity.v1 import service_pb2 as identity
from rapport.profile.v1 import profile_pb2 as profile
from rapport.tier.v1 import tier_pb2 as tier
from rapportctl.calls import Calls
from rapportctl.deployment import Deployment
from tests.benchmarks import echo_server
from tests.benchmarks.usage import cpu_seconds

SECONDS = 3.0
ROUNDS = 3
CALLERS = (1, 8)
BATCH = 100
GET = "/rapport.profile.v1.CustomerProfileService/GetCustomer"
BATCH_GET = "/rapport.profile.v1.CustomerProfileService/BatchGetCustomers"
GET_TIER = "/rapport.tier.v1.VipTierService/GetTier"
RESOLVE = "/rapport.identity.v1.IdentityResolutionService/Resolve"


@dataclass(frozen=True, slots=True)
class LookupFigures:
    """One kind of call with so many callers: medians over the rounds. Times in milliseconds, CPU in microseconds."""

    name: str
    callers: int
    rate: float
    bare_rate: float
    p50: float
    p99: float
    server_cpu: float
    bare_cpu: float


def measure_lookups(stack: Stack) -> list[LookupFigures]:
    """GetCustomer and BatchGetCustomers of 100, and Resolve by e-mail address, over what is there."""
    deployment = Deployment(stack.environment())
    with deployment.reader(deployment.topic("customer-records")) as reader:
        ids = sorted({(record.key or b"").decode() for record in reader.all()})[:5_000]
    with Calls(deployment) as calls:
        sizes = [len(record.SerializeToString()) for record in calls.customers(ids[:500]).found]
    size = int(statistics.median(sizes))
    one = [profile.GetCustomerRequest(name=f"customers/{each}").SerializeToString() for each in ids]
    names = [f"customers/{each}" for each in ids]
    batches = [names[start : start + BATCH] for start in range(0, len(names) - BATCH + 1, BATCH)]
    many = [profile.BatchGetCustomersRequest(names=batch).SerializeToString() for batch in batches]
    address = deployment.settings.addresses["customer-profile"]
    pid = stack.supervisor.process("customer-profile-server").pid
    resolve = Called(
        "Resolve",
        deployment.settings.addresses["identity-resolution"],
        stack.supervisor.process("identity-resolution-server").pid,
        RESOLVE,
        _resolving(stack, deployment),
        len(identity.ResolveResponse(customer_id=ids[0]).SerializeToString()),
    )
    held = Called(
        "GetTier",
        deployment.settings.addresses["vip-tier"],
        stack.supervisor.process("vip-tier-server").pid,
        GET_TIER,
        [tier.GetTierRequest(name=f"customers/{each}/tier").SerializeToString() for each in ids],
        _size_of_tiers(deployment, ids),
    )
    return [
        *(measure_called(Called("GetCustomer", address, pid, GET, one, size), callers) for callers in CALLERS),
        measure_called(Called(f"BatchGetCustomers({BATCH})", address, pid, BATCH_GET, many, size * BATCH), CALLERS[-1]),
        *(measure_called(resolve, callers) for callers in CALLERS),
        *(measure_called(held, callers) for callers in CALLERS),
    ]


def _size_of_tiers(deployment: Deployment, ids: Sequence[str]) -> int:
    """The middle size of a tier, in bytes."""
    with Calls(deployment) as calls:
        return int(statistics.median(len(each.SerializeToString()) for each in calls.tiers(ids[:500]).found))


def _resolving(stack: Stack, deployment: Deployment) -> list[bytes]:
    """Requests to resolve the e-mail addresses that were shown."""
    database = f"{deployment.settings.database_prefix}identity_resolution"
    with MongoClient[dict[str, object]](stack.store.url) as client:
        keys = [str(each["_id"]) for each in client[database]["identifiers"].find({}, {"_id": 1}).limit(20_000)]
    values = [value for type_, _, value in (key.partition(":") for key in keys) if type_ == "email"]
    return [
        identity.ResolveRequest(
            key=identity.Key(identifier=identity.IdentifierValue(type="email", value=value))
        ).SerializeToString()
        for value in values[:5_000]
    ]


@dataclass(frozen=True, slots=True)
class Called:
    """A method of a server process, what to ask it, and about how many bytes it answers."""

    name: str
    address: str
    pid: int
    method: str
    requests: Sequence[bytes]
    size: int


def measure_called(called: Called, callers: int) -> LookupFigures:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.benchmarks.echo_server", str(called.size)]
    bare = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root, text=True)
    assert bare.stdout is not None
    echo = replace(
        called, address=f"127.0.0.1:{bare.stdout.readline().strip()}", pid=bare.pid, method=echo_server.METHOD
    )
    own: list[_Round] = []
    other: list[_Round] = []
    try:
        for _ in range(ROUNDS):
            own.append(_Round(called, callers))
            other.append(_Round(echo, callers))
    finally:
        bare.terminate()
        bare.wait()
    times = sorted(seconds for each in own for seconds in each.times)
    return LookupFigures(
        called.name,
        callers,
        statistics.median(each.rate for each in own),
        statistics.median(each.rate for each in other),
        1000 * times[len(times) // 2],
        1000 * times[int(len(times) * 0.99)],
        1e6 * statistics.median(each.cpu_per_call for each in own),
        1e6 * statistics.median(each.cpu_per_call for each in other),
    )


class _Round:
    """A few seconds of calls by so many callers at once."""

    def __init__(self, called: Called, callers: int) -> None:
        self.times: list[float] = []
        requests = called.requests
        with grpc.insecure_channel(called.address, [("grpc.max_receive_message_length", 64 << 20)]) as channel:
            call: Callable[..., bytes] = channel.unary_unary(called.method)
            call(requests[0], timeout=10, wait_for_ready=True)
            before, started = cpu_seconds(called.pid), time.perf_counter()
            threads = [
                threading.Thread(target=self._caller, args=(call, requests[number::callers] or requests, started))
                for number in range(callers)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            elapsed = time.perf_counter() - started
        self.rate = len(self.times) / elapsed
        self.cpu_per_call = (cpu_seconds(called.pid) - before) / len(self.times)

    def _caller(self, call: Callable[..., bytes], requests: Sequence[bytes], started: float) -> None:
        mine: list[float] = []
        for request in cycle(requests):
            at = time.perf_counter()
            if at - started > SECONDS:
                break
            call(request, timeout=10)
            mine.append(time.perf_counter() - at)
        self.times.extend(mine)
