"""A customer's orders one by one, each with what was given back of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from customer_profile.domain.interaction import Order, Return
from customer_profile.domain.ledger import Ledger, united


class Placed(NamedTuple):
    """An order, and the account that it was told of. `at` and `order_id` lead: the newest is the greatest.

    `returns` are (return id, return), oldest first.
    """

    at: int
    order_id: str
    account: str
    order: Order
    returns: tuple[tuple[str, Return], ...]


def placed(ledgers: Mapping[str, Ledger]) -> list[Placed]:
    """Return the orders of a customer's accounts that are kept one by one, newest first.

    An order that was told of several accounts stands once, with the account that told it first.
    """
    returns: defaultdict[str, list[tuple[int, str, Return]]] = defaultdict(list)
    for return_id, returned in united([ledger.returns for ledger in ledgers.values()]).items():
        if returned.order_id:
            returns[returned.order_id].append((returned.at, return_id, returned))
    tellers: dict[str, tuple[Order, str]] = {}
    for account, ledger in ledgers.items():
        for order_id, order in ledger.orders.items():
            told = (order, account)
            if order_id not in tellers or told < tellers[order_id]:
                tellers[order_id] = told
    orders = (
        Placed(
            order.at,
            order_id,
            account,
            order,
            tuple((return_id, returned) for _, return_id, returned in sorted(returns.get(order_id, ()))),
        )
        for order_id, (order, account) in tellers.items()
    )
    return sorted(orders, reverse=True)
