"""What admission remembers of an account, and what it decides about an interaction of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from types import MappingProxyType
from typing import TypeVar

from identity_resolution.domain.known import told_last
from identity_resolution.domain.matching.details import Details
from identity_resolution.domain.rules import Intake

PARTITION_BITS = 8
NO_DETAILS: Details = MappingProxyType({})

K = TypeVar("K")
T = TypeVar("T")


def origin_code(position: int, partition: int) -> int:
    """A source partition (0 to 255) and a position in it as one number below 2**64, for epochs below 65,536.

    Raises ValueError beyond.
    """
    code = position << PARTITION_BITS | partition
    if not 0 <= partition < 1 << PARTITION_BITS or code >> 64:
        raise ValueError(f"origin out of range: position {position}, partition {partition}")
    return code


@dataclass(slots=True)
class Account:
    """An account's memory, oldest first.

    `seen` holds event ids with the code of their origin, `shown` identifier keys, `details` digests of values by field.
    `told` has by other account the weight of the two (bits) that evidence of this account told last.

    `counted` holds the highest position counted per source partition, so that what is delivered again counts once in
    `repeats` and `ignored_values`.
    """

    key: str
    rev: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    shown: dict[str, None] = field(default_factory=dict)
    is_announced: bool = False
    counted: dict[int, int] = field(default_factory=dict)
    repeats: int = 0
    ignored_values: int = 0
    details: dict[int, None] = field(default_factory=dict)
    told: Mapping[str, float] = field(default_factory=dict)

    def is_first_time(self, origin: int) -> bool:
        """Whether no interaction of the account from this origin or a later one of its partition was counted before."""
        partition, position = origin & (1 << PARTITION_BITS) - 1, origin >> PARTITION_BITS
        if position <= self.counted.get(partition, -1):
            return False
        self.counted[partition] = position
        return True

    def tell(self, weights: Mapping[str, float]) -> None:
        """Remember which weights were told, by other account."""
        self.told = told_last(self.told, weights)


@dataclass(frozen=True, slots=True)
class News:
    """What an interaction shows that was not known of its account: that it exists, identifiers by key, details."""

    is_account_new: bool
    identifiers: tuple[str, ...] = ()
    details: Details = field(default_factory=lambda: NO_DETAILS)


NOTHING = News(is_account_new=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an interaction: whether it goes on, and what is new in it, if anything."""

    forward: bool
    is_changed: bool
    news: News | None = None


REPEAT = Verdict(forward=False, is_changed=True)
KNOWN_REPEAT = Verdict(forward=False, is_changed=False)
REDELIVERY = Verdict(forward=True, is_changed=False)
NOTHING_NEW = Verdict(forward=True, is_changed=True)


def admit(
    account: Account,
    event_id: str,
    origin: int,
    claims: tuple[str, ...],
    details: Details = NO_DETAILS,
    *,
    ignored_values: int,
    bounds: Intake,
) -> Verdict:
    """Decide about an interaction, and remember it.

    The same event id from another origin is a repeat: it is counted and goes no further. From the same origin it is a
    redelivery: it goes on again, since nobody knows whether it arrived; readers skip what they have applied. Event ids,
    identifiers and details beyond the bounds are forgotten, oldest first: a repeat of one so old counts again, an
    identifier or a detail so old is shown again, which changes nothing.
    """
    first_time = account.is_first_time(origin)
    known = account.seen.get(event_id)
    if known is not None:
        if known == origin:
            return REDELIVERY
        account.repeats += first_time
        return REPEAT if first_time else KNOWN_REPEAT
    account.seen[event_id] = origin
    account.seen = _newest(account.seen, bounds.event_ids_remembered)
    if first_time:
        account.ignored_values += ignored_values
    new = tuple(claim for claim in claims if claim not in account.shown)
    new_details = _take_in(account, details, bounds) if details else NO_DETAILS
    if account.is_announced and not new and not new_details:
        return NOTHING_NEW
    is_account_new, account.is_announced = not account.is_announced, True
    for claim in new:
        account.shown[claim] = None
    account.shown = _newest(account.shown, bounds.identifiers_remembered)
    return Verdict(forward=True, is_changed=True, news=News(is_account_new, new, new_details))


def _take_in(account: Account, details: Details, bounds: Intake) -> Details:
    """Remember the details, and return those that the account had not shown."""
    new: dict[str, tuple[str, ...]] = {}
    for name, values in details.items():
        digests = {_digest(name, value): value for value in values}
        unseen = tuple(value for digest, value in digests.items() if digest not in account.details)
        if unseen:
            new[name] = unseen
            account.details.update(dict.fromkeys(digests))
    account.details = _newest(account.details, bounds.identifiers_remembered)
    return new


def _digest(name: str, value: str) -> int:
    """A number below 2**64 that stands for a value of a field."""
    return int.from_bytes(blake2b(f"{name}/{value}".encode(), digest_size=8).digest(), "big")


def _newest(entries: dict[K, T], bound: int) -> dict[K, T]:
    """The newest entries, at least `bound` of them and at most a quarter more.

    Not one by one: each look for the oldest would pass the places of all that were deleted before it.
    """
    if len(entries) <= bound + bound // 4:
        return entries
    return dict(islice(entries.items(), len(entries) - bound, None))
