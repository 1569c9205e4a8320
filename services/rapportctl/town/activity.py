"""What each person does when, and where the accounts show that they belong together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from operator import attrgetter

from rapportctl.town import chance
from rapportctl.town.chance import Draw
from rapportctl.town.identifiers import DEVICE, EMAIL, HANDLE, PHONE, SOCIAL, bears, ties_between
from rapportctl.town.kinds import LIGHT, WHAT_PEOPLE_DO, StepKind
from rapportctl.town.people import Population
from rapportctl.town.person import Person
from rapportctl.town.schedule import Schedule, Step
from rapportctl.town.settings import TownSettings

_MINUTE = 60_000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR

_LEAST_OF_MEAN, _MOST_OF_MEAN = 0.289, 50
"""Of `chance.heavy_tail`: bounds that give a mean of one."""


@dataclass(slots=True)
class _Planned:
    at: int
    slot: int
    kind: int
    bears: int = 0
    returns_later: bool = False


def schedule_of(settings: TownSettings, population: Population) -> Schedule:
    """Plan the whole town."""
    schedule = Schedule(settings.duration_ms)
    planner = _Planner(settings)
    for person in population:
        draw = chance.draw_of(settings.seed, chance.ACTIVITY, person.number)
        for step in planner.plan(person, draw):
            schedule.add(Step(step.at, person.number, step.slot, step.kind, step.bears, step.returns_later))
    return schedule


def crisis_start_ms(settings: TownSettings) -> int:
    """Give the moment the crisis begins, in milliseconds since the town's start."""
    days = settings.duration_ms // _DAY
    return (2 * days // 3 if settings.crisis_day is None else settings.crisis_day) * _DAY


class _Planner:
    def __init__(self, settings: TownSettings) -> None:
        self._settings = settings
        self._duration = settings.duration_ms
        self._mean = settings.events_per_day * settings.duration_ms / _DAY
        self._ties = cache(lambda one, other: ties_between(one, other, settings.tying_types))

    def plan(self, person: Person, draw: Draw) -> list[_Planned]:
        """Plan one person's steps, in time order."""
        wanted = chance.heavy_tail(draw, self._mean * _LEAST_OF_MEAN, self._mean * _MOST_OF_MEAN)
        steps: list[_Planned] = []
        slots = len(person.accounts)
        while len(steps) < wanted:
            slot = 0 if draw() < 0.5 else int(draw() * slots)
            self._begin(steps, person, slot, draw)
        for slot in range(slots):
            # Two of a person's own: one before anything ties the account to others, one that does.
            own = sum(step.slot == slot and step.kind != StepKind.BRAND_REPLY for step in steps)
            for _ in range(2 - own):
                self._begin(steps, person, slot, draw)
        steps.sort(key=attrgetter("at"))
        self._tie(steps, person, draw)
        self._crisis(steps, person, draw)
        return steps

    def _begin(self, steps: list[_Planned], person: Person, slot: int, draw: Draw) -> None:
        """Plan one step and what follows from it."""
        table = WHAT_PEOPLE_DO[person.accounts[slot].channel]
        step = _Planned(self._moment(draw), slot, table[int(draw() * len(table))])
        steps.append(step)
        if step.kind == StepKind.PURCHASE:
            if draw() < self._settings.return_share:
                window = min(14 * _DAY, self._duration - step.at - 1)
                if window > 0:
                    step.returns_later = True
                    steps.append(_Planned(step.at + 1 + int(draw() * window), slot, StepKind.PURCHASE_RETURN))
        elif step.kind == StepKind.SUPPORT_OPEN:
            self._converse(steps, step, draw)
        elif step.kind == StepKind.COMPLAINT and draw() < 0.7:
            self._later(steps, step, StepKind.BRAND_REPLY, _answer_time(draw))

    def _converse(self, steps: list[_Planned], opened: _Planned, draw: Draw) -> None:
        after = _answer_time(draw)
        self._later(steps, opened, StepKind.BRAND_REPLY, after)
        if draw() < 0.5:
            after += 1 + int(draw() * 8 * _HOUR)
            self._later(steps, opened, StepKind.SUPPORT_FOLLOW_UP, after)
            after += _answer_time(draw)
            self._later(steps, opened, StepKind.BRAND_REPLY, after)
        if draw() < 0.5:
            self._later(steps, opened, StepKind.SUPPORT_CLOSE, after + 1 + int(draw() * 24 * _HOUR))

    def _later(self, steps: list[_Planned], first: _Planned, kind: StepKind, after: int) -> None:
        if first.at + after < self._duration:
            steps.append(_Planned(first.at + after, first.slot, kind))

    def _moment(self, draw: Draw) -> int:
        """Draw a time: any day, more often by day than by night."""
        at = int(draw() * self._duration)
        if self._duration < _DAY:
            return at
        by_day = at // _DAY * _DAY + 4 * _HOUR + int((draw() + draw()) * 10 * _HOUR)
        return by_day if by_day < self._duration else at

    def _tie(self, steps: list[_Planned], person: Person, draw: Draw) -> None:
        """Let accounts bear, after their first step, identifiers that connect them as a random tree."""
        slots = len(person.accounts)
        bears = [0] * slots
        opens: set[int] = set()
        for slot in range(1, slots):
            if slot == person.separate:
                continue
            other = int(draw() * slot)
            bit = self._bit(person, slot, other, draw)
            bears[slot] |= bit
            bears[other] |= bit
            if not bit:
                opens |= {slot, other}
        self._share(person, bears, opens, draw)
        by_slot = attrgetter("slot")
        for slot, grouped in groupby(sorted(steps, key=by_slot), key=by_slot):
            own = [step for step in grouped if step.kind != StepKind.BRAND_REPLY]
            if bears[slot]:
                _bear(own, bears[slot], draw)
            if person.accounts[slot].channel in SOCIAL:
                _show_handles(own, person, bears[slot], draw)
            if slot in opens:
                at = own[0].at + 1 + int(draw() * (self._duration - own[0].at - 1))
                shown = bears[slot] & person.held_by_others & (EMAIL | PHONE)
                steps.append(_Planned(min(at, self._duration - 1), slot, StepKind.REGISTRATION, shown))

    def _bit(self, person: Person, slot: int, other: int, draw: Draw) -> int:
        """Draw what ties two accounts: an identifier type, or 0 for nothing but what forms tell."""
        settings, how = self._settings, draw()
        one, another = person.accounts[slot].channel, person.accounts[other].channel
        table = self._ties(one, another)
        bit = table[int(draw() * len(table))]
        if how < settings.details_only_share:
            return 0
        if how < settings.details_only_share + settings.weak_share and bears(one) & bears(another) & DEVICE:
            return DEVICE
        return table[0] if bit == HANDLE and not person.same_handle else bit

    def _share(self, person: Person, shown: list[int], opens: set[int], draw: Draw) -> None:
        """Let accounts bear what somebody else holds too, and fill in a form, without which nothing tells them apart.

        The id of an e-mail or phone account says as much as an identifier; an agency's address is added in `plants`.
        """
        for slot, account in enumerate(person.accounts):
            if slot == person.separate:
                continue
            for bit in (EMAIL, PHONE, DEVICE):
                if person.held_by_others & bit & bears(account.channel) and draw() < 0.5:
                    shown[slot] |= bit
            implied = {"email": EMAIL, "phone": PHONE}.get(account.channel, 0)
            if (shown[slot] | implied) & person.held_by_others or (person.agency and account.channel in SOCIAL):
                opens.add(slot)

    def _crisis(self, steps: list[_Planned], person: Person, draw: Draw) -> None:
        """Let the person take part in the crisis: a complaint, or a word for the brand."""
        social = [slot for slot, account in enumerate(person.accounts) if account.channel in SOCIAL]
        if not social or draw() >= self._settings.crisis_share:
            return
        start = crisis_start_ms(self._settings)
        at = start + int(draw() * draw() * min(_DAY, self._duration - start))
        kind = StepKind.CRISIS_DEFENCE if draw() < 0.1 else StepKind.CRISIS_COMPLAINT
        steps.append(_Planned(at, social[0], kind))


def _answer_time(draw: Draw) -> int:
    """Draw how long the brand takes to answer: minutes to hours, mostly within one."""
    return 2 * _MINUTE + chance.heavy_tail(draw, 10 * _MINUTE, 20 * _HOUR)


def _bear(own: list[_Planned], bears: int, draw: Draw) -> None:
    """Let one step after the first bear the identifiers, and some of those that follow."""
    place = 1 + int(draw() * (len(own) - 1))
    if own[place].kind in LIGHT:
        own[place].kind = StepKind.DIRECT_MESSAGE
    own[place].bears |= bears
    for step in own[place + 1 :]:
        if step.kind not in LIGHT and draw() < 0.4:
            step.bears |= bears


def _show_handles(own: list[_Planned], person: Person, bears: int, draw: Draw) -> None:
    """Let steps bear the account's handle; one that ties accounts is shown only once another step has."""
    shown = not person.same_handle or own[0].slot == person.separate
    for step in own:
        shown = shown or bool(step.bears & bears & HANDLE)
        if shown and draw() < 0.3:
            step.bears |= HANDLE
