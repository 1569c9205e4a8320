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
    numpy, special, optimize = science()
    counted = Counter(histories)
    x, recency, age = (numpy.array(column, dtype=float) for column in zip(*counted, strict=True))
    buyers = numpy.array(list(counted.values()), dtype=float)
    scale = float(age.max()) or 1.0
    until_last, until_now = recency / scale, age / scale
    # Who came once has had no occasion to drop out.
    once = x == 0

    def against(logarithms: Any) -> float:  # noqa: ANN401 - numpy's
        r, alpha, a, b = numpy.exp(logarithms)
        shared = special.gammaln(r + x) - special.gammaln(r) + r * numpy.log(alpha)
        shared += special.betaln(a, b + x) - special.betaln(a, b)
        alive = -(r + x) * numpy.log(alpha + until_now)
        dropped = numpy.log(a / (b + numpy.maximum(x, 1) - 1)) - (r + x) * numpy.log(alpha + until_last)
        dropped[once] = -numpy.inf
        return -float(buyers @ (shared + numpy.logaddexp(alive, dropped)))

    logarithms, least, is_certain = _least(numpy, optimize, against, 4)
    r, alpha, a, b = numpy.exp(logarithms)
    likelihood = -least - float(buyers @ x) * float(numpy.log(scale))
    return BgNbdFit(float(r), float(alpha) * scale, float(a), float(b), likelihood, is_certain)


def fit_gamma_gamma(values: Sequence[tuple[int, float]]) -> GammaGammaFit:
    """Fit Gamma-Gamma to (repeats, mean value of a repeat) of each buyer who came again and spent something.

    q is held above 1: at 1 and below the mean of all buyers would be infinite. Raises as `fit_bg_nbd`.
    """
    numpy, special, optimize = science()
    x, mean = (numpy.array(column, dtype=float) for column in zip(*values, strict=True))
    scale = float(mean.mean())
    spent = mean / scale

    def against(logarithms: Any) -> float:  # noqa: ANN401 - numpy's
        p, above, v = numpy.exp(logarithms)
        q = 1 + above
        each = special.gammaln(p * x + q) - special.gammaln(p * x) - special.gammaln(q) + q * numpy.log(v)
        each += (p * x - 1) * numpy.log(spent) + p * x * numpy.log(x) - (p * x + q) * numpy.log(v + spent * x)
        return -float(each.sum())

    logarithms, least, is_certain = _least(numpy, optimize, against, 3)
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


def _least(
    numpy: Any,  # noqa: ANN401 - an extra
    optimize: Any,  # noqa: ANN401 - an extra
    function: Callable[[Any], float],
    dimensions: int,
) -> tuple[Any, float, bool]:
    """Where the function is least, how much it is there, and whether that is no edge of where it was looked for."""
    found = min(
        (
            optimize.minimize(
                function,
                numpy.full(dimensions, start),
                method="L-BFGS-B",
                bounds=[(-_FARTHEST, _FARTHEST)] * dimensions,
                options={"ftol": 1e-13, "gtol": 1e-7, "maxiter": 2_000, "maxfun": 20_000},
            )
            for start in _STARTS
        ),
        key=lambda each: float(each.fun),
    )
    return found.x, float(found.fun), bool(numpy.abs(found.x).max() < _FARTHEST - _CLOSE)
