"""What is left of evidence about accounts and identifiers that were erased: what came after that."""

from __future__ import annotations

from dataclasses import replace

from identity_resolution.domain.evidence import Evidence
from identity_resolution.domain.staging import Staging

_NEVER = -1


def without_erased(staging: Staging, evidence: Evidence) -> Evidence | None:
    """The evidence without what it tells of the time before an erasure; None where all of it does.

    Who was erased is known again once it has shown something later; until then nobody is like it.
    """
    accounts, identifiers = staging.erased_accounts, staging.erased_identifiers
    if not accounts and not identifiers:
        return evidence
    erased = [accounts.get(evidence.account, _NEVER)]
    erased += [identifiers.get(each, _NEVER) for each in evidence.identifiers]
    if evidence.occurred_at <= max(erased):
        return None
    pairs = tuple(pair for pair in evidence.pairs if pair.other not in accounts or pair.other in staging.memberships)
    return evidence if len(pairs) == len(evidence.pairs) else replace(evidence, pairs=pairs)
