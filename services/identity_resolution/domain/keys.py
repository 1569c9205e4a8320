"""Keys of accounts and identifiers: what stands for a person's values everywhere behind the intake."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from identity_resolution.domain.normalise import Normaliser, folded
from identity_resolution.domain.rules import Blocked, IdentityRules

REMEMBERED_VALUES = 65_536
_BLOCKED = "the rules block it, as it stands for nobody"
CHANNEL = re.compile(r"[a-z0-9_]{1,32}")

Hash = Callable[[str], str]
"""A keyed hash: equal values meet, and without the key nobody can try values out."""


class UnusableValue(ValueError):
    """A value that ties nothing: the rules block it, or it is no value of its type."""


class Keys:
    """Makes keys by the rules. Values that it has seen lately are remembered in memory, for both are dear.

    A scoped identifier's value is hashed as "channel/value", and may be written so by whoever knows the channel: a shop
    that knows its customer's name on Instagram says "instagram/joe".
    """

    def __init__(self, rules: IdentityRules, normalisers: Mapping[str, Normaliser], hashed: Hash) -> None:
        self.types = rules.identifiers
        """The types of identifiers that the rules declare."""
        self.personal_channels = rules.channels
        """Channels whose account ids are personal, with the type of identifier that such an id is in itself."""
        self._normalisers = {name: normalisers[kind.normaliser] for name, kind in rules.identifiers.items()}
        self._blocked = {name: _blocker(rules.blocked, kind.blocked) for name, kind in rules.identifiers.items()}
        self._blocked_anywhere = _blocker(rules.blocked)
        self._literals = rules.blocked.literals
        self._hash = hashed
        self.is_blocked = lru_cache(maxsize=REMEMBERED_VALUES)(self._is_blocked)
        self.claim = lru_cache(maxsize=REMEMBERED_VALUES)(self._claim)
        self.personal_account = lru_cache(maxsize=REMEMBERED_VALUES)(self._personal_account)

    def account(self, channel: str, id_: str) -> str:
        """Return the account's key: "channel:id", with a keyed hash where the id is personal."""
        if channel in self.personal_channels:
            return self.personal_account(channel, id_)
        return f"{channel}:{id_}"

    def identifier(self, type_: str, value: str, channel: str = "") -> str:
        """Return the identifier's key: its type and a keyed hash of its normalised value.

        Raises `UnusableValue`, without the value in its text, and KeyError for a type that the rules do not declare.
        """
        if self.types[type_].scope != "channel":
            return f"{type_}:{self._hash(self._normalised(type_, value))}"
        named, slash, rest = value.strip().partition("/")
        if slash and rest and CHANNEL.fullmatch(named):
            channel, value = named, rest
        normalised = self._normalised(type_, value)
        if not channel:
            raise UnusableValue('it is written "channel/value", as the same value means another in another channel')
        return f"{type_}:{self._hash(f'{channel}/{normalised}')}"

    def blocked(self) -> frozenset[str]:
        """Return the keys that blocked literals would have: a value blocked only now ties nothing that it tied before.

        Not of types that count within a channel, nor what patterns block: of those only the hash of the value is known.
        """
        return frozenset(
            f"{type_}:{self._hash(value)}"
            for type_, kind in self.types.items()
            if kind.scope != "channel"
            for literal in (*self._literals, *kind.blocked.literals)
            if (value := self._normalisers[type_](literal)) is not None
        )

    def _normalised(self, type_: str, value: str) -> str:
        """Return the value's one spelling; blocked values are looked for before and after it is found."""
        is_blocked = self._blocked[type_]
        if is_blocked(folded(value)):
            raise UnusableValue(_BLOCKED)
        normalised = self._normalisers[type_](value)
        if normalised is None:
            raise UnusableValue(f"it is no {type_}")
        if is_blocked(normalised.casefold()):
            raise UnusableValue(_BLOCKED)
        return normalised

    def _is_blocked(self, name: str, value: str) -> bool:
        """Whether a value stands for nobody, as an identifier or a detail of that name; `is_blocked` has a memory."""
        return self._blocked.get(name, self._blocked_anywhere)(folded(value))

    def _claim(self, type_: str, value: str, channel: str) -> str | None:
        """Return the identifier's key, or None for a value that ties nothing; `claim` is this, with a memory."""
        try:
            return self.identifier(type_, value, channel)
        except UnusableValue:
            return None

    def _personal_account(self, channel: str, id_: str) -> str:
        # An id that is no value of its type is still somebody's: its account is kept, and ties nothing.
        normalised = self._normalisers[self.personal_channels[channel]](id_) or folded(id_)
        return f"{channel}:{self._hash(normalised)}"


def _blocker(*lists: Blocked) -> Callable[[str], bool]:
    literals = frozenset(folded(literal) for blocked in lists for literal in blocked.literals)
    patterns = [re.compile(pattern, re.IGNORECASE) for blocked in lists for pattern in blocked.patterns]

    def is_blocked(value: str) -> bool:
        return not value or value in literals or any(pattern.fullmatch(value) for pattern in patterns)

    return is_blocked
