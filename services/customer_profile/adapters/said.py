"""What was said in an interaction: the words in which a text is looked for."""

from __future__ import annotations

from collections.abc import Iterator

from chassis.ports import Document
from customer_profile.application.history import Says
from customer_profile.domain.timeline import DECISIONS
from rapport.interactions.v1.interaction_pb2 import Interaction


def containing(text: str) -> Says:
    """Return a look for the text in what was said, in upper or lower case; people's decisions say nothing."""
    wanted = text.casefold()

    def says(row: Document) -> bool:
        if row["kind"] in DECISIONS:
            return False
        return any(wanted in said.casefold() for said in words(Interaction.FromString(row["body"])))

    return says


def words(interaction: Interaction) -> Iterator[str]:
    """Yield what the person, or the brand towards the person, said and what was bought: never who it was."""
    kind = interaction.WhichOneof("kind")
    if kind is None:
        return
    message = getattr(interaction, kind)
    names = message.DESCRIPTOR.fields_by_name
    if "content" in names:
        yield message.content.text
        yield from message.content.topics
    if "lines" in names:
        for line in message.lines:
            yield line.description
            yield line.sku
    for name in ("order_id", "return_id", "code"):
        if name in names:
            yield getattr(message, name)
