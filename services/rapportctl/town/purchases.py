"""What people buy and bring back."""

from __future__ import annotations

from collections import deque

from rapport.interactions.v1 import interaction_pb2 as pb
from rapportctl.town.chance import Draw, spread
from rapportctl.town.identifiers import SOCIAL
from rapportctl.town.money import CURRENCIES, price_in
from rapportctl.town.person import Person, referral_code
from rapportctl.town.schedule import Step
from rapportctl.town.settings import TownSettings
from rapportctl.town.words import PRODUCTS

_GARMENTS = ("jacket", "scarf", "boots", "bag")
_EURO_CENTS = (990, 1499, 1999, 2450, 2999, 3900, 4999, 5950, 7900, 9900, 12900, 24900)
CATALOGUE = tuple(
    (f"SKU-{place + 1:03d}", f"{PRODUCTS[place % len(PRODUCTS)]} {_GARMENTS[place % len(_GARMENTS)]}", cents)
    for place, cents in enumerate(_EURO_CENTS[(place * 7) % len(_EURO_CENTS)] for place in range(40))
)
"""Stock keeping unit, description, price in euro cents."""

_LINE_COUNTS = spread((1, 60), (2, 28), (3, 12))
_QUANTITIES = spread((1, 85), (2, 12), (3, 3))
_BUY_BUTTON_SHARE, _SHOPPABLE_POST_SHARE = 0.45, 0.4


class Shop:
    """Sells, and takes back what it sold; remembers only what a later step brings back."""

    def __init__(self, settings: TownSettings, draw: Draw) -> None:
        self._settings = settings
        self._draw = draw
        self._to_return: dict[tuple[int, int], deque[pb.Purchase]] = {}
        self._others = [currency for currency in CURRENCIES if currency != settings.main_currency]

    def purchase(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Sell one to three products, now and then with a gift; the total is the sum of the lines."""
        draw, purchase = self._draw, interaction.purchase
        currency = self._settings.main_currency
        if draw() < self._settings.other_currency_share:
            currency = self._others[int(draw() * len(self._others))]
        purchase.order_id = f"o-{interaction.event_id}"
        total = 0
        for _ in range(_LINE_COUNTS[int(draw() * 100)]):
            sku, description, cents = CATALOGUE[int(draw() * len(CATALOGUE))]
            total += self._add_line(purchase, sku, description, price_in(currency, cents), currency)
        if draw() < 0.04:
            self._add_line(purchase, "GIFT-001", "sticker", 0, currency)
        purchase.total.currency_code = currency
        purchase.total.minor_units = total
        purchase.source = self._source(interaction.account.channel)
        if draw() < 0.04:
            purchase.referral_code = referral_code(int(draw() * self._settings.people))
        if step.returns_later:
            self._to_return.setdefault((step.person, step.slot), deque()).append(purchase)

    def purchase_return(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Take back the account's oldest order that is to come back: all of it, or its first line."""
        pending = self._to_return[step.person, step.slot]
        purchase = pending.popleft()
        if not pending:
            del self._to_return[step.person, step.slot]
        returned = interaction.purchase_return
        returned.return_id = f"r-{interaction.event_id}"
        returned.order_id = purchase.order_id
        if self._draw() < 0.6:
            returned.lines.extend(purchase.lines)
            returned.total.CopyFrom(purchase.total)
        else:
            line = purchase.lines[0]
            returned.lines.append(line)
            returned.total.currency_code = line.unit_price.currency_code
            returned.total.minor_units = line.unit_price.minor_units * line.quantity

    def _add_line(self, purchase: pb.Purchase, sku: str, description: str, price: int, currency: str) -> int:
        line = purchase.lines.add()
        line.sku = sku
        line.description = description
        quantity = _QUANTITIES[int(self._draw() * 100)]
        line.quantity = quantity
        line.unit_price.currency_code = currency
        line.unit_price.minor_units = price
        return quantity * price

    def _source(self, channel: str) -> pb.PurchaseSource.ValueType:
        if channel in SOCIAL:
            way = self._draw() - _BUY_BUTTON_SHARE
            if way < 0:
                return pb.PURCHASE_SOURCE_BUY_BUTTON
            return pb.PURCHASE_SOURCE_SHOPPABLE_POST if way < _SHOPPABLE_POST_SHARE else pb.PURCHASE_SOURCE_LIVE
        return pb.PURCHASE_SOURCE_STORE if channel == "store" else pb.PURCHASE_SOURCE_WEB_SHOP
