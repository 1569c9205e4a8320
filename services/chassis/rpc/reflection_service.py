"""The standard reflection service, so that tools such as grpcurl can list and call what a server has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

from chassis.rpc.handlers import abort, parser, to_bytes

_NAME = "grpc.reflection.v1alpha.ServerReflection"
_STREAMS_AT_ONCE = 2


class ReflectionService:
    """Describes the named services. Its streams have threads of their own: an idle tool takes none from callers."""

    def __init__(self, services: Sequence[str]) -> None:
        self._servicer = reflection.ReflectionServicer([*services, _NAME])
        self._threads = ThreadPoolExecutor(_STREAMS_AT_ONCE, thread_name_prefix="reflection")

    def handlers(self) -> grpc.GenericRpcHandler:
        """Return the handlers for a grpc server."""
        parse = parser(reflection_pb2.ServerReflectionRequest)

        def info(requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
            try:
                for response in self._servicer.ServerReflectionInfo(map(parse, requests), context):
                    yield to_bytes(response, reflection_pb2.ServerReflectionResponse)
            except grpc.RpcError:
                raise
            except Exception as error:  # noqa: BLE001 - the last one who can answer the caller
                abort(context, error, f"/{_NAME}/ServerReflectionInfo")

        info.experimental_thread_pool = self._threads  # type: ignore[attr-defined]
        return grpc.method_handlers_generic_handler(
            _NAME, {"ServerReflectionInfo": grpc.stream_stream_rpc_method_handler(info)}
        )
