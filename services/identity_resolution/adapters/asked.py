"""What requests name, as documents have it: customers, accounts, identifiers, and other things by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from chassis.pseudonym import LENGTH, PREFIX
from chassis.rpc.errors import invalid
from chassis.rpc.requests import check_batch, parse_name, parse_names
from identity_resolution.domain.customer_ids import is_customer_id
from identity_resolution.domain.keys import CHANNEL, Keys, UnusableValue
from rapport.identity.v1.service_pb2 import IdentifierValue

LONGEST_ACCOUNT = 600
"""Above what the intake lets pass: a channel and an id."""
MOST_CUSTOMERS = 100
MOST_ACCOUNTS = 500

CUSTOMER = "customers/{customer}"
_FORM_OF_ID = "an id of 26 characters, as identity resolution gives them"
_HASHED = re.compile(f"{PREFIX}[a-z2-7]{{{LENGTH}}}")


class Asked:
    """Reads requests. Everything raises `RpcError` INVALID_ARGUMENT, naming the field, where it can be nobody's."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def account(self, text: str, field: str) -> str:
        """The key of an account, given as "channel:id" as the source has it, or as Rapport's own key."""
        channel, colon, id_ = text.partition(":")
        if not colon or not CHANNEL.fullmatch(channel) or not id_.strip() or len(text) > LONGEST_ACCOUNT:
            raise invalid(field, f'"channel:id", as the source has it, of at most {LONGEST_ACCOUNT} characters')
        return text if _HASHED.fullmatch(id_) else self._keys.account(channel, id_)

    def accounts(self, texts: Sequence[str], field: str = "account_keys", *, least: int = 0) -> dict[str, str]:
        """The keys of accounts, each once, with the place in the request that names it."""
        check_batch(texts, MOST_ACCOUNTS, field)
        places: dict[str, str] = {}
        for index, text in enumerate(texts):
            places.setdefault(self.account(text, f"{field}[{index}]"), f"{field}[{index}]")
        if len(places) < least:
            raise invalid(field, f"{least} or more different accounts")
        return places

    def identifier(self, identifier: IdentifierValue, field: str) -> str:
        """The key of an identifier, given by its value, or by the hash that stands for it in Rapport's keys."""
        if identifier.type not in self._keys.types:
            raise invalid(f"{field}.type", "one of the types that the identity rules declare")
        if _HASHED.fullmatch(identifier.value):
            return f"{identifier.type}:{identifier.value}"
        try:
            return self._keys.identifier(identifier.type, identifier.value)
        except UnusableValue as error:
            raise invalid(f"{field}.value", str(error)) from None


def customer(name: str, field: str = "name") -> str:
    """The id in "customers/{customer}"."""
    return resource(CUSTOMER, name, field)


def customers(names: Sequence[str], *, least: int = 1, most: int = MOST_CUSTOMERS) -> dict[str, str]:
    """The ids of customers, each once, with the place in the request that names it."""
    check_batch(names, most)
    places = _places(parse_names(CUSTOMER, names))
    if len(places) < least:
        raise invalid("names", f"{least} or more different customers")
    return places


def resource(pattern: str, name: str, field: str = "name") -> str:
    """The id in the name of something that a decision made."""
    (id_,) = parse_name(pattern, name, field)
    if not is_customer_id(id_):
        raise invalid(field, f"{pattern}, with {_FORM_OF_ID}")
    return id_


def customer_id(text: str, field: str) -> str:
    """A customer's id, checked."""
    if not is_customer_id(text):
        raise invalid(field, _FORM_OF_ID)
    return text


def text(value: str, field: str, longest: int) -> str:
    """Something that people wrote, checked: it is there, and not too long."""
    if not value.strip() or len(value) > longest:
        raise invalid(field, f"1 to {longest} characters, not all of them blanks")
    return value


def _places(ids: Iterable[str]) -> dict[str, str]:
    places: dict[str, str] = {}
    for index, id_ in enumerate(ids):
        field = f"names[{index}]"
        places.setdefault(customer_id(id_, field), field)
    return places
