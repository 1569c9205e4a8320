"""Lists of what was decided about customers, in pages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from chassis.ports import Document, Documents, Query
from chassis.rpc.pages import page_position, page_token
from chassis.rpc.requests import page_size
from identity_resolution.adapters import asked, collections
from identity_resolution.adapters.people import People
from rapport.identity.v1 import decisions_pb2 as decisions
from rapport.stewardship.v1 import stewardship_pb2 as pb

MOST_RELATIONSHIPS = 1_000
"""Of one customer; of more, some are not listed."""

_AFTER_ALL = "~"
"""Sorts behind every id."""


class Lists:
    """What stewards see of decisions, constraints and relationships. For any number of threads.

    Collections are opened by name; `token_key` signs page tokens, so that only those issued here are taken.
    """

    def __init__(self, documents: Callable[[str], Documents], people: People, token_key: bytes) -> None:
        self._decisions = documents(collections.DECISIONS)
        self._constraints = documents(collections.CONSTRAINTS)
        self._relationships = documents(collections.RELATIONSHIPS)
        self._people = people
        self._token_key = token_key

    def list_decisions(self, request: pb.ListDecisionsRequest, context: object) -> pb.ListDecisionsResponse:
        """A page of the decisions that changed a customer, newest first."""
        id_ = asked.customer(request.parent, "parent")
        size, after = self._paging(request)
        known = sorted(set(self._people.customer(id_, "parent").decisions), reverse=True)
        ids = [each for each in known if after is None or each < after]
        return pb.ListDecisionsResponse(
            decisions=[decisions.Decision.FromString(each) for each in _messages(self._decisions, ids[:size])],
            next_page_token=self._next(request, ids, size),
        )

    def list_constraints(self, request: pb.ListConstraintsRequest, context: object) -> pb.ListConstraintsResponse:
        """A page of the constraints that hold, on a customer or all, oldest first."""
        size, after = self._paging(request)
        if request.parent:
            customer = self._people.customer(asked.customer(request.parent, "parent"), "parent")
            ids = [each for each in sorted(customer.constraints) if after is None or each > after]
        else:
            # The token is the last id that was shown: of those at or behind it, that one is left out.
            query = Query(
                equals={"holds": True},
                between=("created", after or "", _AFTER_ALL),
                order_by=("created",),
                limit=size + 2,
            )
            ids = [each["_id"] for each in self._constraints.find(query) if each["_id"] != after]
        return pb.ListConstraintsResponse(
            constraints=[decisions.Constraint.FromString(each) for each in _messages(self._constraints, ids[:size])],
            next_page_token=self._next(request, ids, size),
        )

    def list_relationships(self, request: pb.ListRelationshipsRequest, context: object) -> pb.ListRelationshipsResponse:
        """A page of a customer's relationships by name, so that people's come in the order in which they were said."""
        size, after = self._paging(request)
        customer = self._people.customer(asked.customer(request.parent, "parent"), "parent")
        found = self._relationships.find(
            Query(equals={"is_over": False}, is_in={"account": list(customer.accounts)}, limit=MOST_RELATIONSHIPS)
        )
        # One between two accounts of the customer is found from both sides.
        messages = {each.name: each for each in map(_relationship, found)}
        names = [each for each in sorted(messages) if after is None or each > after]
        page = [messages[name] for name in names[:size]]
        self.name_customers(page)
        return pb.ListRelationshipsResponse(relationships=page, next_page_token=self._next(request, names, size))

    def name_customers(self, found: Collection[decisions.Relationship]) -> None:
        """Say which customers the accounts of relationships belong to now."""
        accounts = {account for each in found for account in (each.account_key, each.other_account_key) if account}
        owners = self._people.of_accounts(accounts)
        for each in found:
            each.customer_id = owners.get(each.account_key, "")
            each.other_customer_id = owners.get(each.other_account_key, "")

    def _paging(self, request: Any) -> tuple[int, Any]:  # noqa: ANN401 - one of several requests
        """How many are asked for, and what the page before ended with; None for the first."""
        position = page_position(request.page_token, request, self._token_key)
        return page_size(request.page_size), position[0] if position is not None else None

    def _next(self, request: Any, found: Sequence[str], size: int) -> str:  # noqa: ANN401 - one of several requests
        return page_token([found[size - 1]], request, self._token_key) if len(found) > size else ""


def _messages(documents: Documents, ids: Sequence[str]) -> list[bytes]:
    """What is stored under these ids to be told, in their order."""
    found: Mapping[str, Document] = documents.load(ids) if ids else {}
    return [found[id_]["message"] for id_ in ids if id_ in found]


def _relationship(document: Document) -> decisions.Relationship:
    return decisions.Relationship.FromString(document["message"])
