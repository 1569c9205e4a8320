"""Advocacy scoring over adapters in memory, and the messages that reach it: what others would send it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from advocacy_scoring import bootstrap
from advocacy_scoring.adapters import codec
from advocacy_scoring.adapters.documents import PERSONAS, SCORES
from advocacy_scoring.domain.score import Score as Computed
from chassis.stages.results import result
from rapport.advocacy.v1.advocacy_pb2 import Score
from rapport.advocacy.v1.alert_pb2 import DetractorAlert
from rapport.interactions.v1.interaction_pb2 import AccountFigures, Content, Interaction
from tests.unit.wire.world import ResultsWorld, by_account, days_after, settings_of, without_history

SETTINGS = settings_of(bootstrap.SERVICE)
CONTENT = ("intent", "sentiment", "visibility", "text", "language", "topics", "engagement")


def deed(event_id: str, account: str, days: float, kind: str, **fields: Any) -> Interaction:
    """An interaction of a kind. `followers` goes to the figures; what belongs to the content goes there."""
    followers = fields.pop("followers", None)
    content = {name: fields.pop(name) for name in CONTENT if name in fields}
    interaction = by_account(event_id, account, days_after(days))
    part = getattr(interaction, kind)
    part.SetInParent()
    for name, value in fields.items():
        setattr(part, name, value)
    if content:
        part.content.CopyFrom(Content(**content))
    if followers is not None:
        interaction.figures.CopyFrom(AccountFigures(followers=followers))
    return interaction


@dataclass
class World(ResultsWorld):
    """The service, and its scores."""

    service = bootstrap.SERVICE
    settings = SETTINGS
    collections = (PERSONAS, SCORES)

    def score(self, customer: str) -> Score:
        """The customer's score as the store has it."""
        return Score.FromString(self.document(customer)["message"])

    def exact(self, customer: str) -> Computed:
        """The customer's score as computed last, whether it was announced or not."""
        return codec.scores().decode(result(self.document(customer)).body.state).score

    def alerts(self, customer: str) -> list[DetractorAlert]:
        """What care was told of the customer, oldest first."""
        return [DetractorAlert.FromString(value) for value in self.values("detractor-alerts", customer)]

    def published(self, customer: str) -> list[Score]:
        """Every state of the customer on the level topic, oldest first."""
        return [Score.FromString(value) for value in self.values("advocacy-scores", customer)]


def facts(score: Score) -> Score:
    """The score without what tells versions and times of computation: what must not depend on history."""
    return without_history(score, "causes")
