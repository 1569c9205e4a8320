"""Asking a process for its health, by the gRPC health protocol."""

from enum import StrEnum

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from localstack.ports import is_free


class Health(StrEnum):
    """What a process says of itself."""

    SERVING = "serving"
    NOT_SERVING = "not serving"
    SILENT = "no answer"


def ask(host: str, port: int, timeout: float = 1.0) -> Health:
    """Return the health of the whole process that listens on a loopback port; waits at most `timeout` seconds."""
    if is_free(port):
        return Health.SILENT
    with grpc.insecure_channel(f"{host}:{port}") as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=timeout)
        except grpc.RpcError:
            return Health.SILENT
    serving = answer.status == health_pb2.HealthCheckResponse.SERVING
    return Health.SERVING if serving else Health.NOT_SERVING
