"""Answers calls with stored scores; bytes pass through unparsed."""

from __future__ import annotations

from chassis.ports import Documents
from rapport.advocacy.v1 import advocacy_pb2 as pb
from wire.answering import StoredStates


class AdvocacyScoring:
    """Implements rapport.advocacy.v1.AdvocacyScoringService over the collection of scores."""

    def __init__(self, scores: Documents) -> None:
        self._scores = StoredStates(scores, "customers/{customer}/score", _redirected)

    def get_score(self, request: pb.GetScoreRequest, context: object) -> bytes:
        """Return the customer's score; for a merged-away id the survivor's, with `merged_from` set to the id."""
        return self._scores.get(request.name)

    def batch_get_scores(self, request: pb.BatchGetScoresRequest, context: object) -> bytes:
        """Return the scores in the order of the names, without those that are not found, which it names."""
        return self._scores.batch_get(request.names)


def _redirected(asked: str) -> bytes:
    return pb.Score(merged_from=asked).SerializeToString()
