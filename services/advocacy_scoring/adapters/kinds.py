"""What the kinds of interactions have, and their enums in the words of the rules."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from rapport.interactions.v1.interaction_pb2 import Intent, Interaction, Sentiment, Visibility

WITH_CONTENT = frozenset(
    kind.name
    for kind in Interaction.DESCRIPTOR.oneofs_by_name["kind"].fields
    if kind.message_type is not None and "content" in kind.message_type.fields_by_name
)
AUTHORED = frozenset({"mention", "post", "story"})
"""Content of one's own, of which engagement says how it is received."""

COMPARED = frozenset({"comment", "like", "mention", "post", "reply", "review", "share", "story"})
"""Public deeds, which are compared between accounts."""


def _words(values: Iterable[tuple[str, int]], prefix: str) -> dict[int, str]:
    """The rules' words for an enum's values: "thank_you". What was not told, or by a newer version, has none."""
    return {number: name.removeprefix(prefix).lower() for name, number in values if number}


INTENTS = _words(Intent.items(), "INTENT_")
SENTIMENTS = _words(Sentiment.items(), "SENTIMENT_")
VISIBILITIES = _words(Visibility.items(), "VISIBILITY_")


def post_and_target(channel: str, kind: str, deed: Any, brand_posts: Sequence[str]) -> tuple[str, str]:  # noqa: ANN401
    """Hashes of the post that the deed makes, and of the one that it answers to; empty where there is none.

    The brand's own posts are nobody's. A review's target is the product.
    """
    if kind in ("mention", "post"):
        return (_hash(channel, deed.post_id), "") if deed.post_id else ("", "")
    if kind == "review":
        return ("", _hash("product", deed.product_id)) if deed.product_id else ("", "")
    target = deed.in_reply_to if kind == "reply" else "" if kind == "story" else deed.post_id
    if not target or target.startswith(tuple(brand_posts)):
        return "", ""
    return "", _hash(channel, target)


def _hash(room: str, name: str) -> str:
    return hashlib.blake2b(f"{room}/{name}".encode(), digest_size=9).hexdigest()
