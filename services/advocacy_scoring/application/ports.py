"""What the handlers need of the world beside the chassis' ports."""

from __future__ import annotations

from typing import Protocol

from advocacy_scoring.domain.rules import Rules


class RulesInForce(Protocol):
    """The rules that hold now. They change while processes run."""

    def refresh(self) -> None:
        """Look whether others hold by now, unless that was done a moment ago. Raises `Unavailable`.

        A handler does so before each batch: a store that is away must not look like a record that nobody can read.
        """

    def now(self) -> tuple[Rules, str, frozenset[str]]:
        """The rules, their version, and the tokens of the companies whose people are staff. Asks nobody."""
