"""Errors of calls, on both sides: what a server answers with, and what a caller gets to see."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped]
from grpc_status import rpc_status

from chassis.errors import ChassisError, Unavailable
from chassis.rpc import reasons

_log = logging.getLogger(__name__)


class RpcError(ChassisError):
    """The answer to a call that cannot be served. Raise it in an implementation; the server sends it.

    `reason` is a code for programs and `message` for people: it names the field and what would be right, never what
    the caller sent.
    """

    def __init__(
        self, code: grpc.StatusCode, reason: str, message: str, metadata: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{code.name} {reason}: {message}")
        self.code = code
        self.reason = reason
        self.message = message
        self.metadata = dict(metadata or {})


class CallFailed(ChassisError):
    """A call to another service was answered with an error. `reason` and `metadata` are empty where it gave none."""

    def __init__(
        self, service: str, code: grpc.StatusCode, reason: str, message: str, metadata: Mapping[str, str]
    ) -> None:
        super().__init__(f"{service}: {code.name} {reason}: {message}")
        self.service = service
        self.code = code
        self.reason = reason
        self.message = message
        self.metadata = dict(metadata)


class DependencyUnavailable(CallFailed, Unavailable):
    """Another service did not answer in time."""


def invalid(field: str, message: str, reason: str = reasons.INVALID_FIELD) -> RpcError:
    """Return the error for a field of a request; `message` says what would be right."""
    return RpcError(grpc.StatusCode.INVALID_ARGUMENT, reason, f"{field}: {message}", {"field": field})


def answer_to(error: Exception, method: str) -> RpcError:
    """Return what a server answers where `method` raised `error`.

    What nobody expected is logged with its stack, and without its message, which may quote a request; the caller
    learns nothing of it.
    """
    if isinstance(error, RpcError):
        return error
    if isinstance(error, DependencyUnavailable):
        return RpcError(
            grpc.StatusCode.UNAVAILABLE,
            reasons.DEPENDENCY_UNAVAILABLE,
            f"{error.service} did not answer in time",
            {"service": error.service},
        )
    if isinstance(error, Unavailable):
        return RpcError(
            grpc.StatusCode.UNAVAILABLE,
            reasons.STORE_UNAVAILABLE,
            "the document store did not answer in time; the call may be repeated",
        )
    stack = "".join(traceback.format_tb(error.__traceback__))
    _log.error("a call failed unexpectedly", extra={"method": method, "error": type(error).__name__, "stack": stack})
    return RpcError(grpc.StatusCode.INTERNAL, "", "the server failed; its log has the details")


def to_status(error: RpcError) -> grpc.Status:
    """Return the error as grpc sends it: google.rpc.Status, with ErrorInfo where there is a reason."""
    status = status_pb2.Status(code=error.code.value[0], message=error.message)
    if error.reason:
        info = error_details_pb2.ErrorInfo(reason=error.reason, domain=reasons.DOMAIN, metadata=error.metadata)
        status.details.add().Pack(info)
    converted: grpc.Status = rpc_status.to_status(status)
    return converted


def from_call(service: str, error: grpc.RpcError) -> CallFailed:
    """Return what the caller of `service` gets to see of grpc's error."""
    code = error.code()
    reason, metadata = _error_info(error)
    unavailable = code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
    kind = DependencyUnavailable if unavailable else CallFailed
    return kind(service, code, reason, error.details() or "", metadata)


def _error_info(error: grpc.RpcError) -> tuple[str, Mapping[str, str]]:
    try:
        status = rpc_status.from_call(error)
    except ValueError:
        return "", {}
    details: list[any_pb2.Any] = list(status.details) if status is not None else []
    for detail in details:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info.reason, dict(info.metadata)
    return "", {}
