"""What admission remembers of an account, and what it decides about an interaction of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from identity_resolution.domain.rules import Intake

PARTITION_BITS = 8

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
    """An account's memory. `seen` holds event ids with the code of their origin, `shown` identifier keys; oldest first.

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

    def is_first_time(self, origin: int) -> bool:
        """Whether no interaction of the account from this origin or a later one of its partition was counted before."""
        partition, position = origin & (1 << PARTITION_BITS) - 1, origin >> PARTITION_BITS
        if position <= self.counted.get(partition, -1):
            return False
        self.counted[partition] = position
        return True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an interaction: whether it goes on, and what it shows that was not known of the account.

    `evidence` is None where nothing is new; an empty tuple says that the account itself is.
    """

    forward: bool
    is_changed: bool
    evidence: tuple[str, ...] | None = None


REPEAT = Verdict(forward=False, is_changed=True)
KNOWN_REPEAT = Verdict(forward=False, is_changed=False)
REDELIVERY = Verdict(forward=True, is_changed=False)
NOTHING_NEW = Verdict(forward=True, is_changed=True)


def admit(
    account: Account, event_id: str, origin: int, claims: tuple[str, ...], *, ignored_values: int, bounds: Intake
) -> Verdict:
    """Decide about an interaction, and remember it.

    The same event id from another origin is a repeat: it is counted and goes no further. From the same origin it is a
    redelivery: it goes on again, since nobody knows whether it arrived; readers skip what they have applied. Event ids
    and identifiers beyond the bounds are forgotten, oldest first: a repeat of one so old counts again, an identifier so
    old is shown again, which changes nothing.
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
    if account.is_announced and not new:
        return NOTHING_NEW
    account.is_announced = True
    for claim in new:
        account.shown[claim] = None
    account.shown = _newest(account.shown, bounds.identifiers_remembered)
    return Verdict(forward=True, is_changed=True, evidence=new)


def _newest(entries: dict[str, T], bound: int) -> dict[str, T]:
    """The newest entries, at least `bound` of them and at most a quarter more.

    Not one by one: each look for the oldest would pass the places of all that were deleted before it.
    """
    if len(entries) <= bound + bound // 4:
        return entries
    return dict(islice(entries.items(), len(entries) - bound, None))
