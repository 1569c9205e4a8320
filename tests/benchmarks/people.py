"""Stored people in any number: a few are made by the four services in memory, and copied as bytes under other keys.

A copy's keys are as long as those that they take the place of, so documents stay what they are without being decoded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient

from identity_resolution.domain.keys import Keys
from rapport.common.v1.common_pb2 import Money
from rapport.interactions.v1.interaction_pb2 import (
    AccountFigures,
    BrandReply,
    Comment,
    Content,
    Interaction,
    Observation,
    Purchase,
)
from rapportctl.deployment import Deployment
from tests.unit.customer_profile.four_services import IDENTITY, FourServices, interaction

MODELS = 20
"""People that are made; the others are copies of these in turn."""
AT_ONCE = 2_000
DEEDS = 10
"""Of one person, beside the details that a form told."""

Place = tuple[str, str]
"""A service and a collection."""

NOT_COPIED = {(IDENTITY, "blocks"), (IDENTITY, "journal")}
"""Blocks are kept under hashes of details, which a copy would have to have of its own; there is one journal."""


def web_shop(number: int) -> str:
    """The first account of a person."""
    return f"web_shop:{number:09d}"


def instagram(number: int) -> str:
    """The second one."""
    return f"instagram:{number:09d}"


def customer_id(number: int) -> str:
    """The person's id; that of the customer who was merged into it is the next one."""
    return f"{2 * number:026d}"


def email(number: int) -> str:
    """The address that both accounts showed."""
    return f"person{number:09d}@example.com"


@dataclass(frozen=True, slots=True)
class Model:
    """A person's documents as BSON, by place, and the keys in them that differ from person to person."""

    keys: tuple[bytes, ...]
    documents: Mapping[Place, tuple[bytes, ...]]

    def copies(self, place: Place, keys: tuple[bytes, ...]) -> Iterator[RawBSONDocument]:
        """The documents of a place with other keys."""
        for document in self.documents.get(place, ()):
            copy = document
            for old, new in zip(self.keys, keys, strict=True):
                copy = copy.replace(old, new)
            yield RawBSONDocument(copy)


class People:
    """Puts people into the store of a stack. `deployment` says where, and under which key values are hashed."""

    def __init__(self, deployment: Deployment, store_url: str, keys: Keys) -> None:
        self._prefix = deployment.settings.database_prefix
        self._client: MongoClient[RawBSONDocument] = MongoClient(store_url, document_class=RawBSONDocument)
        self._keys = keys
        self._models = _models()

    def put(self, numbers: Iterable[int], places: Collection[Place]) -> int:
        """Store the people of these numbers, as far as it is in these places; returns how many documents that were."""
        waiting = iter(numbers)
        count = 0
        while chunk := list(islice(waiting, AT_ONCE)):
            for place in places:
                documents = [each for number in chunk for each in self._copies(number, place)]
                if documents:
                    service, collection = place
                    database = self._client[self._prefix + service.replace("-", "_")]
                    database[collection].insert_many(documents, ordered=False)
                    count += len(documents)
        return count

    def places(self) -> list[Place]:
        """All places in which something of a person is."""
        return sorted({place for model in self._models for place in model.documents})

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def _copies(self, number: int, place: Place) -> Iterator[RawBSONDocument]:
        hashed = self._keys.identifier("email", email(number))
        model = self._models[number % len(self._models)]
        texts = (web_shop(number), instagram(number), customer_id(number), f"{2 * number + 1:026d}", hashed)
        return model.copies(place, tuple(text.encode() for text in texts))


def _models() -> list[Model]:
    """People of the first numbers as the four services store them."""
    four = FourServices()
    for number in range(MODELS):
        four.happened(*deeds(number))
    found: list[dict[Place, list[bytes]]] = [defaultdict(list) for _ in range(MODELS)]
    keys = [_keys_of(four, number) for number in range(MODELS)]
    for service, collection, _, document in four.documents():
        if (service, collection) in NOT_COPIED:
            continue
        raw = bson.encode(document)
        of = [number for number in range(MODELS) if any(key in raw for key in keys[number])]
        if len(of) == 1:
            found[of[0]][service, collection].append(raw)
    return [
        Model(keys[number], {place: tuple(raws) for place, raws in documents.items()})
        for number, documents in enumerate(found)
    ]


def deeds(number: int) -> Iterator[Interaction]:
    """What a person did: through two accounts, which one address ties."""
    shown = ("email", email(number))
    details = Observation(given_name=f"Maria {number}", family_name=f"Muster{number}", language="de")
    yield interaction("form", web_shop(number), shown, observation=details)
    yield interaction("shown", instagram(number), shown, comment=Comment(post_id="p"))
    for nth in range(DEEDS):
        text = Content(text=f"comment {nth} of person {number}, which says this and that about it", language="en")
        account, kind = (
            (web_shop(number), {"purchase": Purchase(order_id=f"o{nth}", total=_euros(nth))})
            if nth % 3 == 0
            else (instagram(number), {"brand_reply": BrandReply(content=text)})
            if nth % 3 == 1
            else (instagram(number), {"comment": Comment(post_id=f"p{nth}", content=text)})
        )
        yield interaction(f"event-{nth}", account, figures=AccountFigures(followers=100 * nth), **kind)


def _euros(nth: int) -> Money:
    return Money(currency_code="EUR", minor_units=1_999 * (nth + 1))


def _keys_of(four: FourServices, number: int) -> tuple[bytes, ...]:
    """The keys of a person that was made, in the order in which copies have theirs."""
    customer = four.customer_of(web_shop(number))
    others = sorted({each.birth_id for each in customer.accounts} - {customer.customer_id})
    identifiers = four.stores[IDENTITY]["identifiers"].everything()
    (shown,) = [key for key, each in identifiers.items() if web_shop(number) in each["accounts"]]
    texts = (web_shop(number), instagram(number), customer.customer_id, *others, shown)
    return tuple(text.encode() for text in texts)
