"""One look at what many accounts did, from which the findings of each follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from advocacy_scoring.domain.findings import Findings
from advocacy_scoring.domain.gaming.crowds import (
    Copies,
    suspect_bursts,
    suspect_circle,
    suspect_copies,
    suspect_newcomers,
)
from advocacy_scoring.domain.gaming.exchanges import exchanges, suspect_farms, suspect_rings
from advocacy_scoring.domain.gaming.suspects import Suspects
from advocacy_scoring.domain.persona import Trace
from advocacy_scoring.domain.referrals import Party, judge
from advocacy_scoring.domain.rules import Rules


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of accounts beside their traces: when they were first seen, where they live, who is staff.

    `households` are tokens of addresses; `home` are accounts of those with whom somebody is said to live.
    """

    first_ms: Mapping[str, int]
    households: Mapping[str, str]
    staff: frozenset[str]
    home: Mapping[str, frozenset[str]] = field(default_factory=dict)


def suspects(rules: Rules, spoken: Sequence[Trace], seen: Seen, copies: Copies) -> Suspects:
    """Find what looks bought or arranged among what accounts said and did within the window."""
    found = Suspects()
    between = exchanges(spoken)
    suspect_rings(rules.gaming, between, found)
    suspect_farms(rules.gaming, between, found)
    suspect_bursts(rules.gaming, spoken, found)
    suspect_copies(rules.gaming, spoken, copies, found)
    suspect_newcomers(rules.gaming, spoken, seen.first_ms, found)
    suspect_circle(seen.households, seen.home, seen.staff, found)
    return found


def findings(
    rules: Rules,
    found: Suspects,
    traded: Sequence[Trace],
    party: Callable[[str], Party],
    now_ms: int,
) -> dict[str, Findings]:
    """All findings by account: what was found suspicious, and how referrals stand."""
    referrals = judge(rules.referrals, traded, party, now_ms)
    return {
        account: found.findings(account, referrals.get(account, ()))
        for account in sorted(found.accounts() | referrals.keys())
    }
