"""The course of a tier: which one is held when, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from vip_tier.domain.calendar import NEVER
from vip_tier.domain.figures import Figures
from vip_tier.domain.missing import missing
from vip_tier.domain.programme import LOWEST, Programme
from vip_tier.domain.steps import Missing, Reason, Step
from vip_tier.domain.tenure import Tenure, anniversary_of
from vip_tier.domain.window import Window


@dataclass(frozen=True, slots=True)
class Override:
    """A tier that a person said is held, until a moment."""

    rank: int
    until_ms: int
    request_id: str


@dataclass(slots=True)
class Course:
    """The tier of one customer under one programme as time goes by. `rules` are the edition in force.

    An override lies above the tenure, which goes on beneath it: what it would have told meanwhile is not told.
    """

    rules: Programme
    window: Window
    tenure: Tenure
    joined_ms: int
    attribute: str
    override: Override | None = None
    steps: list[Step] = field(default_factory=list)

    @property
    def rank(self) -> int:
        """The rank of the tier held."""
        return self.override.rank if self.override else self.tenure.rank

    def since_ms(self) -> int:
        """When the tier that is held now began."""
        began = self.steps[0].at_ms
        for before, step in zip(self.steps, self.steps[1:], strict=False):
            if step.tier != before.tier:
                began = step.at_ms
        return began

    def tell(
        self, at_ms: int, reason: Reason, *, figures: Figures | None = None, event_ids: tuple[str, ...] = (),
        is_clocked: bool = False, deadline_ms: int = 0, points: int = 0, lacking: Missing = (),
    ) -> None:  # fmt: skip
        """Add a step. One at the moment of enrolment belongs to it: the first tier is that of the first fact."""
        if reason is Reason.UPGRADED and self.steps[-1].reason is Reason.ENROLLED and self.steps[-1].at_ms == at_ms:
            self.steps.pop()
            reason = Reason.ENROLLED
        tier = self.rules.tiers[self.rank].name
        found = figures or self.window.figures()
        self.steps.append(Step(at_ms, reason, tier, found, event_ids, is_clocked, deadline_ms, points, lacking))

    def take_over(self, at_ms: int, tier: str, until_ms: int, request_id: str) -> None:
        """A person says which tier is held until a moment, or with an empty one that none is said any more."""
        if not tier:
            self.end_override(at_ms, (request_id,))
        elif until_ms > at_ms:
            self.override = Override(self.rules.rank_of(tier), until_ms, request_id)
            deadline = 0 if until_ms == NEVER else until_ms
            self.tell(at_ms, Reason.OVERRIDDEN, event_ids=(request_id,), deadline_ms=deadline)

    def evaluate(self, at_ms: int, before: Figures | None) -> None:
        """Let the tier follow the figures: up at once; down where a return took away what had reached it."""
        rules, tenure, figures = self.rules, self.tenure, self.window.figures()
        qualified = rules.qualify(figures)
        if qualified > tenure.rank:
            self._hold(qualified, at_ms, Reason.UPGRADED, figures)
        elif qualified == tenure.rank and tenure.grace_ms:
            self._renew(at_ms, figures)
        elif qualified < tenure.rank and tenure.must_be_earned_again(rules):
            if before is not None and rules.qualify(before) >= tenure.rank:
                self._hold(self._lower(qualified), at_ms, Reason.DOWNGRADED, figures)
            elif rules.qualification.window == "lifetime" and not tenure.grace_ms:
                self._fail(at_ms, figures, is_clocked=False)

    def pass_date(self, at_ms: int) -> None:
        """A warning is due, or a period ends, or grace time does."""
        tenure, rules = self.tenure, self.rules
        if at_ms == tenure.warning_ms and at_ms < tenure.end_ms:
            tenure.warning_ms = NEVER
            self._warn(at_ms)
            return
        figures = self.window.figures()
        if not tenure.must_be_earned_again(rules):
            tenure.hold(rules, tenure.rank, at_ms, self.window)
        elif rules.qualify(figures) >= tenure.rank:
            self._renew(at_ms, figures, is_clocked=True)
        elif tenure.grace_ms:
            self._hold(self._lower(rules.qualify(figures)), at_ms, Reason.DOWNGRADED, figures, is_clocked=True)
        else:
            self._fail(at_ms, figures, is_clocked=True)

    def _warn(self, at_ms: int) -> None:
        """Say that the tier ends unless it is earned again, where it would end as things are."""
        ends = self.tenure.end_ms
        lacking = missing(self.rules.tiers[self.tenure.rank], self.window.figures_at(ends))
        if lacking:
            self._tell_of_tenure(at_ms, Reason.TIER_EXPIRING, is_clocked=True, deadline_ms=ends, lacking=lacking)

    def _fail(self, at_ms: int, figures: Figures, *, is_clocked: bool) -> None:
        """The tier was not earned again: it is kept for the grace time, if there is any, or lost."""
        if not self.tenure.start_grace(self.rules, at_ms):
            self._hold(
                self._lower(self.rules.qualify(figures)), at_ms, Reason.DOWNGRADED, figures, is_clocked=is_clocked
            )
            return
        lacking = missing(self.rules.tiers[self.tenure.rank], figures)
        grace = self.tenure.grace_ms
        self._tell_of_tenure(at_ms, Reason.GRACE_STARTED, is_clocked=is_clocked, deadline_ms=grace, lacking=lacking)

    def _lower(self, qualified: int) -> int:
        """The rank to fall to, by the programme's policy."""
        return self.tenure.rank - 1 if self.rules.downgrade.policy == "one_step" else qualified

    def _renew(self, at_ms: int, figures: Figures, *, is_clocked: bool = False) -> None:
        self._hold(self.tenure.rank, at_ms, Reason.RENEWED, figures, is_clocked=is_clocked)

    def _hold(self, rank: int, at_ms: int, reason: Reason, figures: Figures, *, is_clocked: bool = False) -> None:
        events = self.window.events()
        self.tenure.hold(self.rules, rank, at_ms, self.window)
        ends = self.tenure.end_ms
        self._tell_of_tenure(
            at_ms,
            reason,
            event_ids=events,
            is_clocked=is_clocked,
            figures=figures,
            deadline_ms=ends if ends < NEVER else 0,
        )

    def end_override(self, at_ms: int, event_ids: tuple[str, ...] = ()) -> None:
        """The override ends: by a person's decision, which is named, or by the clock."""
        ended, self.override = self.override, None
        if ended is not None:
            causes = event_ids or (ended.request_id,)
            self.tell(at_ms, Reason.OVERRIDE_ENDED, event_ids=causes, is_clocked=not event_ids)

    def change_rules(self, rules: Programme, at_ms: int) -> None:
        """Another edition comes into force: its thresholds raise at once, and lower when the period ends."""
        before, tenure, override = self.rules, self.tenure, self.override
        held, figures = before.tiers[tenure.rank].name, self.window.figures()
        self.rules = rules
        tenure.rank = max(LOWEST, rules.rank_of(held), rules.qualify(figures))
        if override:
            rank = rules.rank_of(before.tiers[override.rank].name)
            self.override = Override(rank, override.until_ms, override.request_id) if rank >= LOWEST else None
        if rules.qualification != before.qualification or rules.tiers[tenure.rank].name != held:
            tenure.anniversary = anniversary_of(rules, self.joined_ms, self.attribute)
            tenure.hold(rules, tenure.rank, at_ms, self.window)
        self.tell(at_ms, Reason.RULES_CHANGED, is_clocked=True, figures=figures)

    def _tell_of_tenure(
        self, at_ms: int, reason: Reason, *, figures: Figures | None = None, event_ids: tuple[str, ...] = (),
        is_clocked: bool = False, deadline_ms: int = 0, lacking: Missing = (),
    ) -> None:  # fmt: skip
        if not self.override:
            self.tell(
                at_ms, reason, figures=figures, event_ids=event_ids, is_clocked=is_clocked, deadline_ms=deadline_ms,
                lacking=lacking,
            )  # fmt: skip
