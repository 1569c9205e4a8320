"""What is known of a person, field by field, in the one spelling that comparisons see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from identity_resolution.domain.matching import addresses, contacts
from identity_resolution.domain.matching.dates import iso_date
from identity_resolution.domain.matching.folding import folded, is_junk, words
from identity_resolution.domain.matching.names import person_name, split_name
from identity_resolution.domain.matching.rules import MatchField, default_fields

Details = Mapping[str, tuple[str, ...]]
"""Normalised values by field, newest last, at most `MOST_VALUES` of each."""

MOST_VALUES = 4
FULL_NAME = "full_name"
STREET = "street"
_STANDARD = default_fields()

# Of each kind of comparison: how a folded value is brought to one spelling; empty or None where it says nothing.
_BY_KIND: dict[str, Callable[[str], str | None]] = {
    "given_name": person_name,
    "family_name": person_name,
    "date": iso_date,
    "email": contacts.email,
    "phone": contacts.phone,
    "handle": contacts.handle,
    "code": contacts.code,
    "street": addresses.street,
    "postal_code": addresses.postal_code,
    "place": addresses.place,
    "company": addresses.company,
}
_NAMES = frozenset({"given_name", "family_name", "company", "handle"})
# Junk elsewhere, and yet people's names.
_NAMES_LIKE_JUNK = frozenset({"na", "nan", "xx", "tester", "blank", "void"})


def normalise(
    raw: Iterable[tuple[str, str]], fields: Mapping[str, MatchField] = _STANDARD
) -> dict[str, tuple[str, ...]]:
    """Return the details in raw values of one account, given as (field, value), oldest first.

    Fields are those of the rules, by name or by `source`, and `full_name`, which gives given and family names where
    these are not given themselves. Lines of `street` are joined to one address. Values that say nothing ("unknown",
    "n/a", "-") and fields that the rules do not declare are left out.
    """
    sources = {each.source or name: name for name, each in fields.items()}
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    full_names: list[str] = []
    for source, value in raw:
        text = folded(value)
        name = sources.get(source, "")
        if source == FULL_NAME:
            full_names.append(text)
        elif not name or _says_nothing(text, fields[name].kind):
            continue
        elif fields[name].kind == STREET and name == STREET:
            lines.append(text)
        else:
            _add(found, name, fields[name].kind, text)
    if lines:
        _add(found, STREET, STREET, " ".join(lines))
    for text in full_names:
        _add_full_name(found, fields, text)
    return {name: _bounded(values) for name, values in found.items()}


def merged(old: Details, new: Details) -> Details:
    """Return both together: of each field the newest values, those of `new` last; `old` itself if nothing changes."""
    joined = dict(old)
    for name, values in new.items():
        before = old.get(name, ())
        if not set(values) <= set(before):
            joined[name] = _bounded([*before, *values])
    return old if joined == old else joined


def _says_nothing(text: str, kind: str) -> bool:
    return is_junk(text) and not (kind in _NAMES and text in _NAMES_LIKE_JUNK)


def _add(found: dict[str, list[str]], name: str, kind: str, text: str) -> None:
    normaliser = _BY_KIND.get(kind)
    value = normaliser(text) if normaliser else " ".join(words(text))
    if value:
        found.setdefault(name, []).append(value)


def _add_full_name(found: dict[str, list[str]], fields: Mapping[str, MatchField], text: str) -> None:
    if _says_nothing(text, "given_name"):
        return
    given, family = split_name(text)
    for name, value in (("given_name", given), ("family_name", family)):
        if value and name in fields and name not in found:
            found[name] = [value]


def _bounded(values: list[str]) -> tuple[str, ...]:
    """The newest values, each once, in the order in which they were last seen."""
    return tuple(dict.fromkeys(reversed(values)))[:MOST_VALUES][::-1]
