"""The models of buyers in force: those that were promoted and are in the store, one for each currency."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from chassis.errors import Conflict
from chassis.ports import Clock, Document, Documents, Query
from chassis.rules_in_force import LOOK_AGAIN
from customer_profile.domain.purchases.model import BgNbd, GammaGamma, PurchaseModel, RfmBounds
from rapport.profile.v1 import administration_pb2 as pb

MOST_CURRENCIES = 1000


class StoredModels:
    """Implements the chassis' `InForce`. Safe for threads: two may look at once."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock
        self._looked_at: datetime | None = None
        self._held: tuple[str, Mapping[str, PurchaseModel]] = ("", {})

    @property
    def version(self) -> str:
        """The version of all models together; empty where none was ever promoted."""
        return self._held[0]

    def now(self) -> Mapping[str, PurchaseModel]:
        """The models by currency, as of the last look. Asks nobody."""
        return self._held[1]

    def refresh(self) -> None:
        """Look whether others were promoted, unless that was done a moment ago. Raises `Unavailable`."""
        now = self._clock.now()
        if self._looked_at is not None and abs(now - self._looked_at) < LOOK_AGAIN:
            return
        found = self._documents.find(Query(limit=MOST_CURRENCIES))
        versions = sorted(document["version"] for document in found)
        together = _digest(" ".join(versions).encode()) if versions else ""
        if together != self._held[0]:
            messages = [pb.PurchaseModel.FromString(document["message"]) for document in found]
            self._held = together, {message.currency_code: model_of(message) for message in messages}
        self._looked_at = now

    def promoted(self, currency: str) -> pb.PurchaseModel | None:
        """The model of a currency as it was promoted, or None. Raises `Unavailable`."""
        document = self._documents.load([currency]).get(currency)
        return pb.PurchaseModel.FromString(document["message"]) if document else None

    def promote(self, message: pb.PurchaseModel) -> pb.PurchaseModel:
        """Put a model in force, under the version that its contents give it, and return it.

        The contents must have no mistakes. Raises `Conflict` where another was put in force at the same time, and
        `Unavailable`.
        """
        new = pb.PurchaseModel()
        new.CopyFrom(message)
        new.version = _version(message)
        stored = self._documents.load([new.currency_code]).get(new.currency_code)
        document: Document = {
            "_id": new.currency_code,
            "rev": (stored["rev"] if stored else 0) + 1,
            "version": new.version,
            "message": new.SerializeToString(deterministic=True),
        }
        if self._documents.compare_and_set([document]):
            raise Conflict("another model was promoted at the same time")
        self._looked_at = None
        return new


def model_of(message: pb.PurchaseModel) -> PurchaseModel:
    """Return what is computed with; the message may have mistakes, which `mistakes` then finds."""
    rfm = message.rfm
    bg_nbd = message.bg_nbd
    spent = message.gamma_gamma
    return PurchaseModel(
        currency=message.currency_code,
        version=message.version,
        horizon_days=message.horizon_days,
        rfm=RfmBounds(tuple(rfm.recency_days), tuple(rfm.order_days), tuple(rfm.gross_minor_units))
        if message.HasField("rfm")
        else None,
        bg_nbd=BgNbd(bg_nbd.r, bg_nbd.alpha, bg_nbd.a, bg_nbd.b) if message.HasField("bg_nbd") else None,
        gamma_gamma=GammaGamma(spent.p, spent.q, spent.v) if message.HasField("gamma_gamma") else None,
    )


def _version(message: pb.PurchaseModel) -> str:
    """The currency, a dash, and a hash of what is computed with: not of who promoted it, when and why."""
    bare = pb.PurchaseModel(
        currency_code=message.currency_code,
        rfm=message.rfm if message.HasField("rfm") else None,
        bg_nbd=message.bg_nbd if message.HasField("bg_nbd") else None,
        gamma_gamma=message.gamma_gamma if message.HasField("gamma_gamma") else None,
        horizon_days=message.horizon_days,
    )
    return f"{message.currency_code}-{_digest(bare.SerializeToString(deterministic=True))}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]
