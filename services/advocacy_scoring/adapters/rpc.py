"""The service's API: stored scores, whose bytes pass through unparsed, previews, and the rest by subject."""

from __future__ import annotations

from advocacy_scoring.adapters.rpc_explain import Explanations
from advocacy_scoring.adapters.rpc_lists import Lists
from advocacy_scoring.adapters.rpc_referrals import Referrals
from advocacy_scoring.adapters.rpc_rules import RuleCalls
from advocacy_scoring.domain.announced import State
from advocacy_scoring.domain.persona import Persona
from advocacy_scoring.domain.word_of_mouth import Severe
from chassis.ports import Documents
from chassis.rpc.requests import check_mask, masked
from rapport.advocacy.v1 import advocacy_pb2 as pb
from wire.answering import StoredStates
from wire.previewing import Previews


class AdvocacyScoring:
    """Implements rapport.advocacy.v1.AdvocacyScoringService. For any number of threads."""

    def __init__(
        self,
        scores: Documents,
        previews: Previews[Persona, State, Severe],
        *,
        explanations: Explanations,
        lists: Lists,
        referrals: Referrals,
        rules: RuleCalls,
    ) -> None:
        self._scores = StoredStates(scores, "customers/{customer}/score", _redirected)
        self._previews = previews
        self.explain_score = explanations.explain_score
        self.simulate_score = explanations.simulate_score
        self.list_top_advocates = lists.list_top_advocates
        self.list_detractors = lists.list_detractors
        self.get_referral = referrals.get_referral
        self.list_referrals = referrals.list_referrals
        self.get_rules = rules.get_rules
        self.compare_rules = rules.compare_rules
        self.promote_rules = rules.promote_rules

    def get_score(self, request: pb.GetScoreRequest, context: object) -> bytes:
        """Return the customer's score; for a merged-away id the survivor's, with `merged_from` set to the id."""
        check_mask(request.read_mask, pb.Score.DESCRIPTOR)
        score = self._scores.get(request.name)
        if not request.read_mask.paths:
            return score
        return masked(pb.Score.FromString(score), request.read_mask).SerializeToString()

    def batch_get_scores(self, request: pb.BatchGetScoresRequest, context: object) -> bytes:
        """Return the scores in the order of the names, without those that are not found, which it names."""
        check_mask(request.read_mask, pb.Score.DESCRIPTOR)
        answer = self._scores.batch_get(request.names)
        if not request.read_mask.paths:
            return answer
        found = pb.BatchGetScoresResponse.FromString(answer)
        scores = [masked(score, request.read_mask) for score in found.scores]
        return pb.BatchGetScoresResponse(scores=scores, not_found=found.not_found).SerializeToString()

    def preview_scores(self, request: pb.PreviewScoresRequest, context: object) -> bytes:
        """Return what the proposed customers would score, and which of their accounts are unknown."""
        return self._previews.answer(request.customers)


def _redirected(asked: str) -> bytes:
    return pb.Score(merged_from=asked).SerializeToString()
