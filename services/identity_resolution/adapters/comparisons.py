"""How alike accounts are by what is known of them now, as messages; values are never told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chassis.ports import Documents
from identity_resolution.adapters.details import StoredDetails
from identity_resolution.domain.matching.comparing import Comparer, Comparison
from identity_resolution.domain.matching.details import Details
from identity_resolution.domain.matching.model import Model, probability
from rapport.identity.v1 import events_pb2 as events
from rapport.identity.v1 import service_pb2 as pb


class Comparisons:
    """Compares accounts under the rules and the model of matching. For any number of threads."""

    def __init__(self, details: Documents, comparer: Comparer, model: Model) -> None:
        self._details = details
        self._comparer = comparer
        self._model = model

    def of(self, one: str, other: str) -> pb.Comparison | None:
        """How alike two accounts are; None where nothing is known of one of them."""
        return next(iter(self.best([one], [other], 1)), None)

    def best(self, ones: Sequence[str], others: Sequence[str], most: int) -> list[pb.Comparison]:
        """The pairs of one account of each that are most alike, at most so many, the most alike first."""
        # What is kept decoded between loads is for one thread.
        found = StoredDetails(self._details).load({*ones, *others})
        known = {account: each.details for account, each in found.items()}
        pairs = [(one, other) for one in ones for other in others if known.get(one) and known.get(other)]
        weighed = sorted((-self._comparer.weights(known[one], known[other])[0], one, other) for one, other in pairs)
        return [self._message(one, other, known[one], known[other]) for _, one, other in weighed[:most]]

    def _message(self, one: str, other: str, details: Details, other_details: Details) -> pb.Comparison:
        found = self._comparer.compare(details, other_details)
        return pb.Comparison(
            account_key=one,
            other_account_key=other,
            weight=found.weight,
            prior_weight=self._model.prior,
            personal_weight=found.personal,
            probability=probability(found.weight),
            fields=_fields(found),
            model_version=self._model.version,
        )


def _fields(comparison: Comparison) -> Iterable[events.FieldWeight]:
    return [events.FieldWeight(field=each.field, level=each.level, weight=each.weight) for each in comparison.levels]
