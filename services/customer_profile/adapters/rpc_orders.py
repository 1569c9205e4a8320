"""A customer's orders over gRPC: from the ledgers of its accounts, with the lines that the timeline still has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from chassis.ports import Document, Documents, Query
from chassis.rpc.pages import page_position, page_token
from chassis.rpc.requests import page_size
from chassis.stages.parts import PartCodec
from customer_profile.adapters.finding import found_as
from customer_profile.adapters.interactions import source_label
from customer_profile.domain.persona import Persona
from customer_profile.domain.purchases.placed import Placed, placed
from customer_profile.domain.timeline import place
from rapport.common.v1.common_pb2 import Money
from rapport.interactions.v1.interaction_pb2 import Interaction, Purchase, PurchaseSource
from rapport.profile.v1 import facets_pb2 as facets
from rapport.profile.v1 import profile_pb2 as pb

PAGE, MOST_ON_A_PAGE = 50, 500
KIND = "purchase"
_TOLD_AGAIN = 20
"""Rows beyond one for each order that a read takes: those of orders that were told more than once."""


class Orders:
    """For any number of threads. `codec` makes a codec of personas for one call; `token_key` signs page tokens."""

    def __init__(
        self,
        records: Documents,
        personas: Documents,
        timeline: Documents,
        *,
        codec: Callable[[], PartCodec[Persona]],
        token_key: bytes,
    ) -> None:
        self._records = records
        self._personas = personas
        self._timeline = timeline
        self._codec = codec
        self._token_key = token_key

    def list(self, request: pb.ListOrdersRequest) -> pb.ListOrdersResponse:
        """A page of the orders that are kept one by one, newest first.

        Pages neither repeat nor skip an order, unless the order itself is told anew with an earlier time.
        """
        size = page_size(request.page_size, PAGE, MOST_ON_A_PAGE)
        cursor = page_position(request.page_token, request, self._token_key)
        members = found_as(self._records, request.parent, "parent").members()
        state = self._codec().state
        ledgers = {account: state(document).ledger for account, document in self._personas.load(members).items()}
        orders = placed(ledgers)
        if cursor is not None:
            orders = [each for each in orders if (each.at, each.order_id) < (cursor[0], cursor[1])]
        page = orders[:size]
        goods = self._goods(page)
        token = ""
        if len(orders) > size:
            token = page_token([page[-1].at, page[-1].order_id], request, self._token_key)
        return pb.ListOrdersResponse(
            orders=[_message(each, goods.get(each.order_id)) for each in page], next_page_token=token
        )

    def _goods(self, page: Sequence[Placed]) -> dict[str, Purchase]:
        """The purchases that told the orders, as far as the timeline has them. One read for each account, mostly."""
        told: dict[str, Purchase] = {}
        by_account: defaultdict[str, list[Placed]] = defaultdict(list)
        for each in page:
            by_account[each.account].append(each)
        for account, orders in by_account.items():
            first, last = min(each.at for each in orders), max(each.at for each in orders)
            told |= _matching(self._rows(account, first, last, len(orders) + _TOLD_AGAIN), orders)
            # Where one order was told many times, its rows may have filled the read.
            for each in orders:
                if each.order_id not in told:
                    told |= _matching(self._rows(account, each.at, each.at, _TOLD_AGAIN), [each])
        return told

    def _rows(self, account: str, first: int, last: int, limit: int) -> Sequence[Document]:
        return self._timeline.find(
            Query(
                equals={"account": account},
                is_in={"kind": [KIND]},
                between=("place", place(first), place(last + 1)),
                order_by=("place",),
                limit=limit,
            )
        )


def _matching(rows: Sequence[Document], orders: Sequence[Placed]) -> dict[str, Purchase]:
    wanted = {(each.order_id, each.at) for each in orders}
    found: dict[str, Purchase] = {}
    for row in rows:
        interaction = Interaction.FromString(row["body"])
        at = interaction.occurred_at.seconds * 1000 + interaction.occurred_at.nanos // 1_000_000
        if (interaction.purchase.order_id, at) in wanted:
            found.setdefault(interaction.purchase.order_id, interaction.purchase)
    return found


def _message(each: Placed, told: Purchase | None) -> facets.Order:
    message = facets.Order(
        order_id=each.order_id,
        account_key=each.account,
        total=Money(currency_code=each.order.currency, minor_units=each.order.minor_units),
        source=_source(each.order.source),
        lines=told.lines if told is not None else (),
        returns=_returns(each),
    )
    message.order_time.FromMilliseconds(each.at)
    return message


def _returns(each: Placed) -> Iterator[facets.OrderReturn]:
    for return_id, returned in each.returns:
        total = Money(currency_code=returned.currency, minor_units=returned.minor_units)
        message = facets.OrderReturn(return_id=return_id, total=total)
        message.return_time.FromMilliseconds(returned.at)
        yield message


def _source(name: str) -> PurchaseSource.ValueType:
    """The source as the API has it; the number of a newer producer as it is."""
    return PurchaseSource.ValueType(int(name)) if name.isdigit() else PurchaseSource.Value(source_label(name))
