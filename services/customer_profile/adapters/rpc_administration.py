"""ProfileAdministrationService: what operators and analysts do with rules, models and what everybody bought."""

from __future__ import annotations

from collections.abc import Iterator

from customer_profile.adapters.rpc_purchases import Histories, Models
from customer_profile.adapters.rpc_rules import Recomputations, RuleCalls
from rapport.profile.v1 import administration_pb2 as pb


class ProfileAdministration:
    """Implements ProfileAdministrationService, by its parts; administration.proto says what each call promises."""

    def __init__(
        self, *, rules: RuleCalls, recomputations: Recomputations, histories: Histories, models: Models
    ) -> None:
        self._rules = rules
        self._recomputations = recomputations
        self._histories = histories
        self._models = models

    def get_rules(self, request: pb.GetRulesRequest, context: object) -> pb.RulesInForce:
        """Answer with the rules in force."""
        return self._rules.get()

    def promote_rules(self, request: pb.PromoteRulesRequest, context: object) -> pb.RulesInForce:
        """Put other rules in force."""
        return self._rules.promote(request)

    def get_recomputation(self, request: pb.GetRecomputationRequest, context: object) -> pb.Recomputation:
        """Answer with how far computing anew is."""
        return self._recomputations.get()

    def list_purchase_histories(
        self, request: pb.ListPurchaseHistoriesRequest, context: object
    ) -> Iterator[pb.ListPurchaseHistoriesResponse]:
        """Answer with what every buyer bought."""
        return self._histories.list(request)

    def get_purchase_model(self, request: pb.GetPurchaseModelRequest, context: object) -> pb.PurchaseModel:
        """Answer with the model of buyers in force."""
        return self._models.get(request)

    def promote_purchase_model(self, request: pb.PromotePurchaseModelRequest, context: object) -> pb.PurchaseModel:
        """Put a model of buyers in force."""
        return self._models.promote(request)
