"""What a town is made of: every number that the simulator takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rapportctl.town.identifiers import TYING, TYPES
from rapportctl.town.money import CURRENCIES

MOST_PEOPLE = 5_000_000
"""Phone numbers have seven free digits, and everybody may come to have a second number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TownSettings:
    """The numbers that decide a town, wholly: equal settings give equal bytes on every machine.

    Shares are fractions from 0 to 1. By default nobody is hard to tell apart: details and identifiers lead to the same
    customers. `tangled` plants all that makes it hard, in measure.

    Raises ValueError, naming the field and what it takes, for a number that no town can have.
    """

    people: int = 1000
    """How many people live there; 1 to 5,000,000."""
    seed: int = 7
    """Decides everything that chance decides; 0 or more."""
    duration: timedelta = timedelta(days=30)
    """From the first moment to the end; at least a minute, in whole milliseconds."""
    start: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    """The first moment, with a time zone; in whole milliseconds. See `ending_at`."""
    events_per_day: float = 1.0
    """Interactions per person and day, on average; the most active have about fifty times as many."""

    separate_share: float = 0.03
    """Of people: those who have one more account that nothing ties to them, so a customer of its own."""
    family_share: float = 0.3
    """Of people: about how many live with others, under one address and family name."""
    influencer_share: float = 0.01
    """Of people: those with 10,000 followers or more."""
    return_share: float = 0.08
    """Of purchases: those brought back, in part or whole, if the town lasts long enough."""
    crisis_share: float = 0.08
    """Of people with a social account: those who complain on the day of the crisis; 0 for no crisis."""
    crisis_day: int | None = None
    """The day of the crisis, counted from 0; None for two thirds through."""

    mistake_share: float = 0.15
    """Of forms: those with a typed mistake in a name, e-mail address or street; identifiers have none."""
    untidy_share: float = 0.1
    """Of e-mail, phone and handle identifiers: those written another way that normalises to the same."""
    junk_share: float = 0.02
    """Of interactions: those that also bear an identifier of `identifiers.PLANTED`, which rules must block."""

    # Who is hard to tell apart, or to recognise.
    twin_share: float = 0.0
    """Of families: those with two members who were born on one day."""
    junior_share: float = 0.0
    """Of families: those where a child has the given name of a parent."""
    namesake_share: float = 0.0
    """Of people who live alone: those who have the names of somebody else in their city."""
    moved_share: float = 0.0
    """Of households: those that move house while the town is watched."""
    married_share: float = 0.0
    """Of people: those who take another family name while the town is watched."""
    details_only_share: float = 0.0
    """Of the ties between a person's accounts: those that no identifier makes, but a form on either account."""
    weak_share: float = 0.0
    """Of the ties between a person's accounts: those that a device alone makes, where both channels show devices."""

    # Identifiers that are not one person's. Accounts that show one of the first four also fill in a form.
    shared_identifiers: float = 0.0
    """Of families: those that share one e-mail address or phone number."""
    family_device_share: float = 0.0
    """Of families: those that share one device."""
    recycled_phone_share: float = 0.0
    """Of people who live alone: those whose phone number becomes a stranger's while the town is watched."""
    agency_share: float = 0.0
    """Of influencers: those whose social accounts show the e-mail address of the agency that represents them."""
    till_share: float = 0.0
    """Of purchases in a store: those that bear the store's own phone number; there is a store for 2,000 people."""
    call_centre_share: float = 0.0
    """Of support messages: those that bear the phone number of the brand's call centre."""
    flood_share: float = 0.0
    """Of interactions: those that bear one and the same external id, as a faulty import leaves behind."""

    # What forms get wrong, beside mistakes; see `details`.
    nickname_share: float = 0.0
    """Of forms: those that tell a nickname, where the given name has any."""
    swapped_share: float = 0.0
    """Of forms: those with given and family name swapped."""
    plain_share: float = 0.0
    """Of forms: those without accents, with names in Latin letters."""
    date_mistake_share: float = 0.0
    """Of forms with a date of birth: those with day and month swapped, or one of year, month and day wrong."""
    missing_share: float = 0.0
    """Of each detail of a form: how often it is left out."""
    junk_details_share: float = 0.0
    """Of forms: those with one of `details.JUNK` in place of a detail."""

    staff_share: float = 0.0
    """Of people: those who work for the brand, with an e-mail address there, and name it in forms."""

    gaming_share: float = 0.0
    """Of people on Instagram: those who game what the brand pays for, in groups of six; see `gaming`."""

    tying_types: tuple[str, ...] = TYING
    """The identifier types that tie a person's accounts together; must include loyalty_number or external_id.

    By default all but handles: the same handle on two networks need not be the same person, and the rules know it.
    """

    repeat_share: float = 0.01
    """Of interactions: those sent again, unchanged, a little later."""
    invalid_share: float = 0.0
    """Invalid events per valid one: each reason in turn."""

    main_currency: str = "EUR"
    """What people pay in: EUR, GBP, USD, BRL or JPY."""
    other_currency_share: float = 0.02
    """Of purchases: those in another currency."""

    def __post_init__(self) -> None:
        """Refuse what no town can have."""
        _require(1 <= self.people <= MOST_PEOPLE, f"people is {self.people}; it takes 1 to {MOST_PEOPLE:,}")
        _require(self.seed >= 0, f"seed is {self.seed}; it takes 0 or more")
        _require(self.duration >= timedelta(minutes=1), f"duration is {self.duration}; it takes a minute or more")
        _require(self.start.tzinfo is not None, "start has no time zone; give one, for example UTC")
        for field, moment in (("duration", self.duration.microseconds), ("start", self.start.microsecond)):
            _require(moment % 1000 == 0, f"{field} is finer than a millisecond")
        _require(0 < self.events_per_day <= 1000, f"events_per_day is {self.events_per_day}; it takes up to 1000")
        for field in SHARES:
            share = getattr(self, field)
            _require(0 <= share <= 1, f"{field} is {share}; it takes 0 to 1")
        unknown = [kind for kind in self.tying_types if kind not in TYPES]
        _require(not unknown, f"tying_types names {unknown}; it takes some of {list(TYPES)}")
        _require(
            "loyalty_number" in self.tying_types or "external_id" in self.tying_types,
            "tying_types has neither loyalty_number nor external_id: some pairs of channels share no other type",
        )
        _require(
            self.crisis_day is None or timedelta(0) <= timedelta(days=self.crisis_day) < self.duration,
            f"crisis_day is {self.crisis_day}; it takes a day of the town's duration, from 0",
        )
        _require(
            self.main_currency in CURRENCIES,
            f"main_currency is {self.main_currency!r}; it takes one of {list(CURRENCIES)}",
        )

    @property
    def start_ms(self) -> int:
        """The first moment, in milliseconds since 1970."""
        return (self.start - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

    @property
    def duration_ms(self) -> int:
        """The duration in milliseconds."""
        return self.duration // timedelta(milliseconds=1)

    def ending_at(self, end: datetime) -> TownSettings:
        """Give the same town, moved in time so that it ends at `end` (rounded down to the millisecond)."""
        end = end.replace(microsecond=end.microsecond // 1000 * 1000)
        return replace(self, start=end - self.duration)

    def with_shares(self, shares: Mapping[str, float]) -> TownSettings:
        """Give the same town with some shares changed. Raises ValueError for a name that is no share's."""
        unknown = sorted(shares.keys() - set(SHARES))
        _require(not unknown, f"{unknown} are no shares of a town; it takes some of {', '.join(SHARES)}")
        changed: dict[str, Any] = dict(shares)
        return replace(self, **changed)

    def tangled(self) -> TownSettings:
        """Give the same town with everything planted that makes it hard to tell who is who: a test of resolution."""
        return self.with_shares(_TANGLED)

    def as_parameters(self) -> dict[str, object]:
        """Give the settings as JSON knows values: times in ISO 8601, the duration in seconds."""
        return asdict(self) | {
            "duration": self.duration.total_seconds(),
            "start": self.start.astimezone(UTC).isoformat(),
            "tying_types": list(self.tying_types),
        }


SHARES = tuple(each.name for each in fields(TownSettings) if each.type == "float" and each.name != "events_per_day")
"""The settings that take a fraction."""

_TANGLED = {
    "junk_share": 0.05,
    "twin_share": 0.01,
    "junior_share": 0.02,
    "namesake_share": 0.02,
    "moved_share": 0.05,
    "married_share": 0.02,
    "details_only_share": 0.15,
    "weak_share": 0.08,
    "shared_identifiers": 0.15,
    "family_device_share": 0.1,
    "recycled_phone_share": 0.02,
    "agency_share": 0.3,
    "till_share": 0.1,
    "call_centre_share": 0.1,
    "flood_share": 0.05,
    "nickname_share": 0.05,
    "swapped_share": 0.03,
    "plain_share": 0.05,
    "date_mistake_share": 0.02,
    "missing_share": 0.1,
    "junk_details_share": 0.01,
    "staff_share": 0.01,
}


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
