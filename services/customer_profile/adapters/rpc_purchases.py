"""What every buyer bought, and the models of buyers, over gRPC."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import grpc

from chassis.clock import milliseconds as milliseconds_of
from chassis.errors import Conflict
from chassis.partitions import SLOTS
from chassis.ports import Clock, Document, Documents, Query
from chassis.rpc.errors import RpcError, invalid
from chassis.stages.parts import PartCodec
from chassis.stages.results import result
from customer_profile.adapters.facets import set_lifetime_value, set_rfm
from customer_profile.adapters.purchase_models import StoredModels, model_of
from customer_profile.adapters.times import milliseconds
from customer_profile.domain.basis import Basis
from customer_profile.domain.ledger import DAY
from customer_profile.domain.persona import Persona
from customer_profile.domain.purchases.expectation import Bought, lifetime, rfm
from customer_profile.domain.purchases.model import PurchaseModel, mistakes
from customer_profile.domain.purchases.past import Past, past
from customer_profile.domain.purchases.rfm import RfmClass
from customer_profile.domain.purchases.summary import PurchaseRules
from rapport.common.v1.common_pb2 import ErrorReason
from rapport.profile.v1 import administration_pb2 as pb
from wire.answering import reason

BUYERS_IN_A_MESSAGE = 1000
ORDERS_IN_A_MESSAGE = 50_000
"""A message is full when it has so many or more: about a megabyte, where most clients take four."""

SINGLY = 10_000
"""Of a buyer with more orders, those of one day are told as one."""

_NO_LIMIT = 1_000_000
LONGEST_OWNER, LONGEST_REASON = 128, 1000


class _Asked(NamedTuple):
    """What histories are asked for: `until` in milliseconds since 1970, UTC; the model and the names of its scores."""

    currency: str
    until: int
    model: PurchaseModel | None
    classes: Sequence[RfmClass]
    with_orders: bool


class Histories:
    """What every buyer bought. For any number of threads. `codec` makes a codec of personas for one call."""

    def __init__(
        self,
        records: Documents,
        personas: Documents,
        *,
        codec: Callable[[], PartCodec[Persona]],
        basis: Callable[[], Basis],
        clock: Clock,
    ) -> None:
        self._records = records
        self._personas = personas
        self._codec = codec
        self._basis = basis
        self._clock = clock

    def list(self, request: pb.ListPurchaseHistoriesRequest) -> Iterator[pb.ListPurchaseHistoriesResponse]:
        """Yield the histories of all customers who ordered in the currency, slot by slot of their ids.

        Each customer stands once, as it is when its slot is read: a merge meanwhile may show its orders twice or not
        at all. Raises `RpcError` before the first answer.
        """
        basis = self._basis()
        currency = known_currency(request.currency_code or basis.rules.purchases.currency, "currency_code")
        until = milliseconds_of(self._clock.now())
        if request.HasField("as_of"):
            until = milliseconds(request.as_of, "as_of")
        asked = _Asked(
            currency, until, basis.models.get(currency), basis.rules.purchases.rfm_classes, request.with_orders
        )
        return self._histories(asked)

    def _histories(self, asked: _Asked) -> Iterator[pb.ListPurchaseHistoriesResponse]:
        codec = self._codec()
        for slot in range(SLOTS):
            found = [
                document
                for document in self._records.find(Query(is_in={"slot": [slot]}, limit=_NO_LIMIT))
                if "merged_into" not in document and "bought" in document.get("index", {})
            ]
            found.sort(key=lambda document: document["_id"])
            for start in range(0, len(found), BUYERS_IN_A_MESSAGE):
                chunk = found[start : start + BUYERS_IN_A_MESSAGE]
                answer = pb.ListPurchaseHistoriesResponse(progress=(slot + start / len(found)) / SLOTS)
                orders = 0
                for history in self._of(chunk, codec, asked):
                    answer.histories.append(history)
                    orders += len(history.past_orders)
                    if orders >= ORDERS_IN_A_MESSAGE:
                        yield answer
                        answer, orders = pb.ListPurchaseHistoriesResponse(progress=answer.progress), 0
                answer.progress = (slot + (start + len(chunk)) / len(found)) / SLOTS
                yield answer
        yield pb.ListPurchaseHistoriesResponse(progress=1.0)

    def _of(
        self, documents: Sequence[Document], codec: PartCodec[Persona], asked: _Asked
    ) -> Iterator[pb.PurchaseHistory]:
        members = {document["_id"]: result(document).body.members for document in documents}
        parts = self._personas.load({member for each in members.values() for member in each})
        for customer, accounts in members.items():
            ledgers = [codec.state(parts[account]).ledger for account in accounts if account in parts]
            bought = past(ledgers, asked.currency, asked.until)
            if bought.orders:
                yield _history(customer, bought, asked)


class Models:
    """The models of buyers. For any number of threads."""

    def __init__(self, models: StoredModels, rules: Callable[[], PurchaseRules], clock: Clock) -> None:
        self._models = models
        self._rules = rules
        self._clock = clock

    def get(self, request: pb.GetPurchaseModelRequest) -> pb.PurchaseModel:
        """The model in force for a currency. Raises `RpcError` NOT_FOUND (NO_MODEL) where there is none."""
        currency = known_currency(request.currency_code or self._rules().currency, "currency_code")
        model = self._models.promoted(currency)
        if model is None:
            raise RpcError(
                grpc.StatusCode.NOT_FOUND,
                reason(ErrorReason.ERROR_REASON_NO_MODEL),
                f"no model of buyers is in force for {currency}: fit one, and promote it",
                {"field": "currency_code"},
            )
        return model

    def promote(self, request: pb.PromotePurchaseModelRequest) -> pb.PurchaseModel:
        """Put a model in force, and return it with its version.

        Raises `RpcError` INVALID_ARGUMENT for a model that cannot be used, naming its field, and ABORTED where another
        was promoted at the same time.
        """
        model = pb.PurchaseModel()
        model.CopyFrom(request.model)
        rules = self._rules()
        model.currency_code = model.currency_code or rules.currency
        model.horizon_days = model.horizon_days or rules.horizon_days
        if not model.HasField("fit_time"):
            model.fit_time.FromDatetime(self._clock.now())
        for field, longest in (("owner", LONGEST_OWNER), ("reason", LONGEST_REASON)):
            if not 0 < len(getattr(model, field).strip()) <= longest:
                raise invalid(f"model.{field}", f"1 to {longest} characters")
        for field, right in mistakes(model_of(model)).items():
            raise invalid(f"model.{field}", right)
        try:
            return self._models.promote(model)
        except Conflict as error:
            raise RpcError(
                grpc.StatusCode.ABORTED, reason(ErrorReason.ERROR_REASON_RULES_CHANGED), f"model: {error}; look again"
            ) from None


def known_currency(code: str, field: str) -> str:
    """Return the code. Raises `RpcError` INVALID_ARGUMENT where it cannot be one of ISO 4217."""
    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        raise invalid(field, "three capitals, as in ISO 4217")
    return code


def _history(customer: str, bought: Past, asked: _Asked) -> pb.PurchaseHistory:
    message = pb.PurchaseHistory(
        customer_id=customer,
        orders=bought.order_count,
        order_days=bought.order_days,
        gross_minor_units=bought.gross,
        returns=bought.returns,
        returned_minor_units=bought.returned,
        repeat_minor_units=bought.repeat_gross,
    )
    message.first_at.FromMilliseconds(bought.orders[0][0])
    message.last_at.FromMilliseconds(bought.orders[-1][0])
    if asked.model is not None:
        _expect(message, bought.bought(), asked.model, asked)
    if asked.with_orders:
        told = bought.orders if len(bought.orders) <= SINGLY else bought.by_day()
        for at, amount in told:
            message.past_orders.add(minor_units=amount).order_time.FromMilliseconds(at)
    return message


def _expect(message: pb.PurchaseHistory, bought: Bought, model: PurchaseModel, asked: _Asked) -> None:
    day = max(asked.until // DAY, bought.last_day)
    scores, _ = rfm(model, asked.classes, bought, day)
    if scores is not None:
        set_rfm(message.rfm, scores)
    value = lifetime(model, bought, day)
    if value is not None:
        set_lifetime_value(message.lifetime_value, value)
