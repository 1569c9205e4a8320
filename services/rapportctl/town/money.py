"""Currencies, and prices in them, in whole minor units."""

from __future__ import annotations

_MINOR_UNITS_PER_EURO_CENT = {"EUR": (1, 1), "GBP": (86, 100), "USD": (108, 100), "BRL": (590, 100), "JPY": (165, 100)}

CURRENCIES = tuple(_MINOR_UNITS_PER_EURO_CENT)
"""What a town can pay in. A yen has no smaller unit."""


def price_in(currency: str, euro_cents: int) -> int:
    """Give a price in another currency's minor units, at the town's fixed rate, rounded down."""
    numerator, denominator = _MINOR_UNITS_PER_EURO_CENT[currency]
    return euro_cents * numerator // denominator
