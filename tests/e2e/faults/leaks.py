"""Finds people in texts: by e-mail address, phone number, and given with family name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rapportctl.town import PersonTruth

_EMAIL = re.compile(r"[a-z0-9_.+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_PHONE = re.compile(r"\+[0-9](?:[ .\-]?[0-9]){7,14}")


class People:
    """What would give somebody away, of many people."""

    def __init__(self, people: Iterable[PersonTruth]) -> None:
        known = list(people)
        self._marks = {person.email.lower() for person in known} | {person.phone for person in known}
        self._names = {f"{person.given_name} {person.family_name}".lower() for person in known}

    def found_in(self, text: str) -> set[str]:
        """Everything in the text that is somebody's, however it is written."""
        lower = text.lower()
        written = {*_EMAIL.findall(lower), *(re.sub(r"[ .\-]", "", each) for each in _PHONE.findall(lower))}
        return (written & self._marks) | {name for name in self._names if name in lower}
