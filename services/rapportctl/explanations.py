"""Asking identity resolution for its reasons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rapport.identity.v1 import service_pb2 as pb
from rapport.identity.v1.decisions_pb2 import Identifier, Refusal
from rapportctl.calls import IDENTITY, Calls

PAGE = 200


@dataclass(frozen=True, slots=True)
class Identifiers:
    """What ties a customer's accounts together, and the ties that were refused (at most 1,000)."""

    identifiers: list[Identifier]
    refusals: list[Refusal]


class Explanations:
    """Calls that explain who is who; errors as in `Calls`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def identifiers(self, customer: str) -> Identifiers:
        """A customer's identifiers, by type, and refusals."""
        request = pb.ListIdentifiersRequest(parent=f"customers/{customer}", page_size=PAGE)
        all_ = Identifiers([], [])
        while True:
            page = self._calls.call(IDENTITY, "ListIdentifiers", request, pb.ListIdentifiersResponse)
            all_.identifiers.extend(page.identifiers)
            all_.refusals.extend(page.refusals)
            if not page.next_page_token:
                return all_
            request.page_token = page.next_page_token

    def why(self, account: str, other: str) -> pb.ExplainWhyResponse:
        """Why two accounts are one customer."""
        request = pb.ExplainWhyRequest(account=account, other_account=other)
        return self._calls.call(IDENTITY, "ExplainWhy", request, pb.ExplainWhyResponse)

    def why_not(self, customer: str, other: str) -> pb.ExplainWhyNotResponse:
        """Why two customers are not one."""
        request = pb.ExplainWhyNotRequest(name=f"customers/{customer}", other_name=f"customers/{other}")
        return self._calls.call(IDENTITY, "ExplainWhyNot", request, pb.ExplainWhyNotResponse)

    def how(self, customer: str, page_size: int = PAGE) -> Iterator[pb.Step]:
        """The steps by which a customer came about, oldest first; asks for the next page when it is needed."""
        request = pb.ExplainHowRequest(name=f"customers/{customer}", page_size=page_size)
        while True:
            page = self._calls.call(IDENTITY, "ExplainHow", request, pb.ExplainHowResponse)
            yield from page.steps
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token
