"""Reads identified interactions: the hot path of the service, so it looks only at what decides whether one counts."""

from __future__ import annotations

from collections.abc import Iterable

from advocacy_scoring.domain.persona import Event
from advocacy_scoring.domain.rules import Action, Deed, Rules
from chassis.records import Record
from chassis.stages.fold import Entry
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import Intent, Interaction, Sentiment, Visibility
from wire.reading import parsed, source_and_position

# intent, sentiment, visibility, rating, ended; numbers as the enums have them
_Facts = tuple[int, int, int, int, bool]

_NOTHING: _Facts = (0, 0, 0, 0, False)
_WITH_CONTENT = frozenset(
    kind.name
    for kind in Interaction.DESCRIPTOR.oneofs_by_name["kind"].fields
    if kind.message_type is not None and "content" in kind.message_type.fields_by_name
)
# What the brand says stands on the account of the person it says it to.
_NO_DEEDS = frozenset({"brand_reply"})


def _words(values: Iterable[tuple[str, int]], prefix: str) -> dict[int, str]:
    """The rules' words for an enum's values: "thank_you". What was not told, or by a newer version, has none."""
    return {number: name.removeprefix(prefix).lower() for name, number in values if number}


_INTENTS = _words(Intent.items(), "INTENT_")
_SENTIMENTS = _words(Sentiment.items(), "SENTIMENT_")
_VISIBILITIES = _words(Visibility.items(), "VISIBILITY_")


class InteractionReader:
    """Decodes a record of identified-interactions, or one of them that is replayed."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        # There are few combinations of what rules look at: each is classified once.
        self._actions: dict[tuple[str, _Facts], Action | None] = {}

    def __call__(self, record: Record) -> Entry[Event] | None:
        """Return the event and where it entered the system; None where it counts for nothing.

        Raises `InvalidRecord`.
        """
        identified = parsed(IdentifiedInteraction, record)
        interaction = identified.interaction
        action = self._action(interaction)
        if action is None:
            return None
        source, place = source_and_position(record, identified)
        return Entry(identified.account_key, source, place, _event(interaction, action))

    def _action(self, interaction: Interaction) -> Action | None:
        kind = interaction.WhichOneof("kind")
        if kind is None or kind in _NO_DEEDS:
            return None
        facts = (kind, _facts(kind, interaction))
        try:
            return self._actions[facts]
        except KeyError:
            action = self._actions[facts] = self._rules.classify(_deed(*facts))
            return action


def _event(interaction: Interaction, action: Action) -> Event:
    occurred_at = interaction.occurred_at
    return Event(
        interaction.event_id,
        occurred_at.seconds * 1000 + occurred_at.nanos // 1_000_000,
        action.name,
        action.weight_milli,
        interaction.figures.followers if interaction.HasField("figures") else -1,
    )


def _facts(kind: str, interaction: Interaction) -> _Facts:
    if kind == "follow":
        return (0, 0, 0, 0, interaction.follow.ended)
    if kind not in _WITH_CONTENT:
        return _NOTHING
    deed = getattr(interaction, kind)
    content = deed.content
    rating = deed.rating if kind == "review" else deed.score if kind == "survey_answer" else 0
    return (content.intent, content.sentiment, content.visibility, rating, False)


def _deed(kind: str, facts: _Facts) -> Deed:
    intent, sentiment, visibility, rating, ended = facts
    return Deed(
        kind="unfollow" if ended else kind,
        intent=_INTENTS.get(intent, ""),
        sentiment=_SENTIMENTS.get(sentiment, ""),
        visibility=_VISIBILITIES.get(visibility, ""),
        rating=rating,
    )
