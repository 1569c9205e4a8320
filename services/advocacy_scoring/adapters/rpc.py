"""Answers calls with stored scores, whose bytes pass through unparsed, and with previews."""

from __future__ import annotations

from advocacy_scoring.domain.persona import Persona
from advocacy_scoring.domain.score import Score
from chassis.ports import Documents
from rapport.advocacy.v1 import advocacy_pb2 as pb
from wire.answering import StoredStates
from wire.previewing import Previews


class AdvocacyScoring:
    """Implements rapport.advocacy.v1.AdvocacyScoringService over the collection of scores."""

    def __init__(self, scores: Documents, previews: Previews[Persona, Score, None]) -> None:
        self._scores = StoredStates(scores, "customers/{customer}/score", _redirected)
        self._previews = previews

    def get_score(self, request: pb.GetScoreRequest, context: object) -> bytes:
        """Return the customer's score; for a merged-away id the survivor's, with `merged_from` set to the id."""
        return self._scores.get(request.name)

    def batch_get_scores(self, request: pb.BatchGetScoresRequest, context: object) -> bytes:
        """Return the scores in the order of the names, without those that are not found, which it names."""
        return self._scores.batch_get(request.names)

    def preview_scores(self, request: pb.PreviewScoresRequest, context: object) -> bytes:
        """Return what the proposed customers would score, and which of their accounts are unknown."""
        return self._previews.answer(request.customers)


def _redirected(asked: str) -> bytes:
    return pb.Score(merged_from=asked).SerializeToString()
