"""What the comments of the Interaction proto promise about values, checked: a value out of range is refused by name.

Details name the field and what would be right, and never the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Protocol

from chassis.errors import InvalidRecord
from rapport.common.v1.common_pb2 import Money
from rapport.interactions.v1 import interaction_pb2 as pb

LONGEST_TEXT = 10_000
LONGEST_URL = 2_048
LONGEST_IDENTIFIER = 512
LONGEST_ID = 256
LONGEST_LANGUAGE = 35
"""The longest tag that RFC 5646, section 4.4.1, asks software to bear."""

MOST_LINES = 1_000
MOST_IDENTIFIERS = 100
MOST_TOPICS = 100
MOST_ADDRESS_LINES = 10
MOST_ATTRIBUTES = 20

LARGEST_AMOUNT = 10**12
"""In minor units: sums of thousands of such amounts still fit 64 bits."""
LARGEST_QUANTITY = 10**9
LARGEST_COUNT = 10**12

_ATTRIBUTE = re.compile(r"[a-z0-9_]{1,32}")
_SENTIMENTS = frozenset(pb.Sentiment.values())
_INTENTS = frozenset(pb.Intent.values())
_VISIBILITIES = frozenset(pb.Visibility.values())
_SOURCES = frozenset(pb.PurchaseSource.values())


class Unfit(InvalidRecord):
    """A field's value is out of range."""

    def __init__(self, field: str, right: str) -> None:
        super().__init__("VALUE_OUT_OF_RANGE", f"{field}: {right}")


def text(value: str, field: str, longest: int = LONGEST_ID) -> None:
    """Refuse a text that is too long."""
    if len(value) > longest:
        raise Unfit(field, f"at most {longest} characters")


def count(value: int, field: str) -> None:
    """Refuse a number of things that is negative or absurd."""
    if not 0 <= value <= LARGEST_COUNT:
        raise Unfit(field, f"a whole number from 0 to {LARGEST_COUNT}")


def figures(value: pb.AccountFigures) -> None:
    """Check the public figures of an account."""
    count(value.followers, "figures.followers")
    count(value.following, "figures.following")
    count(value.posts_last_year, "figures.posts_last_year")


class _Said(Protocol):
    @property
    def content(self) -> pb.Content: ...


def _content(value: pb.Content) -> None:
    text(value.text, "content.text", LONGEST_TEXT)
    text(value.url, "content.url", LONGEST_URL)
    text(value.language, "content.language", LONGEST_LANGUAGE)
    if value.sentiment not in _SENTIMENTS or value.intent not in _INTENTS or value.visibility not in _VISIBILITIES:
        raise Unfit("content", "sentiment, intent and visibility are values that the proto names")
    if value.topics:
        if len(value.topics) > MOST_TOPICS:
            raise Unfit("content.topics", f"at most {MOST_TOPICS}")
        for topic in value.topics:
            text(topic, "content.topics")
    if value.HasField("engagement"):
        engagement = value.engagement
        for name in ("likes", "comments", "shares", "views"):
            count(getattr(engagement, name), f"content.engagement.{name}")


def _saying(*ids: str) -> Callable[[Any], None]:
    """Make the check of a kind that consists of these ids and of what was said."""

    def check(value: _Said) -> None:
        for name in ids:
            text(getattr(value, name), name)
        _content(value.content)

    return check


def _naming(*ids: str) -> Callable[[Any], None]:
    """Make the check of a kind that consists of these ids alone."""

    def check(value: object) -> None:
        for name in ids:
            text(getattr(value, name), name)

    return check


_review_words = _saying("product_id")
_answer_words = _saying("survey_id")


def _review(value: pb.Review) -> None:
    if not 1 <= value.rating <= 5:
        raise Unfit("review.rating", "1 to 5")
    _review_words(value)


def _survey_answer(value: pb.SurveyAnswer) -> None:
    if not 0 <= value.score <= 10:
        raise Unfit("survey_answer.score", "0 to 10")
    _answer_words(value)


def _referral(value: pb.Referral) -> None:
    text(value.code, "referral.code")
    text(value.referred.value, "referral.referred.value", LONGEST_IDENTIFIER)


def _money(value: Money, field: str, least: int) -> None:
    code = value.currency_code
    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        raise Unfit(f"{field}.currency_code", "three capitals, as in ISO 4217")
    if not least <= value.minor_units <= LARGEST_AMOUNT:
        raise Unfit(f"{field}.minor_units", f"{least} to {LARGEST_AMOUNT}")


