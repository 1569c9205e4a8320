"""The model of a currency's buyers: bounds between RFM scores, and the parameters of BG/NBD and Gamma-Gamma."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_ALPHA = 0.5
"""Days. Below it the sum in `bg_nbd.expected_orders` would be long, and buyers would order several times a day."""

LONGEST_HORIZON_DAYS = 1825
GREATEST_PARAMETER = 1e9
"""Of a parameter without a unit. Fits of real shops stay below 100; beyond this, logarithms of gamma lose digits."""

GREATEST_VALUE = 1e15
"""Of a value in minor units: more than an order may cost, and exact as a float."""


@dataclass(frozen=True, slots=True)
class RfmBounds:
    """Bounds between the scores 1 to 5, four each, none below the one before it.

    A value that equals a bound lies below it. `recency_days` are days since the last order; `order_days` are days with
    an order; `gross_minor_units` is all that was ordered.
    """

    recency_days: tuple[int, ...]
    order_days: tuple[int, ...]
    gross_minor_units: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BgNbd:
    """How often buyers come and how long they stay. Time in days.

    While alive a buyer orders at a rate drawn from Gamma(r, alpha), and after each order drops out with a probability
    drawn from Beta(a, b). Fader, Hardie and Lee: "Counting Your Customers" the Easy Way, Marketing Science 24 (2005).
    """

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """How much buyers spend on a day with an order, in minor units.

    What a buyer spends is Gamma(p, nu), and nu of all buyers Gamma(q, v). Fader and Hardie: The Gamma-Gamma Model of
    Monetary Value (2013).
    """

    p: float
    q: float
    v: float


@dataclass(frozen=True, slots=True)
class PurchaseModel:
    """What RFM scores and lifetime values of one currency are computed with.

    Without `bg_nbd` there are no lifetime values. Without `gamma_gamma` a buyer is expected to spend what it spent on
    average.
    """

    currency: str
    version: str
    horizon_days: int
    rfm: RfmBounds | None = None
    bg_nbd: BgNbd | None = None
    gamma_gamma: GammaGamma | None = None


def mistakes(model: PurchaseModel) -> dict[str, str]:
    """Return what is wrong with a model and what would be right, by field as the API names it."""
    wrong = {}
    if not (len(model.currency) == 3 and model.currency.isascii() and model.currency.isupper()):
        wrong["currency_code"] = "three capitals, as in ISO 4217"
    if not 1 <= model.horizon_days <= LONGEST_HORIZON_DAYS:
        wrong["horizon_days"] = f"1 to {LONGEST_HORIZON_DAYS}"
    if model.rfm is None and model.bg_nbd is None:
        wrong["rfm"] = "set rfm, bg_nbd, or both"
    if model.gamma_gamma is not None and model.bg_nbd is None:
        wrong["gamma_gamma"] = "only together with bg_nbd"
    if model.rfm is not None:
        for name in ("recency_days", "order_days", "gross_minor_units"):
            bounds = getattr(model.rfm, name)
            if len(bounds) != 4 or list(bounds) != sorted(bounds) or bounds[0] < 0:
                wrong[f"rfm.{name}"] = "four numbers, from 0 on, none below the one before"
    return {**wrong, **_wrong_parameters(model)}


def _wrong_parameters(model: PurchaseModel) -> dict[str, str]:
    limits: dict[str, tuple[float, float, float]] = {}
    if (found := model.bg_nbd) is not None:
        limits |= {f"bg_nbd.{name}": (getattr(found, name), 1e-6, GREATEST_PARAMETER) for name in ("r", "a", "b")}
        limits["bg_nbd.alpha"] = (found.alpha, LEAST_ALPHA, GREATEST_PARAMETER)
    if (spent := model.gamma_gamma) is not None:
        limits["gamma_gamma.p"] = (spent.p, 1e-6, GREATEST_PARAMETER)
        # At q = 1 the mean of all buyers becomes infinite.
        limits["gamma_gamma.q"] = (spent.q, 1 + 1e-6, GREATEST_PARAMETER)
        limits["gamma_gamma.v"] = (spent.v, 1e-6, GREATEST_VALUE)
    return {
        name: f"{least:g} to {greatest:g}"
        for name, (value, least, greatest) in limits.items()
        if not least <= value <= greatest
    }
