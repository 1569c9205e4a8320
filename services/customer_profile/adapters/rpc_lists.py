"""Lists over gRPC: customers by what their records say, a customer's accounts, and all values of a contact field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from chassis.clock import milliseconds
from chassis.ports import Clock, Documents, Query
from chassis.rpc.errors import invalid
from chassis.rpc.pages import page_position, page_token
from chassis.rpc.requests import check_mask, page_size
from chassis.stages.parts import PartCodec
from customer_profile.adapters import answers
from customer_profile.adapters.dealings import set_figures
from customer_profile.adapters.declared import check_segments, check_stages
from customer_profile.adapters.facets import set_value
from customer_profile.adapters.finding import found_as
from customer_profile.domain.contact import FIELDS
from customer_profile.domain.decided import by_hand
from customer_profile.domain.persona import Persona
from customer_profile.domain.rules import ProfileRules
from customer_profile.domain.survivorship import values
from rapport.profile.v1 import facets_pb2 as facets
from rapport.profile.v1 import profile_pb2 as pb

CUSTOMERS_PAGE, PAGE, MOST_ON_A_PAGE = 50, 100, 1000
LONGEST_WORD = 128
_RECORD = pb.CustomerRecord.DESCRIPTOR
_LAST = "\U0010ffff"
"""Sorts behind every key."""

_FILTERS = {"segment": "segments", "stage": "stage", "tier": "tier", "channel": "channels", "rfm_class": "rfm"}
"""Fields of the filter, and what customers are listed by: with one value, or with several of which one is asked for."""


class _Order(NamedTuple):
    """What an order sorts by: no two customers have the same."""

    field: str
    descending: bool


_ORDERS = {
    pb.CUSTOMER_ORDER_UNSPECIFIED: _Order("index.key", descending=False),
    pb.CUSTOMER_ORDER_ID: _Order("index.key", descending=False),
    pb.CUSTOMER_ORDER_NET_DESC: _Order("index.net", descending=True),
    pb.CUSTOMER_ORDER_LAST_ORDER_DESC: _Order("index.bought", descending=True),
}


class Lists:
    """For any number of threads.

    `codec` makes a codec of personas and `rules` tells those in force, both for one call. `token_key` signs page
    tokens, so that only those issued here are taken.
    """

    def __init__(
        self, records: Documents, personas: Documents, *, codec: Callable[[], PartCodec[Persona]],
        rules: Callable[[], ProfileRules], clock: Clock, token_key: bytes,
    ) -> None:  # fmt: skip
        self._records = records
        self._personas = personas
        self._codec = codec
        self._rules = rules
        self._clock = clock
        self._token_key = token_key

    def customers(self, request: pb.ListCustomersRequest) -> bytes:
        """A page of the customers of whom all that is set in the filter holds.

        Every customer who stands behind the page before is on a later one, unless what it is ordered by changes.
        """
        check_mask(request.read_mask, _RECORD)
        size = page_size(request.page_size, CUSTOMERS_PAGE, MOST_ON_A_PAGE)
        order = _ORDERS.get(request.order_by)
        if order is None:
            raise invalid("order_by", "one of the orders of this version")
        cursor = page_position(request.page_token, request, self._token_key)
        after = str(cursor[0]) if cursor else None
        low, high = ("", after or _LAST) if order.descending else (f"{after}\0" if after else "", _LAST)
        query = Query(
            equals=self._equals(request.filter),
            between=(order.field, low, high),
            order_by=(order.field,),
            descending=order.descending,
            limit=size + 1,
        )
        found = self._records.find(query)
        page, token = found[:size], ""
        if len(found) > size:
            token = page_token([page[-1]["index"][order.field.removeprefix("index.")]], request, self._token_key)
        records = (answers.stated(each["message"], each["_id"], each["_id"], request.read_mask) for each in page)
        return answers.listed(records, token)

    def accounts(self, request: pb.ListAccountsRequest) -> pb.ListAccountsResponse:
        """A page of the accounts that the customer holds, with what is known of each."""
        held = sorted(found_as(self._records, request.parent, "parent").members())
        page, token = self._page(held, request)
        documents = self._personas.load(page)
        state = self._codec().state
        return pb.ListAccountsResponse(
            accounts=[
                _account(account, state(documents[account]) if account in documents else Persona()) for account in page
            ],
            next_page_token=token,
        )

    def field_values(self, request: pb.ListFieldValuesRequest) -> pb.ListFieldValuesResponse:
        """A page of all values of a contact field that are known of the customer, ranked as survivorship ranks them.

        Pages are of the values as they are when each page is read: a value that rises meanwhile may be missed.
        """
        members = found_as(self._records, request.parent, "parent").members()
        if request.field not in FIELDS:
            raise invalid("field", f"one of {', '.join(FIELDS)}")
        state = self._codec().state
        personas = {account: state(document) for account, document in self._personas.load(members).items()}
        laid_down, _ = by_hand(
            {account: persona.decided for account, persona in personas.items()}, milliseconds(self._clock.now())
        )
        contacts = {account: persona.contact for account, persona in personas.items()}
        ranked = values(contacts, request.field, self._rules(), laid_down.get(request.field))
        size = page_size(request.page_size, PAGE, MOST_ON_A_PAGE)
        start = int((page_position(request.page_token, request, self._token_key) or [0])[0])
        end = start + size
        answer = pb.ListFieldValuesResponse(
            next_page_token=page_token([end], request, self._token_key) if end < len(ranked) else ""
        )
        for value in ranked[start:end]:
            set_value(answer.values.add(), value)
        return answer

    def _equals(self, wanted: pb.CustomerFilter) -> dict[str, Any]:
        equals = _equals(wanted)
        if wanted.segment:
            check_segments(self._rules(), [wanted.segment], "filter.segment")
        if wanted.stage:
            check_stages(self._rules(), [wanted.stage], "filter.stage")
        return equals

    def _page(self, held: list[str], request: pb.ListAccountsRequest) -> tuple[list[str], str]:
        """The accounts of the page, and the token of the next one."""
        size = page_size(request.page_size, PAGE, MOST_ON_A_PAGE)
        cursor = page_position(request.page_token, request, self._token_key)
        rest = [account for account in held if account > cursor[0]] if cursor else held
        page = rest[:size]
        return page, page_token([page[-1]], request, self._token_key) if len(rest) > size else ""


def _equals(wanted: pb.CustomerFilter) -> dict[str, Any]:
    equals = {}
    for field, name in _FILTERS.items():
        value: str = getattr(wanted, field)
        if len(value) > LONGEST_WORD:
            raise invalid(f"filter.{field}", f"at most {LONGEST_WORD} characters")
        if value:
            equals[f"index.{name}"] = value
    return equals


def _account(account: str, persona: Persona) -> facets.AccountSummary:
    summary = facets.AccountSummary(account_key=account, interactions=sum(persona.kinds.values()))
    if persona.kinds:
        summary.first_at.FromMilliseconds(persona.first_at)
        summary.last_at.FromMilliseconds(persona.last_at)
    if persona.figures is not None:
        set_figures(summary.reach, account, persona.figures)
    return summary
