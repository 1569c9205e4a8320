"""Answers who is who."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chassis.ports import Document, Documents
from chassis.rpc.errors import invalid
from chassis.rpc.requests import check_batch, concat_repeated, parse_name, parse_names
from identity_resolution.adapters.asked import CUSTOMER, Asked, customer_id
from identity_resolution.adapters.people import People
from identity_resolution.adapters.refusals import nobody
from identity_resolution.adapters.rpc_explain import Explanations
from rapport.identity.v1 import service_pb2 as pb

MOST_IN_BATCH = 1_000
MOST_SHOWING = 50
"""Accounts that are looked up of those that showed an identifier; by default one that more than 20 show ties nobody."""

_CUSTOMERS_FIELD = pb.BatchGetCustomersResponse.DESCRIPTOR.fields_by_name["customers"].number


class IdentityResolution:
    """Implements IdentityResolutionService over the documents that decisions write. For any number of threads."""

    def __init__(
        self, customers: Documents, identifiers: Documents, people: People, asked: Asked, explanations: Explanations
    ) -> None:
        self._customers = customers
        self._identifiers = identifiers
        self._people = people
        self._asked = asked
        self.list_identifiers = explanations.list_identifiers
        self.explain_why = explanations.explain_why
        self.explain_why_not = explanations.explain_why_not
        self.explain_how = explanations.explain_how

    def resolve(self, request: pb.ResolveRequest, context: object) -> pb.ResolveResponse:
        """The customer that an account or an identifier belongs to."""
        answer = self._resolve([request.key], ["key"])[0]
        if not answer.customer_id:
            raise nobody("key")
        return answer

    def batch_resolve(self, request: pb.BatchResolveRequest, context: object) -> pb.BatchResolveResponse:
        """The customers of up to 1,000 keys, in their order; an empty answer where nobody is known."""
        check_batch(request.keys, MOST_IN_BATCH, "keys")
        fields = [f"keys[{place}]" for place in range(len(request.keys))]
        return pb.BatchResolveResponse(results=self._resolve(request.keys, fields))

    def get_customer(self, request: pb.GetCustomerRequest, context: object) -> bytes:
        """A customer as it is stored, its state and `merged_into` included."""
        (customer,) = parse_name(CUSTOMER, request.name)
        document = self._customers.load([customer]).get(customer)
        if document is None:
            raise nobody("name")
        message: bytes = document["message"]
        return message

    def batch_get_customers(self, request: pb.BatchGetCustomersRequest, context: object) -> bytes:
        """Up to 1,000 customers as they are stored; those not found are named in the answer."""
        check_batch(request.names, MOST_IN_BATCH)
        ids = list(dict.fromkeys(parse_names(CUSTOMER, request.names)))
        documents = self._customers.load(ids)
        missing = pb.BatchGetCustomersResponse(not_found=[f"customers/{id_}" for id_ in ids if id_ not in documents])
        found = concat_repeated(_CUSTOMERS_FIELD, (documents[id_]["message"] for id_ in ids if id_ in documents))
        return found + missing.SerializeToString()

    def _resolve(self, keys: Sequence[pb.Key], fields: Sequence[str]) -> list[pb.ResolveResponse]:
        """The answer to each key, empty where nobody is known; `fields` name the keys in errors."""
        wanted = [self._stored_key(key, field) for key, field in zip(keys, fields, strict=True)]
        shown = self._shown({key for kind, key in wanted if kind == "identifier"})
        accounts = {key for kind, key in wanted if kind == "account"}.union(*shown.values())
        belonging = self._people.named(accounts)
        named = [_named(kind, key, shown, belonging) for kind, key in wanted]
        live = self._people.live_ids({id_ for ids in named for id_ in ids})
        return [_answer(ids, live) for ids in named]

    def _stored_key(self, key: pb.Key, field: str) -> tuple[str, str]:
        """The kind of key, and the key as documents have it. Raises `RpcError` where it can be nobody's."""
        kind = key.WhichOneof("key")
        if kind == "customer_id":
            return kind, customer_id(key.customer_id, f"{field}.customer_id")
        if kind == "account":
            return kind, self._asked.account(key.account, f"{field}.account")
        if kind == "identifier":
            return kind, self._asked.identifier(key.identifier, f"{field}.identifier")
        raise invalid(field, "a customer_id, an account or an identifier")

    def _shown(self, identifiers: set[str]) -> dict[str, list[str]]:
        """The accounts that showed each identifier, the first one first; none of one that ties nobody."""
        found: dict[str, Document] = self._identifiers.load(identifiers) if identifiers else {}
        return {key: document["accounts"][:MOST_SHOWING] for key, document in found.items() if not document["state"]}


def _named(kind: str, key: str, shown: dict[str, list[str]], belonging: dict[str, str]) -> list[str]:
    """The customers that a key leads to, which may have been merged away since."""
    if kind == "customer_id":
        return [key]
    accounts: Iterable[str] = [key] if kind == "account" else shown.get(key, ())
    return list(dict.fromkeys(belonging[account] for account in accounts if account in belonging))


def _answer(ids: Sequence[str], live: dict[str, str]) -> pb.ResolveResponse:
    known = [id_ for id_ in ids if id_ in live]
    if not known:
        return pb.ResolveResponse()
    first = live[known[0]]
    others = dict.fromkeys(live[id_] for id_ in known if live[id_] != first)
    return pb.ResolveResponse(
        customer_id=first, merged_from=known[0] if known[0] != first else "", other_customer_ids=others
    )
