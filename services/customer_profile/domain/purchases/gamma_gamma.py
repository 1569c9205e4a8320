"""Gamma-Gamma: how much a buyer is expected to spend on a day with an order.

Fader and Hardie: The Gamma-Gamma Model of Monetary Value (2013), brucehardie.com/notes/025. As there, the first order
is left out: only what was spent on later days is looked at, as their number is what BG/NBD counts.
"""

from __future__ import annotations

from customer_profile.domain.purchases.model import GammaGamma


def expected_value(model: GammaGamma, repeats: int, repeat_minor_units: int) -> int:
    """Return what is expected to be spent on each further day with an order, in whole minor units.

    The note's equation (5), p*(v + x*m) / (p*x + q - 1): between the mean of all buyers, p*v/(q-1), and the buyer's own
    mean m over x repeats, the closer to its own the more often it came. `repeat_minor_units` is x*m.
    """
    return round(model.p * (model.v + repeat_minor_units) / (model.p * repeats + model.q - 1))
