"""Decides who is who: one piece of evidence after the other, on documents in memory.

A piece of evidence ties its account to identifiers and to other accounts. Where guards have nothing against any of it,
all who are tied are one customer. Otherwise all their evidence is looked at anew, together with that of those whom
guards keep apart from them, the strongest ties first: so where not all can hold, the least trusted are left out, and
who is one person does not depend on what came first. Decisions follow from the log alone: it replays to them.
"""

from __future__ import annotations

from identity_resolution.domain.concluding import conclude_evidence
from identity_resolution.domain.erased import without_erased
from identity_resolution.domain.evidence import Evidence
from identity_resolution.domain.learning import learn
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.settling import settle
from identity_resolution.domain.staging import Entered, Staging, Work


def decide(staging: Staging, evidence: Evidence, entered: Entered, policy: Policy) -> None:
    """Take a piece of evidence into the staging. The same evidence again changes nothing."""
    staging.begin()
    left = without_erased(staging, evidence)
    if left is None:
        return
    work = Work(staging, entered, policy)
    news = learn(work, left)
    if news.claims or news.pairs or news.exclusives or staging.born:
        settle(work, news)
    if staging.before:
        conclude_evidence(work)
