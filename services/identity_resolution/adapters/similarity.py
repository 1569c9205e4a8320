"""String similarities by rapidfuzz."""

from __future__ import annotations

from rapidfuzz.distance import OSA, JaroWinkler

from identity_resolution.domain.matching.similarity import Similarity


def rapidfuzz_similarity() -> Similarity:
    """Return the similarities that comparisons are built on.

    Of the two Damerau-Levenshtein distances the restricted one, which edits no place twice: it takes a quarter of the
    time, and slips that tell the two apart are rare.
    """
    edits = OSA.distance
    return Similarity(JaroWinkler.similarity, lambda one, other, limit: edits(one, other, score_cutoff=limit))
