"""The replay: a customer's whole history under a programme, fact by fact and date by date, up to a moment.

Pure, and always from the beginning: accounts may come and go, facts may arrive late, and the outcome is as if all had
been known in time. What the clock causes happens in the replay at the date it should have had, also after an outage.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vip_tier.domain.calendar import NEVER
from vip_tier.domain.course import Course
from vip_tier.domain.earning import Earning
from vip_tier.domain.facts import Fact, FactKind
from vip_tier.domain.figures import Figures
from vip_tier.domain.ledger import Ledger, Lot
from vip_tier.domain.persona import Decided
from vip_tier.domain.programme import LOWEST, Programme
from vip_tier.domain.steps import Reason, Step
from vip_tier.domain.tenure import Tenure, anniversary_of
from vip_tier.domain.window import Window

INSUFFICIENT = "INSUFFICIENT_POINTS"
UNKNOWN_TIER = "UNKNOWN_TIER"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a person's decision: `error` is empty where it was carried out; `missing` are points it lacked.

    Once told it holds, whatever a late event or a merge makes of the balance afterwards.
    """

    error: str = ""
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay comes to. Ranks are those of the edition in force at its end, `course.rules`.

    `due_ms` is when the clock changes something next, `NEVER` where it does not.
    """

    course: Course
    ledger: Ledger
    figures: Figures
    expiring_points: int
    expiring_ms: int
    outcomes: Mapping[str, Outcome]
    due_ms: int
    has_facts: bool

    @property
    def steps(self) -> Sequence[Step]:
        """All that happened to the tier, in order."""
        return self.course.steps


class Replay:
    """One customer under one programme, whose `editions` are in the order in which they come into force.

    `joined_ms` is when the customer came to be known, `attribute` the value of the detail that the programme asks for;
    `outcomes` are those told before, by request id. To be run once.
    """

    def __init__(
        self, editions: Sequence[Programme], facts: Sequence[Fact], joined_ms: int, *, outcomes: Mapping[str, Outcome],
        attribute: str = "", is_main: bool = True,
    ) -> None:  # fmt: skip
        self._later = [each for each in editions if each.in_force_from > joined_ms]
        rules = ([each for each in editions if each.in_force_from <= joined_ms] or editions[:1])[-1]
        self._later = [each for each in self._later if each is not rules]
        self._facts = facts
        self._is_main = is_main
        self._told = outcomes
        self._outcomes: dict[str, Outcome] = {}
        self._window = Window(rules.currency)
        self._ledger = Ledger()
        self._earning = Earning(self._ledger, self._window)
        self._warnings: list[tuple[int, int]] = []
        self._ending: dict[int, list[Lot]] = {}
        self._idle_ms = NEVER
        tenure = Tenure(anniversary_of(rules, joined_ms, attribute))
        tenure.hold(rules, LOWEST, joined_ms, self._window)
        self._course = Course(rules, self._window, tenure, joined_ms, attribute)
        self._course.tell(joined_ms, Reason.ENROLLED)

    def run(self, now_ms: int) -> Replayed:
        """Return what it comes to at that time. A fact dated ahead counts; what the clock would do by then does not."""
        for fact in self._facts:
            self._run_clock(min(fact.at_ms, now_ms))
            self._enter(fact)
        self._run_clock(now_ms)
        points, expiring_ms = self._expiring()
        return Replayed(
            course=self._course,
            ledger=self._ledger,
            figures=self._window.figures(),
            expiring_points=points,
            expiring_ms=expiring_ms,
            outcomes=self._outcomes,
            due_ms=self._next_due(),
            has_facts=bool(self._facts),
        )

    def _enter(self, fact: Fact) -> None:
        at, rules, course = fact.at_ms, self._course.rules, self._course
        if rules.qualification.window == "rolling":
            self._window.forget_left(at)
        before: Figures | None = None
        if fact.kind is FactKind.PURCHASE:
            self._after_earning(self._earning.purchase(rules, course.rank, fact), at)
        elif fact.kind is FactKind.ACTION:
            self._after_earning(self._earning.act(rules, fact), at)
        elif fact.kind is FactKind.SCORE:
            self._window.score = fact.amount
        elif fact.kind is FactKind.SEGMENTS:
            self._window.segments = fact.segments
        elif fact.kind is FactKind.RETURN:
            before = self._window.figures()
            self._earning.give_back(rules, fact)
        elif fact.decided is not None:
            before = self._window.figures()
            self._decide(fact, fact.decided)
        course.evaluate(at, before)

    def _after_earning(self, points: int, at_ms: int) -> None:
        points_rules, calendar = self._course.rules.points, self._course.rules.calendar
        if points_rules.expiry.kind == "after_inactivity":
            self._idle_ms = calendar.through(at_ms, points_rules.expiry.months)
        elif points and points_rules.expiry.kind != "never" and points_rules.warning_days:
            ends = self._ledger.lots[-1].expires_ms
            if ends not in self._ending:
                heapq.heappush(self._warnings, (calendar.days_before(ends, points_rules.warning_days), ends))
            self._ending.setdefault(ends, []).append(self._ledger.lots[-1])

    def _decide(self, fact: Fact, decided: Decided) -> None:
        if decided.programme != self._course.rules.programme and not (self._is_main and not decided.programme):
            return
        outcome = self._told.get(decided.request_id) or self._judge(decided)
        self._outcomes[decided.request_id] = outcome
        if outcome.error:
            return
        if decided.act == "spend":
            self._earning.spend(fact, decided)
        elif decided.act == "adjust":
            self._earning.adjust(self._course.rules, fact, decided)
        elif not decided.tier or self._course.rules.rank_of(decided.tier) >= LOWEST:
            self._course.take_over(fact.at_ms, decided.tier, decided.expires_ms or NEVER, decided.request_id)

    def _judge(self, decided: Decided) -> Outcome:
        """Whether a decision can be carried out: no more points are taken than are active."""
        if decided.act == "override" and decided.tier and self._course.rules.rank_of(decided.tier) < LOWEST:
            return Outcome(UNKNOWN_TIER)
        wanted = decided.points if decided.act == "spend" else -decided.points if decided.act == "adjust" else 0
        lacking = wanted - max(0, self._ledger.active) if wanted > 0 else 0
        return Outcome(INSUFFICIENT, lacking) if lacking > 0 else Outcome()

    def _run_clock(self, until_ms: int) -> None:
        while self._next_due() <= until_ms:
            due, what = min(self._clock(), key=lambda each: each[0])
            if self._course.rules.qualification.window == "rolling":
                self._window.forget_left(due)
            what(due)

    def _next_due(self) -> int:
        """When the clock does something next; asked before every fact, so it makes no list."""
        due = min(self._ledger.next_due(), self._idle_ms, self._course.tenure.next_due())
        if self._warnings and self._warnings[0][0] < due:
            due = self._warnings[0][0]
        if self._course.override and self._course.override.until_ms < due:
            due = self._course.override.until_ms
        if self._later and self._later[0].in_force_from < due:
            due = self._later[0].in_force_from
        return due

    def _clock(self) -> list[tuple[int, Callable[[int], None]]]:
        """What the clock does next of each sort; of things due at one moment the earlier in this list comes first."""
        due: list[tuple[int, Callable[[int], None]]] = [
            (self._ledger.next_due(), self._move_lots),
            (self._idle_ms, self._expire_idle),
            (self._course.tenure.next_due(), self._course.pass_date),
        ]
        if self._warnings:
            due.append((self._warnings[0][0], self._warn_of_expiry))
        if self._course.override:
            due.append((self._course.override.until_ms, self._course.end_override))
        if self._later:
            due.append((self._later[0].in_force_from, self._change_rules))
        return due

    def _move_lots(self, at_ms: int) -> None:
        self._tell_expired(at_ms, self._ledger.run(at_ms))

    def _expire_idle(self, at_ms: int) -> None:
        self._idle_ms = NEVER
        self._tell_expired(at_ms, self._ledger.expire_all(at_ms))

    def _tell_expired(self, at_ms: int, expired: Sequence[tuple[int, str]]) -> None:
        if expired:
            points, causes = sum(left for left, _ in expired), tuple(cause for _, cause in expired if cause)
            self._course.tell(at_ms, Reason.POINTS_EXPIRED, event_ids=causes, is_clocked=True, points=points)

    def _warn_of_expiry(self, at_ms: int) -> None:
        _, ends = heapq.heappop(self._warnings)
        points = sum(lot.left for lot in self._ending[ends])
        if points:
            self._course.tell(at_ms, Reason.POINTS_EXPIRING, is_clocked=True, points=points, deadline_ms=ends)

    def _change_rules(self, at_ms: int) -> None:
        self._course.change_rules(self._later.pop(0), at_ms)

    def _expiring(self) -> tuple[int, int]:
        """How many points expire next if they are not spent, and when; 0 and 0 where none do."""
        if self._idle_ms < NEVER:
            return max(0, self._ledger.active), self._idle_ms
        ends = min((lot.expires_ms for lot in self._ledger.lots if lot.left and lot.expires_ms < NEVER), default=0)
        return sum(lot.left for lot in self._ledger.lots if lot.left and lot.expires_ms == ends and ends), ends
