"""Which tiers a customer holds, and each change of them with its receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vip_tier.domain.facts import ScoreAt
from vip_tier.domain.figures import Figures
from vip_tier.domain.replay import Outcome
from vip_tier.domain.segments import SegmentsAt
from vip_tier.domain.steps import Missing, Reason


@dataclass(frozen=True, slots=True)
class Standing:
    """What a customer holds under one programme, as it is published. Moments in milliseconds since 1970, 0 for none.

    `held_from` names the customer for whose sake the tier is held above `qualified`, which the customer's own history
    gives. The tier is held until `period_ends_ms`, and in grace time until `grace_ends_ms`. `missing` is what
    `next_tier` still takes; `pending` and `active` are points.
    """

    programme: str
    tier: str
    qualified: str
    held_from: str
    since_ms: int
    figures: Figures
    benefits: tuple[str, ...] = ()
    period_ends_ms: int = 0
    grace_ends_ms: int = 0
    override_id: str = ""
    override_ends_ms: int = 0
    pending: int = 0
    active: int = 0
    expiring_points: int = 0
    expiring_ms: int = 0
    next_tier: str = ""
    missing: Missing = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of a programme so far. `figures` and `sequence` are those of the last change.

    Steps up to `until_ms` are told, and what the clock caused up to `clock_ms`.
    """

    figures: Figures
    until_ms: int = 0
    clock_ms: int = 0
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Holding:
    """What a customer holds under every programme, the main one first, and what the next decision needs of the past.

    `memberships` are the accounts decided upon: first those of the last decision on a score that was computed for them,
    then others that have come since. `before_merges` are accounts that were a customer of their own before others came
    and would have lowered its tier. `scores` are those that made a difference, dated when they came, `segments` the
    changes of those that programmes ask for. `outcomes` are of people's decisions, by request id. `counted` says how
    many events of each account had a part in the last change; `merged_ms` when each of `absorbed` was merged.
    """

    standings: tuple[Standing, ...]
    told: Mapping[str, Told]
    programme_version: str
    memberships: tuple[tuple[str, ...], ...]
    joined_ms: int
    absorbed: tuple[str, ...] = ()
    before_merges: tuple[tuple[str, ...], ...] = ()
    scores: tuple[ScoreAt, ...] = ()
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    counted: Mapping[str, int] = field(default_factory=dict)
    sequence: int = 0
    segments: tuple[SegmentsAt, ...] = ()
    merged_ms: Mapping[str, int] = field(default_factory=dict)

    @property
    def main(self) -> Standing:
        """What is held under the main programme."""
        return self.standings[0]

    def standing(self, programme: str) -> Standing | None:
        """What is held under a programme; None where it was not there at the last decision."""
        return next((each for each in self.standings if each.programme == programme), None)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a change follows from. `event_ids` are those that brought `before` to `after`, the oldest first.

    `score_version` is 0 where the score had no part in it, and `record_version` where segments had none.
    """

    programme: str
    programme_version: str
    before: Figures
    after: Figures
    event_ids: tuple[str, ...]
    events_left_out: int = 0
    score_version: int = 0
    accounts_gained: tuple[str, ...] = ()
    accounts_lost: tuple[str, ...] = ()
    record_version: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One change that is told; `previous_tier` is empty for the first of a programme, and may be the same as `tier`.

    `deadline_ms` is until when the tier lasts, or something can be done; `points` are those that expire; `missing` is
    what the tier still takes. `corrects` is the sequence of a change that a late event has overtaken.
    """

    previous_tier: str
    tier: str
    reason: Reason
    effective_ms: int
    receipt: Receipt
    deadline_ms: int = 0
    points: int = 0
    missing: Missing = ()
    corrects: int = 0
