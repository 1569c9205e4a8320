"""Who is meant by a referral, and where somebody lives and works: as keyed hashes, never in the clear."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import phonenumbers

from chassis.pseudonym import Pseudonymizer
from rapport.interactions.v1.interaction_pb2 import Identifier, Observation, Referral


class Parties:
    """Makes tokens of addresses, companies and referred people. Safe for threads."""

    def __init__(self, key: bytes) -> None:
        self._hash = Pseudonymizer(key).hash

    def observed(self, form: Observation) -> tuple[str, str, str]:
        """Tokens of household and company, and the country, as far as a form tells them; empty where it does not.

        A household is a postal code and the first line of an address: people of one house of flats without flat numbers
        count as one.
        """
        address = form.address
        household = ""
        if address.postal_code and address.lines:
            household = self._hash(f"home {_folded(address.postal_code)} {_folded(address.lines[0])}")
        country = address.country.upper()
        return household, self.company(form.company), country if len(country) == 2 and country.isalpha() else ""

    def company(self, name: str) -> str:
        """The token of a company's name; empty for none."""
        folded = _folded(name)
        return self._hash(f"company {folded}") if folded else ""

    def companies(self, names: Iterable[str]) -> frozenset[str]:
        """The tokens of several companies."""
        return frozenset(self.company(name) for name in names)

    def referred(self, referral: Referral, channel: str = "") -> str:
        """The token of whom a referral on the channel names; empty where that cannot be used."""
        return self._identified(referral.referred, channel)

    def shown(self, identifiers: Iterable[Identifier], channel: str) -> tuple[str, ...]:
        """The tokens of the identifiers that an interaction on the channel bears."""
        return tuple(filter(None, (self._identified(each, channel) for each in identifiers)))

    def _identified(self, identifier: Identifier, channel: str) -> str:
        """The type, a colon, a keyed hash; of an e-mail address or a phone number the key of the account that it is.

        Those two are normalised as identity resolution does it with account ids. Numbers without a country code are
        nobody's; a handle is somebody's on its channel only.
        """
        kind, value = identifier.type, identifier.value
        if kind == "email":
            return f"email:{self._hash(unicodedata.normalize('NFKC', value).strip().lower())}" if "@" in value else ""
        if kind == "phone":
            return self._phone(value)
        folded = _folded(value)
        if not folded or not kind:
            return ""
        if kind == "handle":
            folded = f"{channel}/{folded.removeprefix('@')}"
        return f"{kind}:{self._hash(f'{kind} {folded}')}"

    def _phone(self, value: str) -> str:
        try:
            number = phonenumbers.parse(value, None)
        except phonenumbers.NumberParseException:
            return ""
        return f"phone:{self._hash(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))}"


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
