"""Lists of suggestions: all, the most probable first, or those that concern one customer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from chassis.ports import Document, Documents, Query
from chassis.rpc.errors import invalid
from chassis.rpc.pages import page_position, page_token
from chassis.rpc.requests import page_size
from identity_resolution.adapters import asked, collections
from identity_resolution.adapters.people import People
from identity_resolution.adapters.protos import SUGGESTION_STATES
from identity_resolution.domain.customers import Customer
from identity_resolution.domain.decisions import SuggestionState, suggestion_id
from rapport.identity.v1 import decisions_pb2 as decisions
from rapport.stewardship.v1 import stewardship_pb2 as pb

MOST_ROUNDS = 10
"""Looks into the store for one page: of those found, some are of accounts that have become one customer."""
MOST_OF_A_CUSTOMER = 5_000
"""Pairs of accounts that are looked up of one customer."""

_AFTER_ALL = "~"
_STATES = {told: state for state, told in SUGGESTION_STATES.items()}


class Suggested:
    """What stands for review, and what has become of it. For any number of threads; as `Lists` otherwise."""

    def __init__(self, documents: Callable[[str], Documents], people: People, token_key: bytes) -> None:
        self._suggestions = documents(collections.SUGGESTIONS)
        self._identifiers = documents(collections.IDENTIFIERS)
        self._people = people
        self._token_key = token_key

    def list_suggestions(self, request: pb.ListSuggestionsRequest, context: object) -> pb.ListSuggestionsResponse:
        """A page of suggestions, the most probable first. A page may be shorter than asked for, and not be the last.

        Pending ones whose accounts have become one customer are left out.
        """
        state = _STATES.get(request.state or decisions.SUGGESTION_STATE_PENDING)
        if state is None:
            raise invalid("state", "a state that the proto names")
        size, token = page_size(request.page_size), page_position(request.page_token, request, self._token_key)
        after = token[0] if token is not None else _AFTER_ALL
        if request.customer:
            customer = self._people.customer(asked.customer(request.customer, "customer"), "customer")
            page, last = self._of(customer, state, after, size)
        else:
            page, last = self._all(state, after, size)
        return pb.ListSuggestionsResponse(
            suggestions=page, next_page_token=page_token([last], request, self._token_key) if last else ""
        )

    def _all(self, state: SuggestionState, after: str, size: int) -> tuple[list[decisions.Suggestion], str]:
        """A page, and the order of the last one looked at where there may be more."""
        page: list[decisions.Suggestion] = []
        for _ in range(MOST_ROUNDS):
            wanted = size - len(page)
            query = Query(
                equals={"state": state.value},
                between=("order", "", after),
                order_by=("order",),
                descending=True,
                limit=wanted,
            )
            found = self._suggestions.find(query)
            page += self._told(found)
            if len(found) < wanted:
                return page, ""
            after = found[-1]["order"]
            if len(page) == size:
                break
        return page, after

    def _of(
        self, customer: Customer, state: SuggestionState, after: str, size: int
    ) -> tuple[list[decisions.Suggestion], str]:
        """As `_all`, of those that concern one customer."""
        ids = set(islice(self._pairs(customer), MOST_OF_A_CUSTOMER))
        found = self._suggestions.load(ids).values() if ids else ()
        ordered = sorted(
            (each for each in found if each["state"] == state.value and each["order"] < after),
            key=lambda each: each["order"],
            reverse=True,
        )
        taken = ordered[:size]
        return self._told(taken), taken[-1]["order"] if len(ordered) > size else ""

    def _pairs(self, customer: Customer) -> Iterable[str]:
        """Ids of the suggestions that there may be of an account of the customer and one of another's."""
        mine = customer.accounts
        for one, other in customer.pairs:
            if one not in mine or other not in mine:
                yield suggestion_id(one, other)
        refused = [each for each in customer.refused.values() if not each.is_pair]
        shown = self._identifiers.load({*customer.links, *(each.other for each in refused)})
        showing = [(account, key) for key, holders in customer.links.items() for account in holders]
        for account, key in [*((each.account, each.other) for each in refused), *showing]:
            for other in shown[key]["accounts"] if key in shown else ():
                if other not in mine:
                    yield suggestion_id(account, other)

    def _told(self, found: Iterable[Document]) -> list[decisions.Suggestion]:
        """The suggestions with the customers of their accounts, without pending ones that are settled by now."""
        messages = [decisions.Suggestion.FromString(each["message"]) for each in found]
        accounts = {account for each in messages for account in (each.account_key, each.other_account_key)}
        owners = self._people.of_accounts(accounts)
        for each in messages:
            each.customer_id = owners.get(each.account_key, "")
            each.other_customer_id = owners.get(each.other_account_key, "")
        pending = decisions.SUGGESTION_STATE_PENDING
        return [each for each in messages if each.state != pending or each.customer_id != each.other_customer_id]
