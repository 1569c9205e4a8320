"""Answers who is who."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import grpc

from chassis.ports import Document, Documents
from chassis.rpc.errors import RpcError, invalid
from chassis.rpc.requests import check_batch, concat_repeated, parse_name, parse_names
from identity_resolution.domain.customer_ids import is_customer_id
from identity_resolution.domain.keys import CHANNEL, Keys, UnusableValue
from rapport.common.v1 import common_pb2
from rapport.identity.v1 import service_pb2 as pb

MOST_IN_BATCH = 1_000
MOST_HOPS = 1_000
"""Of `merged_into`: each hop leads to a lower id, so there is an end; a longer way means that documents contradict."""

NAME = "customers/{customer}"
_CUSTOMERS_FIELD = pb.BatchGetCustomersResponse.DESCRIPTOR.fields_by_name["customers"].number
_NOT_FOUND_REASON = common_pb2.ErrorReason.Name(common_pb2.ERROR_REASON_CUSTOMER_NOT_FOUND).removeprefix(
    "ERROR_REASON_"
)


class IdentityResolution:
    """The API's implementation, over the documents that decisions write."""

    def __init__(self, customers: Documents, memberships: Documents, identifiers: Documents, keys: Keys) -> None:
        self._customers = customers
        self._memberships = memberships
        self._identifiers = identifiers
        self._keys = keys

    def resolve(self, request: pb.ResolveRequest, context: grpc.ServicerContext) -> pb.ResolveResponse:
        """The customer that an account or an identifier belongs to."""
        answer = self._resolve([request.key], ["key"])[0]
        if not answer.customer_id:
            raise _not_found("key")
        return answer

    def batch_resolve(self, request: pb.BatchResolveRequest, context: grpc.ServicerContext) -> pb.BatchResolveResponse:
        """The customers of up to 1,000 keys, in their order; an empty answer where nobody is known."""
        check_batch(request.keys, MOST_IN_BATCH, "keys")
        fields = [f"keys[{place}]" for place in range(len(request.keys))]
        return pb.BatchResolveResponse(results=self._resolve(request.keys, fields))

    def get_customer(self, request: pb.GetCustomerRequest, context: grpc.ServicerContext) -> bytes:
        """A customer as it is stored, its state and `merged_into` included."""
        (customer,) = parse_name(NAME, request.name)
        document = self._customers.load([customer]).get(customer)
        if document is None:
            raise _not_found("name")
        message: bytes = document["message"]
        return message

    def batch_get_customers(self, request: pb.BatchGetCustomersRequest, context: grpc.ServicerContext) -> bytes:
        """Up to 1,000 customers as they are stored; those not found are named in the answer."""
        check_batch(request.names, MOST_IN_BATCH)
        ids = list(dict.fromkeys(parse_names(NAME, request.names)))
        documents = self._customers.load(ids)
        missing = pb.BatchGetCustomersResponse(not_found=[f"customers/{id_}" for id_ in ids if id_ not in documents])
        found = concat_repeated(_CUSTOMERS_FIELD, (documents[id_]["message"] for id_ in ids if id_ in documents))
        return found + missing.SerializeToString()

    def _resolve(self, keys: Sequence[pb.Key], fields: Sequence[str]) -> list[pb.ResolveResponse]:
        """The answer to each key, empty where nobody is known; `fields` name the keys in errors."""
        wanted = [self._stored_key(key, field) for key, field in zip(keys, fields, strict=True)]
        memberships = _owners(self._memberships, (key for kind, key in wanted if kind == "account"))
        identifiers = _owners(self._identifiers, (key for kind, key in wanted if kind == "identifier"))
        named = [
            key if kind == "customer_id" else (memberships if kind == "account" else identifiers).get(key, "")
            for kind, key in wanted
        ]
        live = self._follow({id_ for id_ in named if id_})
        return [
            pb.ResolveResponse(customer_id=live.get(id_, ""), merged_from=id_ if live.get(id_, id_) != id_ else "")
            for id_ in named
        ]

    def _stored_key(self, key: pb.Key, field: str) -> tuple[str, str]:
        """The kind of key, and the key as documents have it. Raises `RpcError` where it can be nobody's."""
        kind = key.WhichOneof("key")
        if kind == "customer_id":
            if not is_customer_id(key.customer_id):
                raise invalid(f"{field}.customer_id", "26 characters, as identity resolution gives them")
            return kind, key.customer_id
        if kind == "account":
            channel, colon, id_ = key.account.partition(":")
            if not colon or not CHANNEL.fullmatch(channel) or not id_.strip():
                raise invalid(f"{field}.account", '"channel:id", as the source has it')
            return kind, self._keys.account(channel, id_)
        if kind == "identifier":
            return kind, self._identifier(key.identifier, f"{field}.identifier")
        raise invalid(field, "a customer_id, an account or an identifier")

    def _identifier(self, identifier: pb.IdentifierValue, field: str) -> str:
        if identifier.type not in self._keys.types:
            raise invalid(f"{field}.type", "one of the types that the identity rules declare")
        try:
            return self._keys.identifier(identifier.type, identifier.value)
        except UnusableValue as error:
            raise invalid(f"{field}.value", str(error)) from None

    def _follow(self, ids: set[str]) -> dict[str, str]:
        """The live customer of each id that is known, which may have been merged away more than once."""
        reached = {id_: id_ for id_ in ids}
        live: dict[str, str] = {}
        for _ in range(MOST_HOPS):
            if not reached:
                return live
            documents = self._customers.load(set(reached.values()))
            known = {start: documents[end] for start, end in reached.items() if end in documents}
            live.update({start: end["_id"] for start, end in known.items() if not end.get("merged_into")})
            reached = {start: end["merged_into"] for start, end in known.items() if end.get("merged_into")}
        raise RuntimeError(f"merged_into does not end within {MOST_HOPS} hops")


def _owners(documents: Documents, keys: Iterable[str]) -> dict[str, str]:
    wanted = set(keys)
    found: dict[str, Document] = documents.load(wanted) if wanted else {}
    return {key: document["customer"] for key, document in found.items()}


def _not_found(field: str) -> RpcError:
    return RpcError(
        grpc.StatusCode.NOT_FOUND, _NOT_FOUND_REASON, f"{field}: nobody is known under it", {"field": field}
    )
