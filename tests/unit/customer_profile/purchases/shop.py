"""A world with purchases, and its server's calls about them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from customer_profile.adapters.rpc_administration import ProfileAdministration
from rapport.common.v1.common_pb2 import Money
from rapport.interactions.v1.interaction_pb2 import Interaction, OrderLine, PurchaseReturn
from rapport.profile.v1 import administration_pb2 as pb
from tests.unit.customer_profile.serving import FakeIdentity
from tests.unit.customer_profile.world import World, interaction, purchase

DAY = 24 * 60
"""In the minutes of the world."""


def eur(cents: int) -> Money:
    """An amount."""
    return Money(currency_code="EUR", minor_units=cents)


def line(sku: str, pieces: int, cents: int, currency: str = "EUR") -> OrderLine:
    """A line of an order."""
    return OrderLine(sku=sku, quantity=pieces, unit_price=Money(currency_code=currency, minor_units=cents))


def bought(account: str, day: float, order_id: str, cents: int, **fields: Any) -> Interaction:
    """An order on a day of the world."""
    return purchase(f"p-{order_id}-{account}", account, day * DAY, order_id, cents, **fields)


def gave_back(account: str, day: float, return_id: str, order_id: str, cents: int, **fields: Any) -> Interaction:
    """Goods of an order given back on a day of the world."""
    returned = PurchaseReturn(return_id=return_id, order_id=order_id, total=eur(cents), **fields)
    return interaction(f"r-{return_id}-{account}", account, day * DAY, purchase_return=returned)


def administration(world: World) -> ProfileAdministration:
    """What answers calls about rules and models."""
    served = world.service.server(world.server_context({"identity-resolution": FakeIdentity()}))
    (found,) = (each for _, each in served if isinstance(each, ProfileAdministration))
    return found


def histories(world: World, **request: Any) -> dict[str, pb.PurchaseHistory]:
    """What every buyer bought, by customer."""
    asked = pb.ListPurchaseHistoriesRequest(**request)
    answers = list(administration(world).list_purchase_histories(asked, None))
    progress = [each.progress for each in answers]
    assert progress == sorted(progress)
    assert progress[-1] == 1
    found = [history for each in answers for history in each.histories]
    assert len({each.customer_id for each in found}) == len(found)
    return {each.customer_id: each for each in found}


def model(**changes: Any) -> pb.PurchaseModel:
    """A model of the euro's buyers, with changes."""
    fields: dict[str, Any] = {
        "currency_code": "EUR",
        "buyers": 1000,
        "rfm": pb.RfmBounds(
            recency_days=[10, 30, 60, 120], order_days=[1, 2, 3, 4], gross_minor_units=[1000, 2000, 5000, 9000]
        ),
        "bg_nbd": pb.BgNbd(r=0.243, alpha=30.9, a=0.793, b=2.426),
        "gamma_gamma": pb.GammaGamma(p=6.25, q=3.74, v=1545),
        "owner": "crm",
        "reason": "a test",
    }
    return pb.PurchaseModel(**(fields | changes))


def promote(world: World, **changes: Any) -> pb.PurchaseModel:
    """Put a model in force."""
    request = pb.PromotePurchaseModelRequest(model=model(**changes))
    return administration(world).promote_purchase_model(request, None)


def days(world: World, count: float) -> None:
    """Let days pass, and the worker work."""
    world.clock.advance(timedelta(days=count))
    world.settle()
