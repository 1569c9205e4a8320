"""What advocacy scoring keeps of one account: its deeds by signature and day, its audience, and what was found of it.

Nothing here depends on weights, caps, half-lives or bands: changed rules hold for the whole history. Everything is a
sum, a least, a newest or one of the newest few, so that the order in which an account's events arrive does not matter.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import NamedTuple

from advocacy_scoring.domain.decay import day_of
from advocacy_scoring.domain.findings import Findings

NEWEST_KEPT = 10
"""Events kept by name for each signature. All deeds of one weigh the same, so after decay the newest weigh most: ten of
each hold the ten heaviest of all, on whatever day one asks, and of however many accounts."""

KEPT_DAYS = 1095
"""The longest history that rules may ask for."""

_AHEAD_DAYS = 2
"""An event is at most a day ahead of the clock; so what is this much older than the history, seen from the newest
event, is older than the history seen from any day on which a score is computed."""

_SWEEP_DAYS = 32
"""How often a persona is rid of what is too old: looking at all its days for each new one would cost more."""

ABOUT_ANYTHING = ""
"""The niche in which every deed with words or topics is counted: what a niche's share is taken of."""

Days = list[tuple[int, int]]
"""(UTC day, how many), the oldest first."""


class Audience(NamedTuple):
    """The newest public figures of an account, told at `at_ms`; -1 where the channel did not tell."""

    at_ms: int = -1
    followers: int = -1
    following: int = -1
    posts_last_year: int = -1


class Engaged(NamedTuple):
    """How others took one piece of content: likes, comments and shares together."""

    interactions: int


class Event(NamedTuple):
    """One interaction of an account, as far as advocacy is concerned. `signature` is empty where it is no deed."""

    event_id: str
    occurred_ms: int
    signature: str = ""
    audience: Audience | None = None
    engaged: Engaged | None = None
    niches: tuple[str, ...] = ()
    is_purchase: bool = False
    household: str = ""
    employer: str = ""
    country: str = ""
    notes: tuple[str, ...] = ()
    trace: Trace | None = None


class Trace(NamedTuple):
    """What is kept beside the persona, for comparing accounts with each other; see `gaming` and `referrals`.

    `post` and `target` are hashes of posts; `code`, `order` and `other` are of a referral, where `other` is a token of
    whom it names; `shown` are tokens of the identifiers that a purchase bears; `sketch` is a text's MinHash.
    """

    what: str
    account: str
    event_id: str
    at_ms: int
    signature: str = ""
    post: str = ""
    target: str = ""
    sketch: bytes = b""
    code: str = ""
    order: str = ""
    other: str = ""
    shown: tuple[str, ...] = ()


class Tally(NamedTuple):
    """An account's deeds of one signature; the lists grow. `newest` holds (milliseconds since 1970, event id)."""

    days: Days
    newest: list[tuple[int, str]]


class Told(NamedTuple):
    """A value with the time at which it was told; the newest holds, of simultaneous ones the greater."""

    at_ms: int = -1
    value: str = ""


class Related(NamedTuple):
    """What was laid down of an account: the higher version wins. `home` are accounts of those who live with it.

    `organisations` are tokens of those that its person belongs to.
    """

    version: int = 0
    home: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()


NOT_TOLD = Audience()
NOBODY = Told()
ALONE = Related()


@dataclass(slots=True)
class Persona:
    """All that is kept of one account.

    `posts` holds (UTC day, pieces of content whose engagement was told, interactions with them); `first_ms` and
    `first_purchase_ms` are -1 before any; `notes` count what had to be clamped; `folded` counts events.
    """

    deeds: dict[str, Tally] = field(default_factory=dict)
    folded: int = 0
    newest_day: int = 0
    first_ms: int = -1
    first_purchase_ms: int = -1
    audience: Audience = NOT_TOLD
    posts: list[tuple[int, int, int]] = field(default_factory=list)
    niches: dict[str, Days] = field(default_factory=dict)
    household: Told = NOBODY
    employer: Told = NOBODY
    country: Told = NOBODY
    notes: dict[str, int] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    related: Related = ALONE

    def works_for(self, staff: frozenset[str]) -> bool:
        """Whether a form or a steward named one of these companies, which are given as tokens."""
        named = self.employer.value
        return (bool(named) and named in staff) or not staff.isdisjoint(self.related.organisations)


