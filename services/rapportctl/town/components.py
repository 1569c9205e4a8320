"""Which accounts are one customer: plain union-find over what interactions bear."""

from __future__ import annotations

from rapportctl.town.identifiers import is_blocked, normalised


class Components:
    """Joins accounts that bear the same identifier, unless its value is blocked."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}
        self._first_bearers: dict[tuple[str, str], str] = {}

    def bears(self, account: str, kind: str, value: str) -> None:
        """Take in that an account bore an identifier."""
        if is_blocked(value):
            return
        bearer = self._first_bearers.setdefault((kind, normalised(kind, value)), account)
        if bearer != account:
            one, other = self.root(bearer), self.root(account)
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