def _lines(lines: Iterable[pb.OrderLine], number: int, currency: str, kind: str) -> None:
    if number > MOST_LINES:
        raise Unfit(f"{kind}.lines", f"at most {MOST_LINES}")
    for place, line in enumerate(lines):
        if not 1 <= line.quantity <= LARGEST_QUANTITY:
            raise Unfit(f"{kind}.lines[{place}].quantity", f"1 to {LARGEST_QUANTITY}")
        price = line.unit_price
        if price.currency_code != currency or not 0 <= price.minor_units <= LARGEST_AMOUNT:
            _line_price(line, currency, f"{kind}.lines[{place}]")
        if len(line.sku) > LONGEST_ID or len(line.description) > LONGEST_TEXT:
            right = f"sku of at most {LONGEST_ID} characters, description of at most {LONGEST_TEXT}"
            raise Unfit(f"{kind}.lines[{place}]", right)


def _line_price(line: pb.OrderLine, currency: str, field: str) -> None:
    """Look closer at a price that is not plainly right: it may be absent."""
    if not line.HasField("unit_price"):
        return
    _money(line.unit_price, f"{field}.unit_price", 0)
    if line.unit_price.currency_code != currency:
        raise Unfit(f"{field}.unit_price.currency_code", "the currency of the total")


def _purchase(value: pb.Purchase) -> None:
    text(value.order_id, "purchase.order_id")
    text(value.referral_code, "purchase.referral_code")
    if value.source not in _SOURCES:
        raise Unfit("purchase.source", "a value that the proto names")
    _money(value.total, "purchase.total", 0)
    if value.lines:
        _lines(value.lines, len(value.lines), value.total.currency_code, "purchase")


def _purchase_return(value: pb.PurchaseReturn) -> None:
    text(value.return_id, "purchase_return.return_id")
    text(value.order_id, "purchase_return.order_id")
    _money(value.total, "purchase_return.total", 1)
    if value.lines:
        _lines(value.lines, len(value.lines), value.total.currency_code, "purchase_return")


def _observation(value: pb.Observation) -> None:
    for name in ("given_name", "family_name", "full_name", "company"):
        text(getattr(value, name), f"observation.{name}")
    text(value.email, "observation.email", LONGEST_IDENTIFIER)
    text(value.phone, "observation.phone", LONGEST_IDENTIFIER)
    text(value.language, "observation.language", LONGEST_LANGUAGE)
    if value.date_of_birth and not _is_date(value.date_of_birth):
        raise Unfit("observation.date_of_birth", "an ISO 8601 date, as 1984-02-29")
    if value.HasField("address"):
        _address(value.address)
    if value.attributes:
        _attributes(value.attributes)


def _attributes(attributes: Mapping[str, str]) -> None:
    if len(attributes) > MOST_ATTRIBUTES:
        raise Unfit("observation.attributes", f"at most {MOST_ATTRIBUTES}")
    for name, value in attributes.items():
        if not _ATTRIBUTE.fullmatch(name):
            raise Unfit("observation.attributes", "names of 1 to 32 lower-case letters, digits and underscores")
        text(value, "observation.attributes", LONGEST_IDENTIFIER)


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == len("1984-02-29")


def _address(value: pb.Address) -> None:
    if len(value.lines) > MOST_ADDRESS_LINES:
        raise Unfit("observation.address.lines", f"at most {MOST_ADDRESS_LINES}")
    for line in value.lines:
        text(line, "observation.address.lines")
    for name in ("postal_code", "city", "region"):
        text(getattr(value, name), f"observation.address.{name}")
    country = value.country
    if country and not (len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()):
        raise Unfit("observation.address.country", "two capitals, as in ISO 3166-1")


KINDS: dict[str, Callable[[Any], None]] = {
    "comment": _saying("post_id"),
    "mention": _saying("post_id"),
    "reply": _saying("in_reply_to"),
    "story": _saying(),
    "direct_message": _saying("conversation_id"),
    "like": _naming("post_id"),
    "share": _saying("post_id"),
    "follow": _naming(),
    "review": _review,
    "referral": _referral,
    "purchase": _purchase,
    "purchase_return": _purchase_return,
    "support_message": _saying("conversation_id"),
    "survey_answer": _survey_answer,
    "brand_reply": _saying("conversation_id", "in_reply_to", "agent"),
    "post": _saying("post_id"),
    "observation": _observation,
}
"""The check of each kind, by the name of its field in Interaction."""
