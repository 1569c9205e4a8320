"""The places that people come from."""

from rapportctl.town.chance import spread
from rapportctl.town.locales.locale import Locale, read, unaccented

__all__ = ["LOCALES", "LOCALE_TABLE", "Locale", "unaccented"]

_HOUSEHOLDS = {
    "GB": 18,
    "DE": 14,
    "FR": 12,
    "ES": 10,
    "IT": 10,
    "BR": 10,
    "PL": 5,
    "TR": 5,
    "JP": 4,
    "VN": 4,
    "KR": 3,
    "EG": 3,
    "IL": 2,
}
"""Of a hundred."""

LOCALES = tuple(read(country) for country in _HOUSEHOLDS)
LOCALE_TABLE = spread(*enumerate(_HOUSEHOLDS.values()))
"""Places in `LOCALES`, to draw from."""
