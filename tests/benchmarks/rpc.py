"""Calls per second of the chassis' server against a bare grpc server that echoes stored bytes: `python -m` this file.

Both serve the same 600 bytes with 8 threads, each in a process of its own, to 32 calls at once over one connection.
They are measured in turn, so that what else the machine does falls on both. CPU per call is the steadier figure.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc

from chassis.health import Health
from chassis.rpc.server import Server
from tests.integration.chassis.rpc.sample import SERVICE, Book, GetBookRequest, Library

PATH = f"/{SERVICE.full_name}/GetBook"
STORED: bytes = Book(name="x" * 590, pages=600).SerializeToString()
KINDS = ("bare", "chassis")
THREADS = 8
AT_ONCE = 32


class Stored(Library):
    """Answers with stored bytes."""

    def get_book(self, request: Any, context: grpc.ServicerContext) -> bytes:
        return STORED


def serve(kind: str) -> None:
    """Serve until standard input ends, after printing the address."""
    if kind == "chassis":
        server = Server("127.0.0.1:0", [(SERVICE, Stored())], Health())
        server.start()
        print(server.address, flush=True)
    else:
        bare = grpc.server(ThreadPoolExecutor(THREADS))
        echo: Any = grpc.unary_unary_rpc_method_handler(lambda _request, _context: STORED)
        bare.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE.full_name, {"GetBook": echo})])
        port = bare.add_insecure_port("127.0.0.1:0")
        bare.start()
        print(f"127.0.0.1:{port}", flush=True)
    sys.stdin.read()


def load(address: str, seconds: float) -> float:
    """Return the calls per second that the server answered."""
    free = threading.Semaphore(AT_ONCE)
    request = GetBookRequest(name="books/1").SerializeToString()
    with grpc.insecure_channel(address) as channel:
        call: Any = channel.unary_unary(PATH)
        assert call(request, timeout=10) == STORED
        calls, started = 0, time.monotonic()
        while time.monotonic() - started < seconds:
            free.acquire()
            call.future(request).add_done_callback(lambda _: free.release())
            calls += 1
        for _ in range(AT_ONCE):
            free.acquire()
        return calls / (time.monotonic() - started)


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process has taken."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def compare(rounds: int, seconds: float) -> None:
    """Measure both in turn and print medians and their ratio."""
    command = [sys.executable, "-m", "tests.benchmarks.rpc", "--serve"]
    servers = {
        kind: subprocess.Popen([*command, kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for kind in KINDS
    }
    rates: dict[str, list[float]] = {kind: [] for kind in KINDS}
    costs: dict[str, list[float]] = {kind: [] for kind in KINDS}
    try:
        addresses = {kind: server.stdout.readline().strip() for kind, server in servers.items() if server.stdout}
        for _ in range(rounds):
            for kind in KINDS:
                before = cpu_seconds(servers[kind].pid)
                rate = load(addresses[kind], seconds)
                rates[kind].append(rate)
                costs[kind].append((cpu_seconds(servers[kind].pid) - before) / (rate * seconds) * 1e6)
    finally:
        for server in servers.values():
            server.kill()
            server.wait()
    for kind in KINDS:
        rate, cost = statistics.median(rates[kind]), statistics.median(costs[kind])
        print(f"{kind:<8} {rate:7.0f} calls/s (best {max(rates[kind]):.0f})   {cost:6.1f} us of server CPU per call")
    ratio = statistics.median(ours / bare for ours, bare in zip(rates["chassis"], rates["bare"], strict=True))
    print(f"chassis / bare: {ratio:.2f} in calls per second")


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve)
    else:
        compare(arguments.rounds, arguments.seconds)


if __name__ == "__main__":
    main()
