"""What was found of each account so far: marks that add up, and evidence for people."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from advocacy_scoring.domain.decay import day_of
from advocacy_scoring.domain.findings import EVERYTHING, Evidence, Findings, Mark, Referral, Suspicion
from advocacy_scoring.domain.persona import Trace

EXAMPLES = 5
MOST_MARKS = 500
"""Of one account: a month of 16 sorts of deeds a day. What is beyond, the oldest first, is not discounted."""
MOST_REFERRALS = 500


class Suspects:
    """Collects suspicions by account."""

    def __init__(self) -> None:
        self._marks: dict[str, Counter[tuple[Suspicion, str, int]]] = defaultdict(Counter)
        self._evidence: dict[str, list[Evidence]] = defaultdict(list)

    def mark(self, suspicion: Suspicion, account: str, signature: str, day: int) -> None:
        """One deed of the account is suspicious. What is no deed cannot be discounted."""
        if signature:
            self._marks[account][suspicion, signature, day] += 1

    def mark_everything(self, suspicion: Suspicion, account: str) -> None:
        """All that the account does is suspicious."""
        self._marks[account][suspicion, EVERYTHING, 0] = 1

    def explain(self, suspicion: Suspicion, account: str, traces: Sequence[Trace], others: Sequence[str]) -> None:
        """Say what it rests on: the deeds, and either the other accounts or examples of the deeds themselves."""
        since = min((day_of(trace.at_ms) for trace in traces), default=0)
        examples = tuple(others[:EXAMPLES]) or tuple(trace.event_id for trace in traces[:EXAMPLES])
        self._evidence[account].append(Evidence(suspicion, since, len(traces), len(others), examples))

    def accounts(self) -> set[str]:
        """Those of whom anything was found."""
        return set(self._evidence)

    def findings(self, account: str, referrals: Sequence[Referral] = ()) -> Findings:
        """All that was found of the account, with its referrals, the newest of both."""
        marks = sorted(
            (Mark(*key, number) for key, number in self._marks.get(account, Counter()).items()),
            key=lambda mark: (mark.day if mark.signature != EVERYTHING else 1 << 60, mark),
        )
        kept = sorted(referrals, key=lambda each: (each.referred_ms, each.id_, each.is_giver))
        return Findings(
            tuple(sorted(marks[-MOST_MARKS:])),
            tuple(sorted(self._evidence.get(account, ()))),
            tuple(kept[-MOST_REFERRALS:]),
        )
