"""What the profile takes from one interaction: plain, immutable values, as cheap to make as a tuple."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from customer_profile.domain.reach import Figures
from customer_profile.domain.talk import Said
from customer_profile.domain.traits.tallies import Sample


class Order(NamedTuple):
    """A purchase: when, in which currency (ISO 4217), how much in minor units, and how it came about ("store").

    The time leads, so that the least of several reports of one order is the earliest, whatever their order of arrival.
    `lines` and `pieces` are as many as the shop told: 0 where it told none.
    """

    at: int
    currency: str
    minor_units: int
    source: str
    lines: int = 0
    pieces: int = 0


class Return(NamedTuple):
    """Goods given back: when, in which currency (ISO 4217), how much was paid back in minor units, and of which order.

    `order_id` is empty where the shop does not say.
    """

    at: int
    currency: str
    minor_units: int
    order_id: str = ""


class Interaction(NamedTuple):
    """One interaction of an account, as far as the profile looks into it.

    `at` is when it happened, milliseconds since 1970, UTC. `kind` is named as in the API: "purchase". `details` are
    contact fields with their values, one value for each field. `figures` is None where the channel told none.
    `ledger_id` is the shop's number of the order or of the return that came with it. `other_currency` is that
    of a line of it which is not in the currency of the total: two in one order cannot be summed. `body` is the
    interaction as it came, for the timeline. `said` is a turn of a conversation, and `judged` how what was said sounds,
    as `domain.sentiment` counts it; None where it tells neither. `samples` is what traits count of it.
    """

    event_id: str
    at: int
    kind: str
    source: str
    details: tuple[tuple[str, str], ...] = ()
    figures: Figures | None = None
    ledger_id: str = ""
    order: Order | None = None
    returned: Return | None = None
    other_currency: str = ""
    said: Said | None = None
    judged: int | None = None
    samples: Sequence[Sample] = ()
    known_at: int = 0
    body: bytes = b""


def channel_of(account: str) -> str:
    """Return the channel of an account key: "instagram" of "instagram:joe"."""
    return account.partition(":")[0]
