"""Forms as interactions bear them: a person's details, with mistakes."""

from __future__ import annotations

from rapport.interactions.v1 import interaction_pb2 as pb
from rapportctl.town.chance import Draw
from rapportctl.town.details import Details
from rapportctl.town.identifiers import EMAIL, PHONE
from rapportctl.town.kinds import StepKind
from rapportctl.town.person import Person
from rapportctl.town.schedule import Step
from rapportctl.town.settings import TownSettings

_OF_THE_PERSON = ("given_name", "family_name", "full_name", "date_of_birth", "email", "company", "language")
_OF_THE_ADDRESS = ("postal_code", "city", "region", "country")


class Forms:
    """Has people fill in forms."""

    def __init__(self, settings: TownSettings, draw: Draw) -> None:
        self._details = Details(settings, draw)
        self._draw = draw

    def observation(self, interaction: pb.Interaction, person: Person, step: Step) -> int:
        """Fill in a form, and return what it means to tell, as a mask of `details`.

        One in five has one field for the whole name. E-mail (unless mistyped) and phone only where the step bears them
        as identifiers: nothing is told that the town does not mean to tie accounts by.
        """
        form = self._details.form(person, step.at_ms, opens=step.kind == StepKind.REGISTRATION)
        told, observation, now = form.told, interaction.observation, person.as_of(step.at_ms)
        if self._draw() < 0.2 and "given_name" in told and "family_name" in told:
            told["full_name"] = now.locale.full_name(told.pop("given_name"), told.pop("family_name"))
        for field in _OF_THE_PERSON:
            if field in told:
                setattr(observation, field, told[field])
        if step.bears & EMAIL and "email" not in told:
            observation.email = now.email
        if step.bears & PHONE:
            observation.phone = now.phone
        if "street" in told:
            observation.address.lines.append(told["street"])
        for field in _OF_THE_ADDRESS:
            if field in told:
                setattr(observation.address, field, told[field])
        return form.meant
