"""Serves gRPC health where the conventions say; FAKE_MODE makes it misbehave."""

import json
import os
import signal
import sys
import threading
from concurrent import futures

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc


def main() -> None:
    role, mode = sys.argv[1], os.environ.get("FAKE_MODE", "good")
    facts = {"pid": os.getpid(), **{k: v for k, v in os.environ.items() if k.startswith("RAPPORT_")}}
    print(json.dumps(facts), flush=True)
    if mode == "crash":
        sys.exit("the fake service fails on purpose")
    servicer = health.HealthServicer()
    status = health_pb2.HealthCheckResponse.NOT_SERVING if mode == "never" else health_pb2.HealthCheckResponse.SERVING
    servicer.set("", status)
    server = grpc.server(futures.ThreadPoolExecutor(2))
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    server.add_insecure_port(os.environ["RAPPORT_GRPC_LISTEN" if role == "server" else "RAPPORT_HEALTH_LISTEN"])
    server.start()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: None if mode == "stubborn" else ended.set())
    ended.wait()
    print("ended by SIGTERM", flush=True)


main()
