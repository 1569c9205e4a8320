"""Models of buyers fitted to their histories by maximum likelihood.

BG/NBD: Fader, Hardie and Lee, Marketing Science 24 (2005), equation (6). Gamma-Gamma: Fader and Hardie (2013),
equation (1a). Parameters are sought as logarithms, which keeps them above zero, with times and values scaled to about
one, so that all are of like size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rapportctl.errors import RapportctlError

_STARTS = (0.0, -1.0, 1.0)
_FARTHEST = 9.0
"""Of a logarithm, from 0. Where the likelihood still grows there, the data do not tell the parameter."""

_CLOSE = 1e-3


@dataclass(frozen=True, slots=True)
class BgNbdFit:
    """BG/NBD parameters, time in the unit of what they were fitted on, and the logarithm of the likelihood.

    Not `is_certain` where the data do not tell one of them: only that it is very small or very large.
    """

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    is_certain: bool


@dataclass(frozen=True, slots=True)
class GammaGammaFit:
    """Gamma-Gamma parameters, values in the unit of what they were fitted on; otherwise as `BgNbdFit`.

    `correlation` is that of how often with how much, which the model takes to have nothing to do with each other.
    """

    p: float
    q: float
    v: float
    log_likelihood: float
    is_certain: bool
    correlation: float


def fit_bg_nbd(histories: Sequence[tuple[int, float, float]]) -> BgNbdFit:
    """Fit BG/NBD to (repeats, recency, age) of each buyer, times in one unit.

    Raises `RapportctlError` where numpy and scipy are missing.
    """
    numpy, _, _ = science()
    counted = Counter(histories)
    x, recency, age = (numpy.array(column, dtype=float) for column in zip(*counted, strict=True))
    buyers = numpy.array(list(counted.values()), dtype=float)
    scale = float(age.max()) or 1.0
    against = _against_bg_nbd(buyers, x, recency / scale, age / scale)
    logarithms, least, is_certain = _least(against, 4, has_slope=True)
    r, alpha, a, b = numpy.exp(logarithms)
    likelihood = -least - float(buyers @ x) * float(numpy.log(scale))
    return BgNbdFit(float(r), float(alpha) * scale, float(a), float(b), likelihood, is_certain)


def _against_bg_nbd(buyers: Any, x: Any, recency: Any, age: Any) -> Callable[[Any], tuple[float, Any]]:  # noqa: ANN401
    """The logarithm of the likelihood with its sign turned, and its slope, as a function of the parameters' logarithms.

    `buyers` are how many have each history; all of it numpy's.
    """
    numpy, special, _ = science()
    # Who came once has had no occasion to drop out.
    once, least_b = x == 0, numpy.maximum(x, 1) - 1

    def against(logarithms: Any) -> tuple[float, Any]:  # noqa: ANN401 - numpy's
        r, alpha, a, b = numpy.exp(logarithms)
        now, last = numpy.log(alpha + age), numpy.log(alpha + recency)
        alive = -(r + x) * now
        dropped = numpy.log(a / (b + least_b)) - (r + x) * last
        dropped[once] = -numpy.inf
        either = numpy.logaddexp(alive, dropped)
        gone = numpy.exp(dropped - either)
        each = special.gammaln(r + x) - special.gammaln(r) + r * numpy.log(alpha)
        each += special.betaln(a, b + x) - special.betaln(a, b) + either
        digamma = special.digamma
        both = digamma(a + b) - digamma(a + b + x)
        slope = (
            r * (digamma(r + x) - digamma(r) + numpy.log(alpha) - (1 - gone) * now - gone * last),
            r - alpha * (r + x) * ((1 - gone) / (alpha + age) + gone / (alpha + recency)),
            a * both + gone,
            b * (both + digamma(b + x) - digamma(b) - gone / (b + least_b)),
        )
        return -float(buyers @ each), -numpy.array([buyers @ part for part in slope])

    return against


def fit_gamma_gamma(values: Sequence[tuple[int, float]]) -> GammaGammaFit:
    """Fit Gamma-Gamma to (repeats, mean value of a repeat) of each buyer who came again and spent something.

    q is held above 1: at 1 and below the mean of all buyers would be infinite. Raises as `fit_bg_nbd`.
    """
    numpy, special, _ = science()
    x, mean = (numpy.array(column, dtype=float) for column in zip(*values, strict=True))
    scale = float(mean.mean())
    spent = mean / scale

    def against(logarithms: Any) -> float:  # noqa: ANN401 - numpy's
        p, above, v = numpy.exp(logarithms)
        q = 1 + above
        each = special.gammaln(p * x + q) - special.gammaln(p * x) - special.gammaln(q) + q * numpy.log(v)
        each += (p * x - 1) * numpy.log(spent) + p * x * numpy.log(x) - (p * x + q) * numpy.log(v + spent * x)
        return -float(each.sum())

    logarithms, least, is_certain = _least(against, 3, has_slope=False)
    p, above, v = numpy.exp(logarithms)
    spread = float(x.std() * mean.std())
    correlation = float(numpy.corrcoef(x, mean)[0, 1]) if spread > 0 else 0.0
    likelihood = -least - len(values) * float(numpy.log(scale))
    return GammaGammaFit(float(p), 1 + float(above), float(v) * scale, likelihood, is_certain, correlation)


def science() -> tuple[Any, Any, Any]:
    """numpy, scipy.special and scipy.optimize. Raises `RapportctlError` where they are not installed."""
    try:
        import numpy  # noqa: PLC0415 - an extra
        from scipy import optimize, special  # noqa: PLC0415 - an extra
    except ImportError:
        raise RapportctlError("fitting models needs numpy and scipy: pip install 'rapport[reports]'") from None
    return numpy, special, optimize


def _least(function: Callable[[Any], Any], dimensions: int, *, has_slope: bool) -> tuple[Any, float, bool]:
    """Where the function is least, how much it is there, and whether that is no edge of where it was looked for."""
    numpy, _, optimize = science()
    found = min(
        (
            optimize.minimize(
                function,
                numpy.full(dimensions, start),
                method="L-BFGS-B",
                jac=has_slope,
                bounds=[(-_FARTHEST, _FARTHEST)] * dimensions,
                options={"ftol": 1e-13, "gtol": 1e-7, "maxiter": 2_000, "maxfun": 20_000},
            )
            for start in _STARTS
        ),
        key=lambda each: float(each.fun),
    )
    return found.x, float(found.fun), bool(numpy.abs(found.x).max() < _FARTHEST - _CLOSE)
