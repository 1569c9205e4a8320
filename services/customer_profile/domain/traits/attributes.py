"""What traits can look at: attributes of interactions, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

INTERACTION, LINE, TOPIC = "interaction", "line", "topic"
"""What an attribute belongs to: the interaction, a line of an order or return, or a topic of what was said."""

GREATEST_FIGURE = 10**12
"""A figure that is greater, or below 0, is none: sums over a customer's lifetime stay far inside 64 bits."""

LONGEST_WORD = 128
"""Of a longer word only so many characters count."""

_SPOKEN = frozenset(
    {
        "comment",
        "mention",
        "reply",
        "story",
        "direct_message",
        "share",
        "review",
        "support_message",
        "survey_answer",
        "brand_reply",
        "post",
    }
)
_BOUGHT = frozenset({"purchase", "purchase_return"})
KINDS = _SPOKEN | _BOUGHT | frozenset({"like", "follow", "referral", "observation"})
"""Kinds of interactions, as the API names them."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Type(Enum):
    """What values an attribute has. Money is in minor units of one currency."""

    WORD = "words"
    NUMBER = "numbers"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute: of which kinds of interactions, of what in them, and the only words that there are, if few."""

    type: Type
    kinds: frozenset[str] = KINDS
    of: str = INTERACTION
    words: frozenset[str] = frozenset()


def _word(*kinds: str, words: str = "") -> Attribute:
    return Attribute(Type.WORD, frozenset(kinds) or KINDS, words=frozenset(words.split()))


def _said(type_: Type, words: str = "", of: str = INTERACTION) -> Attribute:
    return Attribute(type_, _SPOKEN, of, frozenset(words.split()))


ATTRIBUTES: Mapping[str, Attribute] = {
    "kind": Attribute(Type.WORD, words=KINDS),
    "channel": _word(),
    "source": _word(),
    # Of the time when it happened, in UTC.
    "hour": Attribute(Type.NUMBER),
    "weekday": Attribute(Type.WORD, words=frozenset(WEEKDAYS)),
    # Of the account, where the channel told it with the interaction.
    "followers": Attribute(Type.NUMBER),
    # Of what was said.
    "language": _said(Type.WORD),
    "sentiment": _said(Type.WORD, "negative neutral positive"),
    "intent": _said(Type.WORD, "thank_you complaint detraction defence answer question purchase_intent"),
    "visibility": _said(Type.WORD, "public private"),
    "text_length": _said(Type.NUMBER),
    "likes": _said(Type.NUMBER),
    "comments": _said(Type.NUMBER),
    "shares": _said(Type.NUMBER),
    "views": _said(Type.NUMBER),
    "topic": _said(Type.WORD, of=TOPIC),
    "post_id": _word("comment", "mention", "like", "share", "post"),
    "conversation_id": _word("direct_message", "support_message", "brand_reply"),
    "product_id": _word("review"),
    "rating": Attribute(Type.NUMBER, frozenset({"review"})),
    "survey_id": _word("survey_answer"),
    "survey_score": Attribute(Type.NUMBER, frozenset({"survey_answer"})),
    # Of what was bought, or given back.
    "amount": Attribute(Type.MONEY, _BOUGHT),
    "currency": _word(*_BOUGHT),
    "purchase_source": _word("purchase", words="web_shop store buy_button shoppable_post live"),
    "referral_code": _word("purchase", "referral"),
    "lines": Attribute(Type.NUMBER, _BOUGHT),
    "sku": Attribute(Type.WORD, _BOUGHT, LINE),
    "quantity": Attribute(Type.NUMBER, _BOUGHT, LINE),
    "unit_price": Attribute(Type.MONEY, _BOUGHT, LINE),
}
