"""Values of which a person has only one, as tokens that can be compared and tell nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from identity_resolution.domain.keys import Hash
from identity_resolution.domain.matching.details import Details
from identity_resolution.domain.matching.rules import MatchField

DATE = "date"


class ExclusiveValues:
    """Makes tokens of those fields of details among `conflicts`, which also names types of identifiers.

    A date's token has the keyed hashes of year, month and day, joined by dots, so that it can be told how many of them
    agree; month and day are hashed alike, so that two which were swapped are seen. Any other value has one hash.
    """

    def __init__(self, conflicts: Collection[str], fields: Mapping[str, MatchField], hashed: Hash) -> None:
        self._is_date = {name: fields[name].kind == DATE for name in conflicts if name in fields}
        self._hash = hashed

    def tokens(self, details: Details) -> tuple[tuple[str, str], ...]:
        """Field and token of each value in the details of which a person has only one."""
        return tuple(
            (name, self._token(name, value, is_date=is_date))
            for name, is_date in self._is_date.items()
            for value in details.get(name, ())
        )

    def _token(self, name: str, value: str, *, is_date: bool) -> str:
        if not is_date:
            return self._hash(f"{name}/{value}")
        year, month, day = value.split("-")
        parts = (f"{name}.year/{year}", f"{name}.part/{month}", f"{name}.part/{day}")
        return ".".join(map(self._hash, parts))
