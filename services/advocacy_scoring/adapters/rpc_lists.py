"""Lists of customers: those who speak most for the brand, and those who speak against it before most people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from advocacy_scoring.adapters import codec
from chassis.ports import Document, Documents, Query
from chassis.rpc.errors import invalid
from chassis.rpc.pages import page_position, page_token
from chassis.rpc.requests import check_mask, masked, page_size
from chassis.stages.results import result
from rapport.advocacy.v1 import breakdown_pb2
from rapport.advocacy.v1 import queries_pb2 as pb

_LAST = "\uffff"
_AUDIENCE_DIGITS = 12


class Lists:
    """ListTopAdvocates and ListDetractors over the index of scores. For any number of threads."""

    def __init__(self, scores: Documents) -> None:
        self._scores = scores

    def list_top_advocates(self, request: pb.ListTopAdvocatesRequest, context: object) -> pb.ListTopAdvocatesResponse:
        """Customers by score, the highest first."""
        check_mask(request.read_mask, pb.Listed.DESCRIPTOR)
        conditions: dict[str, Any] = {
            "index.band": request.band,
            "index.niches": request.niche,
            "index.country": _country(request.country),
            "index.trend": request.trend,
        }
        rank = "index.staff" if request.employees else "index.top"
        page = self._page(request, rank, "", conditions)
        rows = [_listed(each, request.read_mask) for each in page]
        return pb.ListTopAdvocatesResponse(advocates=rows, next_page_token=_token(request, page, rank))

    def list_detractors(self, request: pb.ListDetractorsRequest, context: object) -> pb.ListDetractorsResponse:
        """Customers who speak against the brand, those first whom most people hear."""
        check_mask(request.read_mask, pb.Listed.DESCRIPTOR)
        if request.least_audience < 0:
            raise invalid("least_audience", "0 or more")
        rank = "index.against"
        least = f"{request.least_audience:0{_AUDIENCE_DIGITS}d}"
        page = self._page(request, rank, least, {"index.country": _country(request.country)})
        rows = [_listed(each, request.read_mask) for each in page]
        return pb.ListDetractorsResponse(detractors=rows, next_page_token=_token(request, page, rank))

    def _page(self, request: Any, rank: str, least: str, conditions: Mapping[str, Any]) -> list[Document]:  # noqa: ANN401
        """The documents of the page that the request asks for; empty conditions do not count."""
        position = page_position(request.page_token, request)
        query = Query(
            equals={name: wanted for name, wanted in conditions.items() if wanted},
            between=(rank, least, position[0] if position else _LAST),
            order_by=(rank,),
            descending=True,
            limit=page_size(request.page_size),
        )
        return self._scores.find(query)


def _token(request: Message, page: list[Document], rank: str) -> str:
    """The token of the page after this one; empty where this one was not full, so that none comes after."""
    size: int = request.page_size  # type: ignore[attr-defined]
    if len(page) < page_size(size):
        return ""
    return page_token([page[-1]["index"][rank.partition(".")[2]]], request)


def _listed(document: Document, mask: FieldMask) -> pb.Listed:
    score = codec.scores().decode(result(document).body.state).score
    customer = document["_id"]
    message = pb.Listed(
        name=f"customers/{customer}/score",
        customer_id=customer,
        score=score.points,
        band=breakdown_pb2.AudienceBand.ValueType(score.amplifier.band.value),
        followers=score.amplifier.followers,
        niches=score.amplifier.niches,
        country=score.country,
        trend=breakdown_pb2.Trend.ValueType(score.trend.value),
        confidence=score.confidence,
        bad_audience=score.heard.bad,
        raw_milli=score.raw_milli,
    )
    return masked(message, mask)


def _country(code: str) -> str:
    if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
        raise invalid("country", "two letters, as ISO 3166-1 has them")
    return code.upper()
