"""A person's details as forms tell them: parts of the truth, with mistakes."""

from __future__ import annotations

from rapport.interactions.v1 import interaction_pb2 as pb
from rapportctl.town.chance import Draw
from rapportctl.town.identifiers import EMAIL, PHONE
from rapportctl.town.mistakes import mistyped, mistyped_email
from rapportctl.town.people import Person
from rapportctl.town.schedule import Step
from rapportctl.town.settings import TownSettings


class Forms:
    """Has people fill in forms."""

    def __init__(self, settings: TownSettings, draw: Draw) -> None:
        self._settings = settings
        self._draw = draw

    def observation(self, interaction: pb.Interaction, person: Person, step: Step) -> None:
        """Fill in a form: some of name, birth, e-mail, phone and address.

        E-mail (unless mistyped) and phone only where the step bears them as identifiers: a detail alone ties nobody.
        """
        draw, observation = self._draw, interaction.observation
        given_name, family_name, email = person.given_name, person.family_name, person.email
        if draw() < self._settings.mistake_share:
            match int(draw() * 3):
                case 0:
                    given_name = mistyped(given_name, draw)
                case 1:
                    family_name = mistyped(family_name, draw)
                case _:
                    email = mistyped_email(email, draw)
        if draw() < 0.2:
            observation.full_name = f"{given_name} {family_name}"
        else:
            observation.given_name = given_name
            observation.family_name = family_name
        if draw() < 0.6:
            observation.date_of_birth = person.date_of_birth
        if step.bears & EMAIL or email != person.email:
            observation.email = email
        if step.bears & PHONE:
            observation.phone = person.phone
        if draw() < 0.7:
            address = observation.address
            address.lines.append(person.address.line)
            address.postal_code = person.address.postal_code
            address.city = person.address.city
            address.region = person.address.region
            address.country = person.address.country
        observation.language = person.locale.language
