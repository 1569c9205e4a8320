"""Takes what traits count out of interactions: a plan by kind, made once, so that an event costs little."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from chassis.ports import Document
from customer_profile.domain.timeline import position
from customer_profile.domain.traits.attributes import (
    GREATEST_FIGURE,
    INTERACTION,
    KINDS,
    LINE,
    LONGEST_WORD,
    WEEKDAYS,
)
from customer_profile.domain.traits.definitions import Kept, Plan, Trait, Wanted
from customer_profile.domain.traits.tallies import Sample, Word
from rapport.interactions.v1.interaction_pb2 import Intent, Interaction, PurchaseSource, Sentiment, Visibility

Get = Callable[["_Seen"], Word | None]


class _Seen(NamedTuple):
    """An interaction, what it says of its kind, and one of its lines or topics, where those are looked at."""

    message: Any
    body: Any
    part: Any = None


class _Step(NamedTuple):
    """What is taken of one trait out of interactions of a kind: nothing where a test fails or the value is absent."""

    kept: Kept
    of: str
    tests: tuple[tuple[Get, Wanted], ...]
    get: Get


class Sampling:
    """What a plan's traits count of an interaction. With `keys`, only what is counted under these."""

    def __init__(self, plan: Plan, keys: Iterable[str] | None = None) -> None:
        wanted = frozenset(plan.keys if keys is None else keys)
        taken: dict[str, Trait] = {}
        for trait in plan.traits:
            key = plan.kept[trait.trait].key
            if key in wanted:
                taken.setdefault(key, trait)
        self._always: dict[str, tuple[Sample, ...]] = {}
        self._steps: dict[str, tuple[_Step, ...]] = {}
        for kind in sorted(KINDS):
            steps = [_step(trait, plan.kept[trait.trait], kind) for trait in taken.values() if kind in trait.kinds()]
            counted = [step for step in steps if step.get is _one and not step.tests and step.of == INTERACTION]
            self._always[kind] = tuple((step.kept, 1) for step in counted)
            self._steps[kind] = tuple(step for step in steps if step not in counted)
        self.kinds = [kind for kind in self._always if self._always[kind] or self._steps[kind]]
        """The kinds of which anything is counted."""

    def __call__(self, message: Interaction, kind: str) -> tuple[Sample, ...]:
        """Return what is counted of an interaction of a kind."""
        steps = self._steps.get(kind, ())
        if not steps:
            return self._always.get(kind, ())
        seen = _Seen(message, getattr(message, kind))
        samples = list(self._always[kind])
        for kept, of, tests, get in steps:
            for part in (seen,) if of == INTERACTION else _parts(seen, of):
                if all(_passes(read(part), wanted) for read, wanted in tests):
                    value = get(part)
                    if value is not None:
                        samples.append((kept, value))
        return tuple(samples)


def _step(trait: Trait, kept: Kept, kind: str) -> _Step:
    tests = tuple(
        (_getter(name, kind, trait.currency), wanted) for name, wanted in trait.where.items() if name != "kind"
    )
    return _Step(kept, trait.of(), tests, _getter(trait.attribute, kind, trait.currency) if trait.attribute else _one)


def _one(seen: _Seen) -> Word:
    return 1


def _passes(value: Word | None, wanted: Wanted) -> bool:
    return value is not None and wanted.admits(value)


def _parts(seen: _Seen, of: str) -> Sequence[_Seen]:
    parts = seen.body.lines if of == LINE else seen.body.content.topics
    return [_Seen(seen.message, seen.body, part) for part in parts]


def _getter(name: str, kind: str, currency: str) -> Get:
    """Return what reads an attribute of an interaction of the kind; of money only in the currency."""
    if name == "kind":
        return lambda seen: kind
    if name == "amount":
        return lambda seen: _amount(seen.body.total, currency)
    if name == "unit_price":
        return lambda seen: _amount(seen.part.unit_price, currency)
    if name == "referral_code" and kind == "referral":
        return _word_of("code")
    return _GETTERS[name]


def _amount(money: Any, currency: str) -> int | None:  # noqa: ANN401 - a Money, read by its fields
    return _figure(money.minor_units) if money.currency_code == currency else None


def _figure(value: int) -> int | None:
    return value if 0 <= value <= GREATEST_FIGURE else None


def _word_of(field: str) -> Get:
    return lambda seen: getattr(seen.body, field)[:LONGEST_WORD] or None


def _engagement(field: str) -> Get:
    def get(seen: _Seen) -> Word | None:
        content = seen.body.content
        return _figure(getattr(content.engagement, field)) if content.HasField("engagement") else None

    return get


def _named(enum: Any, read: Callable[[_Seen], int]) -> Get:  # noqa: ANN401 - a protobuf enum has no type of its own
    """Return what reads a value of an enum by its name in lower case: nothing where it is unspecified, or unknown."""
    names = [name for name, value in enum.items() if value == 0]
    prefix = names[0].removesuffix("UNSPECIFIED")
    words = {value: name.removeprefix(prefix).lower() for name, value in enum.items() if value}
    return lambda seen: words.get(read(seen))


_GETTERS: dict[str, Get] = {
    "channel": lambda seen: seen.message.account.channel[:LONGEST_WORD] or None,
    "source": lambda seen: seen.message.source[:LONGEST_WORD] or None,
    "hour": lambda seen: seen.message.occurred_at.seconds // 3600 % 24,
    # 1 January 1970 was a Thursday.
    "weekday": lambda seen: WEEKDAYS[(seen.message.occurred_at.seconds // 86400 + 3) % 7],
    "followers": lambda seen: _figure(seen.message.figures.followers) if seen.message.HasField("figures") else None,
    "language": lambda seen: seen.body.content.language[:LONGEST_WORD] or None,
    "text_length": lambda seen: len(seen.body.content.text) or None,
    "likes": _engagement("likes"),
    "comments": _engagement("comments"),
    "shares": _engagement("shares"),
    "views": _engagement("views"),
    "topic": lambda seen: seen.part[:LONGEST_WORD] or None,
    "rating": lambda seen: _figure(seen.body.rating) or None,
    "survey_score": lambda seen: _figure(seen.body.score),
    "currency": lambda seen: seen.body.total.currency_code or None,
    "lines": lambda seen: len(seen.body.lines),
    "sku": lambda seen: seen.part.sku[:LONGEST_WORD] or None,
    "quantity": lambda seen: _figure(seen.part.quantity) or None,
    "sentiment": _named(Sentiment, lambda seen: seen.body.content.sentiment),
    "intent": _named(Intent, lambda seen: seen.body.content.intent),
    "visibility": _named(Visibility, lambda seen: seen.body.content.visibility),
    "purchase_source": _named(PurchaseSource, lambda seen: seen.body.source),
    "post_id": _word_of("post_id"),
    "conversation_id": _word_of("conversation_id"),
    "product_id": _word_of("product_id"),
    "survey_id": _word_of("survey_id"),
    "referral_code": _word_of("referral_code"),
}


class RowSampling:
    """Takes out of rows of the timeline what is counted under some keys."""

    def __init__(self, plan: Plan, keys: frozenset[str]) -> None:
        self._sampling = Sampling(plan, keys)
        self.kinds = self._sampling.kinds

    def __call__(self, row: Document) -> tuple[int, str, tuple[Sample, ...]]:
        """Return time, event id and samples of a row: the time in milliseconds since 1970, UTC."""
        at, _, event_id = position(row["account"], row["place"])
        return at, event_id, self._sampling(Interaction.FromString(row["body"]), row["kind"])
