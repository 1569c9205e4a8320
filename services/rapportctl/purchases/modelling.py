"""The model of a currency's buyers, made of their histories, as the profile takes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rapport.profile.v1 import administration_pb2 as pb
from rapportctl.errors import RapportctlError
from rapportctl.purchases.calibration import Calibration, calibrate
from rapportctl.purchases.fitting import BgNbdFit, GammaGammaFit, fit_bg_nbd, fit_gamma_gamma
from rapportctl.purchases.histories import DAY, Buyer
from rapportctl.purchases.quintiles import rfm_bounds

LEAST_BUYERS = 100
"""Fewer tell four parameters too little."""

LEAST_RETURNING = 50
"""Buyers who came again and spent something, for how much they spend."""

_CORRELATED = 0.3
"""As far as this, Gamma-Gamma does not suffer much from buyers who spend more the more often they come."""


@dataclass(frozen=True, slots=True)
class Modelling:
    """A model, and how it came about; `value` is None where too few came again."""

    model: pb.PurchaseModel
    frequency: BgNbdFit
    value: GammaGammaFit | None
    calibration: Calibration | None

    @property
    def is_certain(self) -> bool:
        """Whether the data tell every parameter: otherwise what is foretold may be far from anything."""
        return self.frequency.is_certain and (self.value is None or self.value.is_certain)

    def doubts(self) -> list[str]:
        """What a person should know before promoting it, in sentences."""
        found = []
        if not self.frequency.is_certain:
            found.append("the data do not tell one of the parameters of BG/NBD: they are at the edge of what was tried")
        if self.value is None:
            found.append(f"fewer than {LEAST_RETURNING} buyers came again: what they spend stands for what is expected")
        elif not self.value.is_certain:
            found.append("the data do not tell one of the parameters of Gamma-Gamma")
        if self.value is not None and abs(self.value.correlation) > _CORRELATED:
            found.append(
                f"how often buyers come and how much they spend go together ({self.value.correlation:+.2f}), "
                "which Gamma-Gamma takes to be independent"
            )
        return found


def model_buyers(buyers: Sequence[Buyer], currency: str, today: int, holdout_days: int) -> Modelling:
    """Return the model of the buyers as of a day since 1970, and how well it would have foretold the last days.

    Without `holdout_days` nothing is foretold. Raises `RapportctlError` where there are too few buyers.
    """
    if len(buyers) < LEAST_BUYERS:
        raise RapportctlError(
            f"{len(buyers):,} customers have ordered in {currency}: a model needs {LEAST_BUYERS} or more"
        )
    frequency = fit_bg_nbd([(buyer.repeats, buyer.recency, today - buyer.first_day) for buyer in buyers])
    returning = [(buyer.repeats, buyer.repeat_amount / buyer.repeats) for buyer in buyers if buyer.repeat_amount > 0]
    value = fit_gamma_gamma(returning) if len(returning) >= LEAST_RETURNING else None
    bounds = rfm_bounds(buyers, today)
    model = pb.PurchaseModel(
        currency_code=currency,
        buyers=len(buyers),
        rfm=pb.RfmBounds(
            recency_days=bounds.recency_days, order_days=bounds.order_days, gross_minor_units=bounds.gross
        ),
        bg_nbd=pb.BgNbd(r=frequency.r, alpha=frequency.alpha, a=frequency.a, b=frequency.b),
        gamma_gamma=pb.GammaGamma(p=value.p, q=value.q, v=value.v) if value is not None else None,
    )
    model.fit_time.FromSeconds(today * DAY)
    calibration = calibrate(buyers, today, holdout_days) if holdout_days else None
    return Modelling(model, frequency, value, calibration)
