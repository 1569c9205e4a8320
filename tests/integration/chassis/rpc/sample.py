"""A small service, described in code, that stands for any."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.message_factory import GetMessageClass

from chassis.errors import Unavailable
from chassis.rpc.errors import CallFailed, DependencyUnavailable, RpcError, invalid

TEXT, NUMBER, NESTED = 9, 3, 11
OPTIONAL, REPEATED = 1, 3
PACKAGE = "rapport.chassis_test.v1"


def _message(name: str, *fields: tuple[str, int, int, int]) -> descriptor_pb2.DescriptorProto:
    message = descriptor_pb2.DescriptorProto(name=name)
    for field_name, number, kind, label in fields:
        message.field.add(
            name=field_name,
            number=number,
            type=kind,
            label=label,
            type_name=f".{PACKAGE}.Book" if kind == NESTED else None,
        )
    return message


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name="rapport/chassis_test/v1/library.proto", package=PACKAGE, syntax="proto3"
    )
    file.message_type.append(
        _message(
            "Book",
            ("name", 1, TEXT, OPTIONAL),
            ("pages", 2, NUMBER, OPTIONAL),
            ("sequel", 3, NESTED, OPTIONAL),
            ("parts", 4, NESTED, REPEATED),
        )
    )
    file.message_type.append(_message("GetBookRequest", ("name", 1, TEXT, OPTIONAL), ("shelf", 2, NESTED, OPTIONAL)))
    file.message_type.append(
        _message(
            "ListBooksRequest",
            ("name", 1, TEXT, OPTIONAL),
            ("page_size", 2, NUMBER, OPTIONAL),
            ("page_token", 3, TEXT, OPTIONAL),
        )
    )
    file.message_type.append(_message("Books", ("books", 1, NESTED, REPEATED), ("not_found", 2, TEXT, REPEATED)))
    service = file.service.add(name="LibraryService")
    for name, request, response, streams in (
        ("GetBook", "GetBookRequest", "Book", False),
        ("WriteBook", "Book", "Book", False),
        ("ListBooks", "ListBooksRequest", "Books", False),
        ("WatchBooks", "ListBooksRequest", "Book", True),
    ):
        service.method.add(
            name=name,
            input_type=f".{PACKAGE}.{request}",
            output_type=f".{PACKAGE}.{response}",
            server_streaming=streams,
        )
    return file


_pool = descriptor_pool.Default()
_pool.AddSerializedFile(_file().SerializeToString())
SERVICE = _pool.FindServiceByName(f"{PACKAGE}.LibraryService")
Book: Any = GetMessageClass(_pool.FindMessageTypeByName(f"{PACKAGE}.Book"))
GetBookRequest: Any = GetMessageClass(_pool.FindMessageTypeByName(f"{PACKAGE}.GetBookRequest"))
ListBooksRequest: Any = GetMessageClass(_pool.FindMessageTypeByName(f"{PACKAGE}.ListBooksRequest"))
Books: Any = GetMessageClass(_pool.FindMessageTypeByName(f"{PACKAGE}.Books"))

STORED = Book(name="stored", pages=600, sequel=Book(name="more")).SerializeToString()


class Library:
    """Does what the name asks for; counts its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.fail_first = 0
        self.seconds_left: list[float] = []

    def get_book(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.calls += 1
        self.seconds_left.append(context.time_remaining())
        if self.calls <= self.fail_first:
            raise RpcError(grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE", "not yet")
        match request.name:
            case "":
                raise invalid("name", "expected the form books/{book}")
            case "store away":
                raise Unavailable("NetworkTimeout")
            case "neighbour away":
                raise DependencyUnavailable("a.B", grpc.StatusCode.DEADLINE_EXCEEDED, "", "", {})
            case "neighbour refused":
                raise CallFailed("a.B", grpc.StatusCode.INVALID_ARGUMENT, "X", "", {})
            case "bug" | "bug with a secret":
                raise KeyError(request.name)
            case "wrong type":
                return GetBookRequest()
            case "stored":
                return STORED
            case "slow":
                time.sleep(0.5)
        return Book(name=request.name)

    def write_book(self, request: Any, context: grpc.ServicerContext) -> Any:
        return self.get_book(request, context)

    def list_books(self, request: Any, _: grpc.ServicerContext) -> Any:
        return Books(books=[Book(name=request.name)])

    def watch_books(self, request: Any, _: grpc.ServicerContext) -> Iterator[Any]:
        for number in range(request.page_size):
            yield Book(name=f"{number}")
        if request.name == "bug with a secret":
            raise KeyError(request.name)
