"""A bare gRPC server that answers every call with the same bytes: what a look-up is compared with."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc

METHOD = "/bench.Echo/Get"


def main() -> None:
    """Serve as many bytes as the first argument says; print the port."""
    answer = b"x" * int(sys.argv[1])
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(lambda request, context: answer)
    service, _, method = METHOD[1:].partition("/")
    server = grpc.server(ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, {method: handler})])
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
