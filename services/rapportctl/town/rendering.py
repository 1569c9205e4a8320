"""Turns planned steps into interactions."""

from __future__ import annotations

from collections.abc import Callable

from rapport.interactions.v1 import interaction_pb2 as pb
from rapportctl.town import chance
from rapportctl.town.identifiers import SOCIAL, TYPES, untidy
from rapportctl.town.kinds import StepKind
from rapportctl.town.observations import Forms
from rapportctl.town.people import Population
from rapportctl.town.person import Person
from rapportctl.town.plants import Plants
from rapportctl.town.purchases import Shop
from rapportctl.town.schedule import Step
from rapportctl.town.settings import TownSettings
from rapportctl.town.speech import Speech
from rapportctl.town.support import SupportDesk

_SOURCES = {**dict.fromkeys(SOCIAL, "social"), "web_shop": "shop", "email": "mail", "phone": "calls", "store": "till"}
_BITS_OF = tuple(tuple(bit for bit in range(len(TYPES)) if mask >> bit & 1) for mask in range(1 << len(TYPES)))

_Fill = Callable[[pb.Interaction, Person, Step], int | None]
"""Fills in what happened; of a form, says what it means to tell, as a mask of `details`."""


class Renderer:
    """Makes up one interaction per step; steps must come in time order, from the first."""

    def __init__(self, settings: TownSettings, population: Population) -> None:
        self._settings = settings
        self._population = population
        self._draw = draw = chance.draw_of(settings.seed, chance.RENDERING)
        self._start_ms = settings.start_ms
        self._event_ids = f"{settings.seed}-{self._start_ms // 1000:x}"
        self._made = 0
        self._speech = speech = Speech(draw, population, chance.draw_of(settings.seed, chance.ASIDES))
        self._desk = desk = SupportDesk(draw, speech)
        self._plants = Plants(settings)
        forms = Forms(settings, draw)
        shop = Shop(settings, draw)
        self._fill: dict[int, _Fill] = {
            StepKind.COMMENT: speech.comment,
            StepKind.MENTION: speech.mention,
            StepKind.REPLY: speech.reply,
            StepKind.STORY: speech.story,
            StepKind.DIRECT_MESSAGE: speech.direct_message,
            StepKind.LIKE: speech.like,
            StepKind.SHARE: speech.share,
            StepKind.FOLLOW: speech.follow,
            StepKind.UNFOLLOW: speech.unfollow,
            StepKind.REVIEW: speech.review,
            StepKind.REFERRAL: speech.referral,
            StepKind.PURCHASE: shop.purchase,
            StepKind.PURCHASE_RETURN: shop.purchase_return,
            StepKind.SUPPORT_OPEN: desk.opens,
            StepKind.SUPPORT_FOLLOW_UP: desk.follows_up,
            StepKind.SUPPORT_CLOSE: desk.closes,
            StepKind.SURVEY_ANSWER: speech.survey_answer,
            StepKind.BRAND_REPLY: desk.brand_replies,
            StepKind.POST: speech.post,
            StepKind.OBSERVATION: forms.observation,
            StepKind.REGISTRATION: forms.observation,
            StepKind.COMPLAINT: self._complaint,
            StepKind.CRISIS_COMPLAINT: speech.crisis_complaint,
            StepKind.CRISIS_DEFENCE: speech.crisis_defence,
        }

    def interaction(self, step: Step) -> tuple[pb.Interaction, int]:
        """Make up the interaction of a step; if it is a form, with what that means to tell."""
        person = self._population.person(step.person)
        account = person.accounts[step.slot]
        self._made += 1
        interaction = pb.Interaction(event_id=f"{self._event_ids}-{self._made}", source=_SOURCES[account.channel])
        seconds, milliseconds = divmod(self._start_ms + step.at_ms, 1000)
        occurred_at = interaction.occurred_at
        occurred_at.seconds = seconds
        occurred_at.nanos = milliseconds * 1_000_000
        interaction.account.channel = account.channel
        interaction.account.id = account.id
        self._identify(interaction, person, step)
        if step.kind != StepKind.BRAND_REPLY:
            self._speech.figures(interaction, person, step)
        meant = self._fill[step.kind](interaction, person, step)
        return interaction, meant or 0

    def _identify(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        draw, now = self._draw, person.as_of(step.at_ms)
        for place in _BITS_OF[step.bears]:
            identifier = interaction.identifiers.add()
            identifier.type = TYPES[place]
            value = now.identifier(1 << place, step.slot)
            if draw() < self._settings.untidy_share:
                value = untidy(TYPES[place], value, draw)
            identifier.value = value
        self._plants.add(interaction, person, step)

    def _complaint(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        self._speech.complaint(interaction, person, step)
        self._desk.complained(interaction, step)
