"""From an object with methods to the handlers that a grpc server calls, without generated service code.

Bytes come in and go out of grpc as they are, so that a malformed request is the caller's error, and a stored message
is served without being parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import DecodeError, Message

from chassis.rpc.deadlines import serving
from chassis.rpc.descriptors import Method, methods_of
from chassis.rpc.errors import RpcError, answer_to, to_status
from chassis.rpc.reasons import INVALID_FIELD

Implementation = Callable[[Any, grpc.ServicerContext], Any]


def handlers(service: ServiceDescriptor, implementation: object) -> grpc.GenericRpcHandler:
    """Return the handlers of a service.

    The implementation has a method for each of the service's, its name in snake_case: `get_thing(request, context)`.
    It returns a response message or the bytes of one (or, where responses stream, an iterator of those), and raises
    `RpcError` for what it cannot serve; it does not call `context.abort`. Raises TypeError where one is missing.
    """
    methods = methods_of(service)
    missing = [each.attribute for each in methods.values() if not hasattr(implementation, each.attribute)]
    if missing:
        name = type(implementation).__name__
        raise TypeError(f"{name} does not implement {', '.join(missing)} of {service.full_name}")
    return grpc.method_handlers_generic_handler(
        service.full_name,
        {name: _handler(method, getattr(implementation, method.attribute)) for name, method in methods.items()},
    )


def _handler(method: Method, implementation: Implementation) -> grpc.RpcMethodHandler[bytes, bytes]:
    if method.streams_requests:
        raise TypeError(f"{method.path} streams requests, which is not supported")
    if method.streams_responses:
        return grpc.unary_stream_rpc_method_handler(_stream(method, implementation))
    return grpc.unary_unary_rpc_method_handler(_unary(method, implementation))


def _unary(method: Method, implementation: Implementation) -> Callable[[bytes, grpc.ServicerContext], bytes]:
    parse, response_type = parser(method.request), method.response

    def serve(data: bytes, context: grpc.ServicerContext) -> bytes:
        try:
            with serving(context):
                return to_bytes(implementation(parse(data), context), response_type)
        except Exception as error:  # noqa: BLE001 - the last one who can answer the caller
            abort(context, error, method.path)

    return serve


def _stream(method: Method, implementation: Implementation) -> Callable[[bytes, grpc.ServicerContext], Iterator[bytes]]:
    parse, response_type = parser(method.request), method.response

    def serve(data: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        try:
            with serving(context):
                responses = iter(implementation(parse(data), context))
            while context.is_active():
                # Other calls may run on this thread between two responses.
                with serving(context):
                    response = next(responses, None)
                if response is None:
                    return
                yield to_bytes(response, response_type)
        except Exception as error:  # noqa: BLE001 - the last one who can answer the caller
            abort(context, error, method.path)

    return serve


def parser(request_type: type[Message]) -> Callable[[bytes], Message]:
    """Return a function that parses requests, and raises `RpcError` for bytes that are none."""
    from_string = request_type.FromString

    def parse(data: bytes) -> Message:
        try:
            return from_string(data)
        except DecodeError:
            raise RpcError(
                grpc.StatusCode.INVALID_ARGUMENT,
                INVALID_FIELD,
                f"these bytes are no {request_type.DESCRIPTOR.full_name}",
            ) from None

    return parse


def to_bytes(response: object, response_type: type[Message]) -> bytes:
    """Return the bytes of a response; bytes pass unchanged. Raises TypeError for anything else."""
    if type(response) is bytes:
        return response
    if isinstance(response, response_type):
        return response.SerializeToString()
    raise TypeError(f"expected {response_type.DESCRIPTOR.full_name} or bytes, got {type(response).__name__}")


def abort(context: grpc.ServicerContext, error: Exception, path: str) -> NoReturn:
    """End the call with the answer that fits the error."""
    context.abort_with_status(to_status(answer_to(error, path)))
    raise AssertionError("abort_with_status does not return")
