"""BG/NBD: whether a buyer is still alive, and how many orders are to be expected of it.

Fader, Hardie and Lee: "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model, Marketing Science
24 (2005), 275-284. Of a buyer it needs three numbers: days with an order after the first (`repeats`, x in the paper),
days from the first to the last of them (`recency`, t_x), and days from the first until now (`age`, T).
"""

from __future__ import annotations

from math import exp, lgamma, log, log1p
from typing import NamedTuple

from customer_profile.domain.purchases.model import BgNbd

_NEGLIGIBLE = 1e-13
_LEAST_LOG = -700.0
"""exp() of less is zero, or close to where it loses its digits."""


class Frequency(NamedTuple):
    """How often and when somebody ordered: 0 <= recency <= age, in days; recency is 0 without repeats."""

    repeats: int
    recency: float
    age: float


def probability_alive(model: BgNbd, buyer: Frequency) -> float:
    """Return the probability that the buyer has not dropped out, 0 to 1.

    1 / (1 + a/(b+x-1) * ((alpha+T)/(alpha+t_x))^(r+x)) for x > 0; who came only once has had no occasion to drop out
    in this model, and counts as alive.
    """
    x = buyer.repeats
    if x == 0:
        return 1.0
    against = log(model.a / (model.b + x - 1)) + (model.r + x) * log1p(
        (buyer.age - buyer.recency) / (model.alpha + buyer.recency)
    )
    return 1 / (1 + exp(against)) if against < -_LEAST_LOG else 0.0


def expected_orders(model: BgNbd, buyer: Frequency, days: int) -> float:
    """Return how many days with an order are to be expected of the buyer in so many days from now on.

    The paper's equation (10), with s = r+x, w = t/(alpha+T+t) and the Gauss hypergeometric function 2F1:

        P(alive) * (a+b+x-1)/(a-1) * (1 - (1-w)^s * 2F1(s, b+x; a+b+x-1; w))

    It is computed as a sum that has no exception at a = 1 nor at a+b+x = 1, and subtracts nothing. Somebody who could
    not drop out would order K times, K negative binomial: P(K=k) = (s)_k/k! * (1-w)^s * w^k. The n-th of those orders
    takes place if the buyer has survived the n-1 before it, with probability (b+x)_(n-1) / (a+b+x)_(n-1). So

        P(alive) * sum over n >= 1 of P(K >= n) * (b+x)_(n-1) / (a+b+x)_(n-1)

    which is that equation, (1-w)^s summed up term by term.
    """
    alive = probability_alive(model, buyer)
    return alive * _while_alive(model, buyer, days) if alive > 0 else 0.0


def _while_alive(model: BgNbd, buyer: Frequency, days: int) -> float:
    """Return the sum over n; `more` is P(K >= n), `mass` is P(K = n-1), in logarithms: it may begin at e^-1000."""
    shape = model.r + buyer.repeats
    until_now = model.alpha + buyer.age
    stays, leaves = model.b + buyer.repeats, model.a
    share = days / (until_now + days)
    log_mass = -shape * log1p(days / until_now)
    more, survived, total, count = 1.0, 1.0, 0.0, 0
    while True:
        mass = exp(log_mass) if log_mass > _LEAST_LOG else 0.0
        more = max(more - mass, 0.0)
        total += more * survived
        ratio = share * (shape + count) / (count + 1)
        # From here on each mass is at most so many times the one before: what is left is less than a geometric series.
        if (most := max(ratio, share)) < 1 and mass <= _NEGLIGIBLE * (1 - most):
            return total
        survived *= (stays + count) / (leaves + stays + count)
        log_mass += log(ratio)
        count += 1


def log_likelihood(model: BgNbd, buyer: Frequency) -> float:
    """Return the natural logarithm of how likely the buyer's orders are: the paper's equation (6)."""
    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    x, recency, age = buyer
    shared = lgamma(r + x) - lgamma(r) + r * log(alpha)
    shared += lgamma(a + b) + lgamma(b + x) - lgamma(b) - lgamma(a + b + x)
    alive = -(r + x) * log(alpha + age)
    if x == 0:
        return shared + alive
    dropped = log(a / (b + x - 1)) - (r + x) * log(alpha + recency)
    high, low = max(alive, dropped), min(alive, dropped)
    return shared + high + log1p(exp(low - high))
