"""Support conversations, and the brand's replies."""

from __future__ import annotations

from typing import NamedTuple

from rapport.interactions.v1 import interaction_pb2 as pb
from rapportctl.town.chance import Draw
from rapportctl.town.person import Person
from rapportctl.town.schedule import Step
from rapportctl.town.speech import Speech
from rapportctl.town.words import TOPICS, Mood


class _Conversation(NamedTuple):
    id: str
    topic: str
    last_event_id: str


class SupportDesk:
    """Holds, per account, the conversation begun last."""

    def __init__(self, draw: Draw, speech: Speech) -> None:
        self._draw = draw
        self._speech = speech
        self._open: dict[tuple[int, int], _Conversation] = {}

    def opens(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Ask for help with something."""
        topic = TOPICS[int(self._draw() * len(TOPICS))]
        conversation = _Conversation(f"s-{interaction.event_id}", topic, interaction.event_id)
        mood = Mood.COMPLAINT if self._draw() < 0.6 else Mood.QUESTION
        self._say(interaction, person, step, conversation, mood)

    def follows_up(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Write again in the same conversation."""
        self._say(interaction, person, step, self._current(interaction, step), Mood.FOLLOW_UP)

    def closes(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Say that it is solved."""
        self._say(interaction, person, step, self._current(interaction, step), Mood.SOLVED)
        interaction.support_message.closes = True
        del self._open[step.person, step.slot]

    def complained(self, interaction: pb.Interaction, step: Step) -> None:
        """Take note of a complaint in public, which the brand may answer."""
        self._open[step.person, step.slot] = _Conversation("", "", interaction.event_id)

    def brand_replies(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Answer what the account said last; a reply that comes after all was solved names no interaction."""
        reply = interaction.brand_reply
        conversation = self._open.get((step.person, step.slot))
        public = conversation is not None and not conversation.id
        if conversation is not None:
            reply.conversation_id = conversation.id
            reply.in_reply_to = conversation.last_event_id
        reply.agent = f"agent-{1 + int(self._draw() * 12):02d}"
        self._speech.content(reply.content, Mood.BRAND, person, public=public)

    def _current(self, interaction: pb.Interaction, step: Step) -> _Conversation:
        current = self._open.get((step.person, step.slot))
        if current is None or not current.id:
            return _Conversation(f"s-{interaction.event_id}", TOPICS[0], interaction.event_id)
        return current

    def _say(
        self, interaction: pb.Interaction, person: Person, step: Step, conversation: _Conversation, mood: int
    ) -> None:
        message = interaction.support_message
        message.conversation_id = conversation.id
        self._speech.content(message.content, mood, person, public=False, topic=conversation.topic)
        self._open[step.person, step.slot] = conversation._replace(last_event_id=interaction.event_id)
