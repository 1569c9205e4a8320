"""What goes wrong on the way: events sent again, and events that are no events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush

from rapport.interactions.v1 import interaction_pb2 as pb
from rapportctl.town import chance
from rapportctl.town.events import TownEvent
from rapportctl.town.settings import TownSettings

REPEAT_WITHIN = 200
"""A repeat follows the first one after at most so many other events."""

_FAR_FUTURE_S = 4_102_444_800  # 2100-01-01


def with_faults(settings: TownSettings, events: Iterable[TownEvent]) -> Iterator[TownEvent]:
    """Let through all events as they are, and add repeats and invalid events between them.

    Repeats: the same interaction again, up to `REPEAT_WITHIN` valid events later. Invalid events: of each fault in
    turn, so that every reason comes up after at most `len(FAULTS)` of them.
    """
    draw = chance.draw_of(settings.seed, chance.FAULTS)
    due: list[tuple[int, int, TownEvent]] = []
    invalid = 0
    for place, event in enumerate(events):
        yield event
        while due and due[0][0] <= place:
            yield heappop(due)[2]
        if draw() < settings.repeat_share:
            heappush(due, (place + int(draw() * REPEAT_WITHIN), place, event._replace(repeats=True)))
        if draw() < settings.invalid_share:
            yield _spoilt(event, invalid)
            invalid += 1
    while due:
        yield heappop(due)[2]


def _spoilt(event: TownEvent, number: int) -> TownEvent:
    """Make an invalid event of the account of a valid one, under an event id of its own."""
    reason, spoil = FAULTS[number % len(FAULTS)]
    interaction = pb.Interaction(source="faults")
    if event.interaction is not None:
        interaction.event_id = f"{event.interaction.event_id}-invalid"
        interaction.occurred_at.CopyFrom(event.interaction.occurred_at)
        interaction.account.CopyFrom(event.interaction.account)
        interaction.like.post_id = "brand-1"
    raw = spoil(interaction)
    account = interaction.account
    return TownEvent(account.channel, account.id, event.occurred_at, None, raw, reason)


def _truncated(interaction: pb.Interaction) -> bytes:
    return interaction.SerializeToString()[:-1]


def _json(interaction: pb.Interaction) -> bytes:
    return f'{{"event_id": "{interaction.event_id}"}}'.encode()


def _no_account(interaction: pb.Interaction) -> bytes:
    interaction.ClearField("account")
    return interaction.SerializeToString()


def _no_account_id(interaction: pb.Interaction) -> bytes:
    interaction.account.id = ""
    return interaction.SerializeToString()


def _no_kind(interaction: pb.Interaction) -> bytes:
    interaction.ClearField("like")
    return interaction.SerializeToString()


def _newer_kind(interaction: pb.Interaction) -> bytes:
    """Bear a kind of a later schema: field 100, with an empty message."""
    interaction.ClearField("like")
    return interaction.SerializeToString() + b"\xa2\x06\x00"


def _far_ahead(interaction: pb.Interaction) -> bytes:
    interaction.occurred_at.seconds = _FAR_FUTURE_S
    return interaction.SerializeToString()


def _no_time(interaction: pb.Interaction) -> bytes:
    interaction.ClearField("occurred_at")
    return interaction.SerializeToString()


def _no_event_id(interaction: pb.Interaction) -> bytes:
    interaction.event_id = ""
    return interaction.SerializeToString()


def _nine_stars(interaction: pb.Interaction) -> bytes:
    interaction.review.product_id = "SKU-001"
    interaction.review.rating = 9
    return interaction.SerializeToString()


def _score_of_eleven(interaction: pb.Interaction) -> bytes:
    interaction.survey_answer.survey_id = "nps-1"
    interaction.survey_answer.score = 11
    return interaction.SerializeToString()


def _negative_purchase(interaction: pb.Interaction) -> bytes:
    interaction.purchase.order_id = f"o-{interaction.event_id}"
    interaction.purchase.total.currency_code = "EUR"
    interaction.purchase.total.minor_units = -1999
    return interaction.SerializeToString()


def _negative_return(interaction: pb.Interaction) -> bytes:
    interaction.purchase_return.return_id = f"r-{interaction.event_id}"
    interaction.purchase_return.total.currency_code = "EUR"
    interaction.purchase_return.total.minor_units = -1999
    return interaction.SerializeToString()


FAULTS: tuple[tuple[str, Callable[[pb.Interaction], bytes]], ...] = (
    ("UNPARSEABLE", _truncated),
    ("NO_ACCOUNT", _no_account),
    ("UNKNOWN_KIND", _no_kind),
    ("TIME_IN_FUTURE", _far_ahead),
    ("VALUE_OUT_OF_RANGE", _nine_stars),
    ("NO_EVENT_ID", _no_event_id),
    ("NO_TIME", _no_time),
    ("UNPARSEABLE", _json),
    ("NO_ACCOUNT", _no_account_id),
    ("UNKNOWN_KIND", _newer_kind),
    ("VALUE_OUT_OF_RANGE", _negative_purchase),
    ("VALUE_OUT_OF_RANGE", _score_of_eleven),
    ("VALUE_OUT_OF_RANGE", _negative_return),
)
"""The reason that each fault must be refused with, and what makes it."""

REASONS = tuple(dict.fromkeys(reason for reason, _ in FAULTS))
"""The reason codes; those of the first `len(REASONS)` invalid events are all different."""
