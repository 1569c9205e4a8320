"""Decay in integers."""

from __future__ import annotations

from decimal import Decimal, localcontext
from itertools import pairwise

import pytest

from advocacy_scoring.domain.decay import FRACTION_BITS, day_of, start_of, table, whole

ONE = 1 << FRACTION_BITS


@pytest.mark.parametrize("half_life", [1, 2, 7, 30, 90, 180, 365, 1000])
def test_ad3_every_entry_is_the_exact_power_rounded_to_nearest(half_life: int) -> None:
    """A table differs from 2 ** (-age / half_life), computed to sixty digits, by half a unit at most."""
    with localcontext() as context:
        context.prec = 60
        for age, entry in enumerate(table(half_life, 1000)):
            exact = Decimal(2) ** (Decimal(-age) / half_life) * ONE
            assert abs(entry - exact) <= Decimal("0.500001"), age


@pytest.mark.parametrize("half_life", [1, 30, 180])
def test_ad3_whole_half_lives_are_exact(half_life: int) -> None:
    """After n half-lives exactly 2 ** -n is left, as long as that can be told."""
    entries = table(half_life, half_life * 20)
    assert [entries[half_life * n] for n in range(21)] == [ONE >> n for n in range(21)]


def test_ad3_a_weight_never_grows_with_age() -> None:
    """Each entry is at most the one before it."""
    entries = table(97, 1000)
    assert all(later <= earlier for earlier, later in pairwise(entries))


def test_a_half_life_below_a_day_is_refused() -> None:
    """Decay is applied by day, so a shorter half-life has no meaning."""
    with pytest.raises(ValueError, match="half-life"):
        table(0, 10)


def test_rounding_treats_both_signs_alike() -> None:
    """What speaks against the brand is rounded as what speaks for it."""
    for value in (0, 1, ONE // 2 - 1, ONE // 2, ONE, 3 * ONE // 2, 12_345_678_901):
        assert whole(-value) == -whole(value)
    assert (whole(ONE // 2 - 1), whole(ONE // 2), whole(ONE)) == (0, 1, 1)


def test_a_day_begins_at_midnight_utc() -> None:
    """The last millisecond of a day belongs to it, the next one does not."""
    assert day_of(start_of(20_000)) == 20_000
    assert day_of(start_of(20_001) - 1) == 20_000