def take_in(persona: Persona, event: Event) -> None:
    """Count the event. Days that no score can ask for any more are dropped, so the size is bounded by the history."""
    persona.folded += 1
    at = event.occurred_ms
    persona.first_ms = at if persona.first_ms < 0 else min(at, persona.first_ms)
    if event.is_purchase:
        first = persona.first_purchase_ms
        persona.first_purchase_ms = at if first < 0 else min(at, first)
    if event.audience is not None:
        persona.audience = max(persona.audience, event.audience)
    for name in ("household", "employer", "country"):
        told = getattr(event, name)
        if told:
            setattr(persona, name, max(getattr(persona, name), Told(at, told)))
    for note in event.notes:
        persona.notes[note] = persona.notes.get(note, 0) + 1
    day = day_of(at)
    if _is_kept(persona, day):
        _count(persona, event, day)


def _is_kept(persona: Persona, day: int) -> bool:
    if day > persona.newest_day:
        if day // _SWEEP_DAYS > persona.newest_day // _SWEEP_DAYS:
            _drop_before(persona, day - KEPT_DAYS - _AHEAD_DAYS)
        persona.newest_day = day
        return True
    return day >= persona.newest_day - KEPT_DAYS - _AHEAD_DAYS


def _count(persona: Persona, event: Event, day: int) -> None:
    if event.signature:
        tally = persona.deeds.get(event.signature)
        if tally is None:
            tally = persona.deeds[event.signature] = Tally([], [])
        _add(tally.days, day)
        _remember(tally.newest, (event.occurred_ms, event.event_id))
    for niche in event.niches:
        _add(persona.niches.setdefault(niche, []), day)
    if event.engaged is not None:
        _add_post(persona.posts, day, event.engaged.interactions)


def _add(days: Days, day: int) -> None:
    # Events mostly come in order, so the place is the last or the one behind it.
    if days and days[-1][0] == day:
        days[-1] = (day, days[-1][1] + 1)
    elif not days or days[-1][0] < day:
        days.append((day, 1))
    else:
        place = bisect_left(days, (day, 0))
        if days[place][0] == day:
            days[place] = (day, days[place][1] + 1)
        else:
            days.insert(place, (day, 1))


def _add_post(posts: list[tuple[int, int, int]], day: int, interactions: int) -> None:
    place = bisect_left(posts, (day, 0, 0))
    if place < len(posts) and posts[place][0] == day:
        _, number, sum_of_interactions = posts[place]
        posts[place] = (day, number + 1, sum_of_interactions + interactions)
    else:
        posts.insert(place, (day, 1, interactions))


def _remember(newest: list[tuple[int, str]], entry: tuple[int, str]) -> None:
    if not newest or entry > newest[-1]:
        newest.append(entry)
    else:
        insort(newest, entry)
    if len(newest) > NEWEST_KEPT:
        del newest[0]


def _drop_before(persona: Persona, first: int) -> None:
    for signature, tally in list(persona.deeds.items()):
        if tally.days[-1][0] < first:
            del persona.deeds[signature]
        elif tally.days[0][0] < first:
            tally.days[:] = [entry for entry in tally.days if entry[0] >= first]
            tally.newest[:] = [entry for entry in tally.newest if day_of(entry[0]) >= first]
    for niche, days in list(persona.niches.items()):
        days[:] = [entry for entry in days if entry[0] >= first]
        if not days:
            del persona.niches[niche]
    persona.posts[:] = [entry for entry in persona.posts if entry[0] >= first]
