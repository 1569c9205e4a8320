"""Reads what an interaction says to and fro, and how it sounds: part of the hot path."""

from __future__ import annotations

from customer_profile.domain.rules import ConversationRules
from customer_profile.domain.sentiment import NEGATIVE, NEUTRAL, POSITIVE
from customer_profile.domain.talk import ASKS, CLOSES, REMARKS, REPLIES, Said
from rapport.interactions.v1 import interaction_pb2 as pb

_JUDGED = {pb.SENTIMENT_NEGATIVE: NEGATIVE, pb.SENTIMENT_NEUTRAL: NEUTRAL, pb.SENTIMENT_POSITIVE: POSITIVE}
_SPOKEN = frozenset(
    field.name
    for field in pb.Interaction.DESCRIPTOR.oneofs_by_name["kind"].fields
    if field.message_type is not None and "content" in field.message_type.fields_by_name
)
_IN_CONVERSATIONS = frozenset({"direct_message", "support_message"})

Turn = tuple[Said | None, int | None]
"""What was said to and fro, and how it sounds; None for either that the interaction does not tell."""

NOTHING: Turn = (None, None)


class TurnReader:
    """Knows by the rules what waits for an answer."""

    def __init__(self, rules: ConversationRules) -> None:
        self._waiting: set[str] = set()
        self._waiting_with: dict[str, set[int]] = {}
        for each in rules.waiting:
            intents = {pb.Intent.Value(f"INTENT_{intent.upper()}") for intent in each.intents}
            if not intents:
                self._waiting.update(each.kinds)
            for kind in each.kinds:
                self._waiting_with.setdefault(kind, set()).update(intents)

    def __call__(self, message: pb.Interaction, kind: str) -> Turn:
        """Return what the interaction of that kind says."""
        if kind not in _SPOKEN:
            return NOTHING
        spoken = getattr(message, kind)
        if kind == "brand_reply":
            return _reply(spoken), None
        content = spoken.content
        judged = _JUDGED.get(content.sentiment)
        if kind in _IN_CONVERSATIONS:
            if kind == "support_message" and spoken.closes:
                return Said(CLOSES, spoken.conversation_id), judged
            return Said(ASKS if self._waits(kind, content.intent) else REMARKS, spoken.conversation_id), judged
        if self._waits(kind, content.intent):
            return Said(ASKS, message.event_id, is_public=True), judged
        return None, judged

    def _waits(self, kind: str, intent: int) -> bool:
        return kind in self._waiting or intent in self._waiting_with.get(kind, ())


def _reply(reply: pb.BrandReply) -> Said:
    if reply.conversation_id or not reply.in_reply_to:
        return Said(REPLIES, reply.conversation_id, answers=reply.in_reply_to)
    return Said(REPLIES, reply.in_reply_to, is_public=True, answers=reply.in_reply_to)
