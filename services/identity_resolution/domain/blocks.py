"""Blocks: the accounts that share a key, and so are compared with each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Block:
    """The accounts of one key, in the order in which they came.

    A key that more accounts have than a block may hold is too common to tell: its block is closed for good, and never
    changes again.
    """

    accounts: list[str] = field(default_factory=list)
    is_closed: bool = False

    def add_all(self, accounts: Iterable[str], most: int) -> bool:
        """Take accounts in, in this order, and close where there are more than `most`; False where nothing changes."""
        before = len(self.accounts), self.is_closed
        for account in accounts:
            if self.is_closed:
                break
            if account not in self.accounts:
                self.is_closed = len(self.accounts) >= most
                if not self.is_closed:
                    self.accounts.append(account)
        return (len(self.accounts), self.is_closed) != before

    def remove_all(self, accounts: Collection[str]) -> bool:
        """Take accounts out; False where none of them was in. One that is closed stays so, as the key is too common."""
        rest = [each for each in self.accounts if each not in accounts]
        is_changed = len(rest) < len(self.accounts)
        self.accounts = rest
        return is_changed

    def seen_by(self, account: str) -> Sequence[str]:
        """The accounts that this one is to be compared with: all others, but those before it only once closed.

        So an account that comes while a block fills sees the same ones however many come with it, and again after a
        crash. One that is not in sees nobody.
        """
        accounts = self.accounts
        if accounts and accounts[-1] == account:
            return accounts[:-1]
        if account not in accounts:
            return ()
        place = accounts.index(account)
        return accounts[:place] if self.is_closed else accounts[:place] + accounts[place + 1 :]
