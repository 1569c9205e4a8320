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

Get = Callable[[Any, Any, Any], Word | None]
"""Reads an attribute of an interaction: of the message, of what it says of its kind, and of a line or a topic of it."""


class _Step(NamedTuple):
    """What is taken of one trait out of interactions of a kind: nothing where a test fails or the value is absent."""

    kept: Kept
    of: str
    tests: tuple[tuple[Get, Callable[[Word], bool]], ...]
    get: Get
    needs_body: bool


class _Plan(NamedTuple):
    """What is taken out of interactions of a kind: always, always where the attribute is not absent, and by tests."""

    always: tuple[Sample, ...]
    read_always: tuple[tuple[Kept, Get], ...]
    steps: tuple[_Step, ...]
    needs_body: bool


class Sampling:
    """What a plan's traits count of an interaction. With `keys`, only what is counted under these."""

    def __init__(self, plan: Plan, keys: Iterable[str] | None = None) -> None:
        wanted = frozenset(plan.keys if keys is None else keys)
        taken: dict[str, Trait] = {}
        for trait in plan.traits:
            key = plan.kept[trait.trait].key
            if key in wanted:
                taken.setdefault(key, trait)
        self._plans: dict[str, _Plan] = {}
        for kind in sorted(KINDS):
            steps = [_step(trait, plan.kept[trait.trait], kind) for trait in taken.values() if kind in trait.kinds()]
            if steps:
                self._plans[kind] = _plan(steps)
        self.kinds = list(self._plans)
        """The kinds of which anything is counted."""

    def __call__(self, message: Interaction, kind: str) -> Sequence[Sample]:
        """Return what is counted of an interaction of a kind."""
        plan = self._plans.get(kind)
        if plan is None:
            return ()
        always, read_always, steps, needs_body = plan
        body: Any = getattr(message, kind) if needs_body else None
        samples = list(always)
        for kept, get in read_always:
            value = get(message, body, None)
            if value is not None:
                samples.append((kept, value))
        for kept, of, tests, get, _ in steps:
            for part in _WHOLE if of == INTERACTION else body.lines if of == LINE else body.content.topics:
                for read, admits in tests:
                    seen = read(message, body, part)
                    if seen is None or not admits(seen):
                        break
                else:
                    value = get(message, body, part)
                    if value is not None:
                        samples.append((kept, value))
        return samples


_WHOLE = (None,)

_OF_THE_MESSAGE = frozenset({"kind", "channel", "source", "hour", "weekday", "followers"})
"""Attributes that can be read without what an interaction says of its kind."""


def _plan(steps: Sequence[_Step]) -> _Plan:
    untested = [step for step in steps if not step.tests and step.of == INTERACTION]
    return _Plan(
        tuple((step.kept, 1) for step in untested if step.get is _one),
        tuple((step.kept, step.get) for step in untested if step.get is not _one),
        tuple(step for step in steps if step.tests or step.of != INTERACTION),
        any(step.needs_body for step in steps),
    )


def _step(trait: Trait, kept: Kept, kind: str) -> _Step:
    tests = tuple(
        (_getter(name, kind, trait.currency), _test(wanted)) for name, wanted in trait.where.items() if name != "kind"
    )
    get = _getter(trait.attribute, kind, trait.currency) if trait.attribute else _one
    return _Step(kept, trait.of(), tests, get, not _OF_THE_MESSAGE.issuperset(trait.attributes()))


def _test(wanted: Wanted) -> Callable[[Word], bool]:
    """Return what admits a value: for single values the quickest there is."""
    values = wanted.values()
    return frozenset(values).__contains__ if len(values) == 1 and not wanted.has_bounds() else wanted.admits


def _one(message: Any, body: Any, part: Any) -> Word:  # noqa: ANN401 - as all of these
    return 1


def _getter(name: str, kind: str, currency: str) -> Get:
    """Return what reads an attribute of an interaction of the kind; of money only in the currency."""
    if name == "kind":
        return lambda message, body, part: kind
    if name == "amount":
        return lambda message, body, part: _amount(body.total, currency)
    if name == "unit_price":
        return lambda message, body, part: _amount(part.unit_price, currency)
    if name == "referral_code" and kind == "referral":
        return _word_of("code")
    return _GETTERS[name]


def _amount(money: Any, currency: str) -> int | None:  # noqa: ANN401 - a Money, read by its fields
    return _figure(money.minor_units) if money.currency_code == currency else None


def _figure(value: int) -> int | None:
    return value if 0 <= value <= GREATEST_FIGURE else None


def _word_of(field: str) -> Get:
    return lambda message, body, part: getattr(body, field)[:LONGEST_WORD] or None


def _engagement(field: str) -> Get:
    def get(message: Any, body: Any, part: Any) -> Word | None:  # noqa: ANN401 - as all of these
        content = body.content
        return _figure(getattr(content.engagement, field)) if content.HasField("engagement") else None

    return get


def _named(enum: Any, read: Callable[[Any], int]) -> Get:  # noqa: ANN401 - a protobuf enum has no type of its own
    """Return what reads a value of an enum by its name in lower case: nothing where it is unspecified, or unknown."""
    names = [name for name, value in enum.items() if value == 0]
    prefix = names[0].removesuffix("UNSPECIFIED")
    words = {value: name.removeprefix(prefix).lower() for name, value in enum.items() if value}
    return lambda message, body, part: words.get(read(body))


_GETTERS: dict[str, Get] = {
    "channel": lambda message, body, part: message.account.channel or None,
    "source": lambda message, body, part: message.source[:LONGEST_WORD] or None,
    "hour": lambda message, body, part: message.occurred_at.seconds // 3600 % 24,
    # 1 January 1970 was a Thursday.
    "weekday": lambda message, body, part: WEEKDAYS[(message.occurred_at.seconds // 86400 + 3) % 7],
    "followers": lambda message, *_: _figure(message.figures.followers) if message.HasField("figures") else None,
    "language": lambda message, body, part: body.content.language[:LONGEST_WORD] or None,
    "text_length": lambda message, body, part: len(body.content.text) or None,
    "likes": _engagement("likes"),
    "comments": _engagement("comments"),
    "shares": _engagement("shares"),
    "views": _engagement("views"),
    "topic": lambda message, body, part: part[:LONGEST_WORD] or None,
    "rating": lambda message, body, part: _figure(body.rating) or None,
    "survey_score": lambda message, body, part: _figure(body.score),
    "currency": lambda message, body, part: body.total.currency_code or None,
    "lines": lambda message, body, part: len(body.lines),
    "sku": lambda message, body, part: part.sku[:LONGEST_WORD] or None,
    "quantity": lambda message, body, part: _figure(part.quantity) or None,
    "sentiment": _named(Sentiment, lambda body: body.content.sentiment),
    "intent": _named(Intent, lambda body: body.content.intent),
    "visibility": _named(Visibility, lambda body: body.content.visibility),
    "purchase_source": _named(PurchaseSource, lambda body: body.source),
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

    def __call__(self, row: Document) -> tuple[int, str, Sequence[Sample]]:
        """Return time, event id and samples of a row: the time in milliseconds since 1970, UTC."""
        at, _, event_id = position(row["account"], row["place"])
        return at, event_id, self._sampling(Interaction.FromString(row["body"]), row["kind"])
