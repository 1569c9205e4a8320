"""What identity resolution explains, and the interface of stewardship, with answers that a test lays down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from chassis.rpc.descriptors import methods_of
from chassis.rpc.errors import RpcError
from rapport.identity.v1 import service_pb2
from rapport.stewardship.v1 import stewardship_pb2

STEWARDSHIP = stewardship_pb2.DESCRIPTOR.services_by_name["StewardshipService"]
_IDENTITY = service_pb2.DESCRIPTOR.services_by_name["IdentityResolutionService"]
_EXPLAINING = ("ListIdentifiers", "ExplainWhy", "ExplainWhyNot", "ExplainHow")
RESPONSES: dict[str, type[Message]] = {
    **{method.attribute: method.response for method in methods_of(STEWARDSHIP).values()},
    **{method.attribute: method.response for name, method in methods_of(_IDENTITY).items() if name in _EXPLAINING},
}


class Steward:
    """Answers each method with what `answers` has under its name: a message, a function of the request, or nothing.

    `errors` are raised first, one for each call. `commanded` has every request, by its method.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Message | Callable[[Any], Message]] = {}
        self.errors: list[RpcError] = []
        self.commanded: defaultdict[str, list[Any]] = defaultdict(list)

    def __getattr__(self, name: str) -> Callable[[Any, object], Message]:
        if name not in RESPONSES:
            raise AttributeError(name)

        def method(request: Any, context: object) -> Message:
            self.commanded[name].append(request)
            if self.errors:
                raise self.errors.pop(0)
            answer = self.answers.get(name, RESPONSES[name]())
            return answer if isinstance(answer, Message) else answer(request)

        return method
