"""String similarities by rapidfuzz."""

from __future__ import annotations

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from identity_resolution.domain.matching.similarity import Similarity


def rapidfuzz_similarity() -> Similarity:
    """Return the similarities that comparisons are built on."""
    edits = DamerauLevenshtein.distance
    return Similarity(JaroWinkler.similarity, lambda one, other, limit: edits(one, other, score_cutoff=limit))
