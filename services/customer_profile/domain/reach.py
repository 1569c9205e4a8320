"""How many people can hear a customer: the public figures of the accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

ACCOUNTS_SHOWN = 20


class Figures(NamedTuple):
    """What a channel told of an account's public figures, and when: milliseconds since 1970, UTC.

    The time leads, so that the newest is the greatest; of two at one time, the one with more followers.
    """

    at: int
    followers: int
    following: int = 0
    posts_last_year: int = 0


@dataclass(frozen=True, slots=True)
class Reach:
    """Followers over all accounts, and the figures of those with the most of them, at most `ACCOUNTS_SHOWN`."""

    followers: int = 0
    accounts: tuple[tuple[str, Figures], ...] = ()


def newer(known: Figures | None, told: Figures) -> Figures:
    """Return the newer of two figures of an account."""
    return told if known is None or told > known else known


def summary(figures: Mapping[str, Figures]) -> Reach:
    """Return the reach of a customer by the newest figures of each account; accounts without any are left out.

    The same person may follow several of the accounts: the sum is the most that can hear, not how many do.
    """
    most = sorted(figures.items(), key=lambda each: (-each[1].followers, each[0]))
    return Reach(sum(each.followers for each in figures.values()), tuple(most[:ACCOUNTS_SHOWN]))
