"""Identifiers that are nobody's own: junk, and the numbers that staff and systems put where a customer's belongs."""

from __future__ import annotations

from rapport.interactions.v1 import interaction_pb2 as pb
from rapportctl.town import chance
from rapportctl.town.identifiers import PLANTED, SOCIAL
from rapportctl.town.kinds import StepKind
from rapportctl.town.person import Person
from rapportctl.town.schedule import Step
from rapportctl.town.settings import TownSettings

CALL_CENTRE = "+442079460999"
FLOOD = "crm-import-4711"

_PEOPLE_PER_STORE = 2000


def till_phone(store: int) -> str:
    """Give a store's own phone number; of a hundred stores they differ."""
    return f"+4420794600{store % 100:02d}"


class Plants:
    """Adds identifiers to interactions."""

    def __init__(self, settings: TownSettings) -> None:
        self._settings = settings
        self._draw = chance.draw_of(settings.seed, chance.PLANTS)

    def add(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Add what is planted into this one."""
        draw, settings = self._draw, self._settings
        if draw() < settings.junk_share:
            _bear(interaction, *PLANTED[int(draw() * len(PLANTED))])
        chances = draw()
        if step.kind == StepKind.PURCHASE and interaction.account.channel == "store":
            if chances < settings.till_share:
                _bear(interaction, "phone", till_phone(person.number // _PEOPLE_PER_STORE))
        elif step.kind in (StepKind.SUPPORT_OPEN, StepKind.SUPPORT_FOLLOW_UP) and chances < settings.call_centre_share:
            _bear(interaction, "phone", CALL_CENTRE)
        if draw() < settings.flood_share:
            _bear(interaction, "external_id", FLOOD)
        if person.agency and step.kind == StepKind.REGISTRATION and interaction.account.channel in SOCIAL:
            _bear(interaction, "email", person.agency)


def _bear(interaction: pb.Interaction, kind: str, value: str) -> None:
    identifier = interaction.identifiers.add()
    identifier.type, identifier.value = kind, value
