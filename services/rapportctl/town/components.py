"""Which accounts show the same identifiers: plain union-find over what interactions bear."""

from __future__ import annotations

from collections.abc import Iterator, Set

from rapportctl.town.identifiers import is_blocked, normalised


class Components:
    """Joins accounts that bear the same identifier, unless its value is blocked."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._bearers: dict[tuple[str, str], str | set[str]] = {}

    def bears(self, account: str, kind: str, value: str) -> None:
        """Take in that an account bore an identifier."""
        if is_blocked(value):
            return
        identifier = kind, normalised(kind, value)
        known = self._bearers.setdefault(identifier, account)
        if known == account:
            return
        if isinstance(known, str):
            self._bearers[identifier] = {known, account}
            self._join(known, account)
        elif account not in known:
            self._join(next(iter(known)), account)
            known.add(account)

    def _join(self, account: str, another: str) -> None:
        one, other = self.root(account), self.root(another)
        self._parents[max(one, other)] = min(one, other)

    def root(self, account: str) -> str:
        """Name the component by its least account. An account that nothing was said of is alone."""
        parents = self._parents
        root = account
        while (parent := parents.get(root, root)) != root:
            root = parent
        while account != root:
            following = parents[account]
            parents[account] = root
            account = following
        return root

    def borne_by_several(self) -> Iterator[tuple[str, str, Set[str]]]:
        """Give type, value and accounts of each identifier that more than one account bore."""
        for (kind, value), bearers in self._bearers.items():
            if not isinstance(bearers, str):
                yield kind, value, bearers
