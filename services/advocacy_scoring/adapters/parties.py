"""Who is meant by a referral, and where somebody lives and works: as keyed hashes, never in the clear."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import phonenumbers

from chassis.pseudonym import Pseudonymizer
from rapport.interactions.v1.interaction_pb2 import Observation, Referral


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

    def referred(self, referral: Referral) -> str:
        """The key of the account that a referral names by an e-mail address or a phone number; empty for others.

        Normalised as identity resolution does it with account ids. Numbers without a country code are nobody's.
        """
        value = referral.referred.value
        if referral.referred.type == "email" and "@" in value:
            return f"email:{self._hash(unicodedata.normalize('NFKC', value).strip().lower())}"
        if referral.referred.type == "phone":
            try:
                number = phonenumbers.parse(value, None)
            except phonenumbers.NumberParseException:
                return ""
            written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            return f"phone:{self._hash(written)}"
        return ""


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
