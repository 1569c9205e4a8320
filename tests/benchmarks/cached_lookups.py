"""Look-ups by a server that keeps announced states in memory, beside the same calls to one that does not."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

import grpc

from localstack.stack import Stack
from localstack.topics import apply_topics
from rapport.profile.v1 import profile_pb2 as pb
from tests.benchmarks.lookups import BATCH, BATCH_GET, GET, Called, LookupFigures, measure_called

PLENTY_MB = 512
LITTLE_MB = 1
"""Room for a few hundred records: for those that are asked for again and again, and not for the others."""
HOT = 100
READY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class _Server:
    address: str
    pid: int


def measure_cached(stack: Stack, ids: Sequence[str], size: int, callers: Sequence[int]) -> list[LookupFigures]:
    """The calls with all that is asked for in memory, and GetCustomer with about half of it."""
    names = [f"customers/{id_}" for id_ in ids]
    one = [pb.GetCustomerRequest(name=name).SerializeToString() for name in names]
    many = [
        pb.BatchGetCustomersRequest(names=names[start : start + BATCH]).SerializeToString()
        for start in range(0, len(names) - BATCH + 1, BATCH)
    ]
    figures: list[LookupFigures] = []
    with _serving(stack, PLENTY_MB) as server:
        _ask(server, BATCH_GET, many)
        for name, method, asked, answer in (("GetCustomer", GET, one, size), (_BATCH, BATCH_GET, many, size * BATCH)):
            called = Called(f"{name}, all in memory", server.address, server.pid, method, asked, answer)
            figures.extend(measure_called(called, number) for number in callers)
    with _serving(stack, LITTLE_MB) as server:
        called = Called("GetCustomer, half in memory", server.address, server.pid, GET, _half_hot(one), size)
        figures.extend(measure_called(called, number) for number in callers)
    return figures


_BATCH = f"BatchGetCustomers({BATCH})"


def _half_hot(requests: Sequence[bytes]) -> list[bytes]:
    """About every second one for one of a few, the others for the rest in turn."""
    random = Random(1)
    hot, cold = requests[:HOT], requests[HOT:]
    return [each for rare in cold for each in random.sample([rare, random.choice(hot)], 2)]


@contextmanager
def _serving(stack: Stack, megabytes: int) -> Iterator[_Server]:
    """Run a further server of the profile, with so much memory for states, that follows its topic."""
    apply_topics(stack)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = stack.environment() | {
        "RAPPORT_GRPC_LISTEN": address,
        "RAPPORT_LOOKUP_CACHE_MB": str(megabytes),
    }
    command = [sys.executable, "-m", "customer_profile", "server"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if "following the level topic" in line:
                break
        with grpc.insecure_channel(address) as channel:
            grpc.channel_ready_future(channel).result(READY_SECONDS)
        yield _Server(address, process.pid)
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def _ask(server: _Server, method: str, requests: Sequence[bytes]) -> None:
    with grpc.insecure_channel(server.address, [("grpc.max_receive_message_length", 64 << 20)]) as channel:
        call: Callable[..., bytes] = channel.unary_unary(method)
        for request in requests:
            call(request, timeout=10, wait_for_ready=True)
