"""What a protobuf service descriptor says of its methods, with the message classes that belong to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a service, which has this full name.

    `path` is what stands in the HTTP/2 request; `attribute` is its name in Python.
    """

    service: str
    name: str
    path: str
    attribute: str
    request: type[Message]
    response: type[Message]
    streams_requests: bool
    streams_responses: bool


def methods_of(service: ServiceDescriptor) -> Mapping[str, Method]:
    """Return the service's methods by name."""
    return {each.name: _method(service, each) for each in service.methods}


def _method(service: ServiceDescriptor, method: MethodDescriptor) -> Method:
    return Method(
        service=service.full_name,
        name=method.name,
        path=f"/{service.full_name}/{method.name}",
        attribute=_HUMP.sub("_", method.name).lower(),
        request=GetMessageClass(method.input_type),
        response=GetMessageClass(method.output_type),
        streams_requests=method.client_streaming,
        streams_responses=method.server_streaming,
    )
