"""Answering what customers' results would be if accounts belonged to them as proposed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from chassis.rpc.errors import invalid
from chassis.rpc.requests import check_batch, concat_repeated, parse_name
from chassis.service import ServerContext
from chassis.stages.computing import Computation
from chassis.stages.preview import Preview, Proposal
from rapport.common.v1.proposal_pb2 import ProposedCustomer

P = TypeVar("P")
R = TypeVar("R")
C = TypeVar("C")

MOST_CUSTOMERS = 10
MOST_ACCOUNTS = 500

_RESULTS_FIELD = 1
_UNKNOWN_FIELD = 2

Inputs = Mapping[str, Mapping[str, bytes]]
"""By customer and name: what other services would say of it."""


class Previews(Generic[P, R, C]):
    """Answers a service's Preview method by the computation that its stream uses. For any number of threads.

    `make` returns the computation, for one call; `personas` and `results` are names of collections. In the response,
    results are field 1 and accounts that nothing is known of field 2.
    """

    def __init__(
        self, context: ServerContext, make: Callable[[], Computation[P, R, C]], *, personas: str, results: str
    ) -> None:
        self._make = make
        self._personas = context.documents(personas)
        self._results = context.documents(results)
        self._clock = context.clock

    def answer(self, customers: Sequence[ProposedCustomer], inputs: Inputs | None = None) -> bytes:
        """The response for these customers, with these inputs instead of those that have arrived.

        Raises `RpcError` INVALID_ARGUMENT, and `Unavailable`.
        """
        proposals = list(_proposals(customers, inputs or {}))
        preview = Preview(self._make(), parts=self._personas, results=self._results, clock=self._clock)
        previewed = preview.of(proposals)
        unknown = (account.encode() for account in previewed.unknown)
        return concat_repeated(_RESULTS_FIELD, previewed.messages) + concat_repeated(_UNKNOWN_FIELD, unknown)


def _proposals(customers: Sequence[ProposedCustomer], inputs: Inputs) -> Iterator[Proposal]:
    check_batch(customers, MOST_CUSTOMERS, "customers")
    if not customers:
        raise invalid("customers", f"1 to {MOST_CUSTOMERS}")
    for place, customer in enumerate(customers):
        _check(customer, f"customers[{place}]")
    _check_once(customers)
    for customer in customers:
        id_ = customer.customer_id
        yield Proposal(id_, tuple(customer.account_keys), tuple(customer.absorbed), inputs.get(id_, {}))


def _check(customer: ProposedCustomer, field: str) -> None:
    parse_name("{customer}", customer.customer_id, f"{field}.customer_id")
    for name, values in (("account_keys", customer.account_keys), ("absorbed", customer.absorbed)):
        check_batch(values, MOST_ACCOUNTS, f"{field}.{name}")
        if not all(values):
            raise invalid(f"{field}.{name}", "none of them empty")
    if not customer.account_keys:
        raise invalid(f"{field}.account_keys", f"1 to {MOST_ACCOUNTS}")


def _check_once(customers: Sequence[ProposedCustomer]) -> None:
    """An account has one customer, and a customer that is absorbed holds none."""
    accounts = Counter(account for customer in customers for account in customer.account_keys)
    if accounts.total() > len(accounts):
        raise invalid("customers", "each account once")
    ids = Counter(id_ for customer in customers for id_ in (customer.customer_id, *customer.absorbed))
    if ids.total() > len(ids):
        raise invalid("customers", "each customer once, absorbed or not")
