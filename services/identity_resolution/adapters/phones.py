"""Phone numbers in one spelling, by Google's library of numbering plans."""

from __future__ import annotations

import phonenumbers

from identity_resolution.domain.normalise import Normaliser


def phone_normaliser(region: str | None) -> Normaliser:
    """Make the normaliser of phone numbers: E.164 ("+4915112345678"), or None for what no numbering plan knows.

    Numbers without a country code are read as of the region (ISO 3166-1); without a region they are no numbers, since
    the same digits are somebody else's in another country.
    """

    def normalise(value: str) -> str | None:
        try:
            number = phonenumbers.parse(value, region)
        except phonenumbers.NumberParseException:
            return None
        if not phonenumbers.is_valid_number(number):
            return None
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    return normalise


def is_region(region: str) -> bool:
    """Whether numbering plans know the region."""
    return region in phonenumbers.SUPPORTED_REGIONS
