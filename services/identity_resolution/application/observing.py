"""Observing: what accounts newly show of the person is kept, and weighed against accounts that may be the same one's.

The order is what keeps it right: an account's details are kept first, then the account is put into its blocks, and then
it is compared with those that it finds there. So of two that come at once, wherever, one sees the other. What the log
is told of a pair is noted with both accounts before it is told, so that whichever changes next knows what to correct.
Everything may be done again: it adds nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, Protocol

from identity_resolution.domain.blocks import Block
from identity_resolution.domain.evidence import Pair
from identity_resolution.domain.judging import NEVER, Judge, Met
from identity_resolution.domain.known import Known
from identity_resolution.domain.matching.blocking import keys
from identity_resolution.domain.matching.details import Details, merged
from identity_resolution.domain.matching.rules import MatchingRules, contradicting

AT_ONCE = 4_000
"""Accounts whose blocks are in memory at the same time: up to 24 blocks each, of up to 50 accounts."""
MOST_CANDIDATES = 20
"""Accounts that one is compared with at once because of its details: those with which it shares the most keys."""
MOST_BY_ONE_KEY = 3
FEW_KEYS = 3
"""Of these, accounts with which it shares one key alone, though it has more than a few: those in the smallest blocks.

The more accounts there are, the more meet by chance, and nearly all of them so."""
MOST_IDENTIFIERS = 50
"""Identifiers of an account by which it meets others; the newest."""


class DetailsStore(Protocol):
    """Keeps what is known of accounts. Calls raise `Unavailable` when the store does not answer."""

    def show(self, shown: Mapping[str, Details]) -> Mapping[str, Known]:
        """Add details to accounts; all that is known of each, then. What others add at the same time is not lost."""

    def load(self, accounts: Collection[str]) -> Mapping[str, Known]:
        """What is known of these accounts, and maybe of others too; nothing is known of those that are missing."""

    def tell(self, told: Mapping[str, Mapping[str, float]]) -> Mapping[str, Known]:
        """Note, by account, the weights of its pairs that the log is told, by other account; what is known, then."""


class Blocks(Protocol):
    """Keeps blocks. Calls raise `Unavailable` when the store does not answer."""

    def add(self, members: Mapping[str, Collection[str]]) -> Mapping[str, Block]:
        """Put accounts into blocks, by key; each block as it is, then."""


class Shown(NamedTuple):
    """What an account shows that is new: details, and identifiers by which it is to meet others.

    With new details these are all identifiers that it has shown, since others may contradict the details. `told` has by
    other account the weight that evidence of this account told last.
    """

    account: str
    details: Details
    identifiers: Sequence[str] = ()
    told: Mapping[str, float] = {}


class Observer:
    """Keeps details, and finds the pairs of accounts that the log must be told of."""

    def __init__(self, rules: MatchingRules, judge: Judge, details: DetailsStore, blocks: Blocks) -> None:
        self._rules = rules
        self._judge = judge
        self._details = details
        self._blocks = blocks
        self._personal = contradicting(rules.fields)

    def observe(self, shown: Sequence[Shown]) -> list[tuple[Pair, ...]]:
        """Take in what accounts show, in this order; for each the pairs that the log is to be told of with it.

        Of two accounts among them, the later one tells of the pair. An account that shows something several times is
        compared once, when its first turn comes, with all that it shows.
        """
        pairs: dict[str, tuple[Pair, ...]] = {}
        rest = iter(_turns(shown).items())
        while turns := dict(islice(rest, AT_ONCE)):
            known = self._details.show({account: turn.details for account, turn in turns.items()})
            self._meet(turns, known)
            met = {account: _Meeting(turn.others, turn.told) for account, turn in turns.items()}
            pairs.update(self._judged(met, known))
        return [pairs.pop(each.account, ()) for each in shown]

    def overtaken(self, told: Mapping[str, Sequence[Pair]]) -> dict[str, tuple[Pair, ...]]:
        """By account, pairs of which the log was just told, to be told again as they are now; nothing where none are.

        Those are pairs of which the other account told while this one did: both noted it, and whichever noted it last
        may have told it first. So an account that has told something looks whether its note still stands.
        """
        accounts = {*told, *(pair.other for pairs in told.values() for pair in pairs)}
        known = self._details.load(accounts) if accounts else {}
        met: dict[str, _Meeting] = {}
        for account, pairs in told.items():
            # A note may have been forgotten, as there are bounds.
            others = {
                pair.other: NEVER
                for pair in pairs
                if not {known[account].told.get(pair.other), known[pair.other].told.get(account)} <= {None, pair.weight}
            }
            if others:
                met[account] = _Meeting(others, {})
        return self._judged(met, known)

    def _judged(self, met: Mapping[str, _Meeting], known: Mapping[str, Known]) -> dict[str, tuple[Pair, ...]]:
        """The pairs to tell of, by account; they are noted.

        Where details have changed until a pair was noted, it is judged again: whoever changed them may have noted it
        before, and knew better.
        """
        accounts = {*met, *(other for meeting in met.values() for other in meeting.others)}
        others = self._details.load(accounts - known.keys())
        used = {account: each for account in accounts if (each := known.get(account) or others.get(account))}
        judged: dict[str, dict[str, Pair]] = {account: {} for account in met}
        while met:
            new: dict[str, list[Pair]] = {}
            for account, meeting in met.items():
                found = [Met(other, used[other], enough) for other, enough in meeting.others.items() if other in used]
                new[account] = self._judge.pairs(account, used[account], found, meeting.told)
                judged[account].update((pair.other, pair) for pair in new[account])
            changed = self._note(new, used)
            met = {account: _of_changed(account, pairs, changed) for account, pairs in new.items()} if changed else {}
        return {account: tuple(pairs.values()) for account, pairs in judged.items()}

    def _note(self, pairs: Mapping[str, Sequence[Pair]], used: dict[str, Known]) -> set[str]:
        """Note with both accounts of each pair what the log is about to be told; those whose details have changed.

        `used` is what is known of the accounts, and brought up to date.
        """
        told: dict[str, dict[str, float]] = {}
        for account, its_pairs in pairs.items():
            for pair in its_pairs:
                told.setdefault(account, {})[pair.other] = pair.weight
                told.setdefault(pair.other, {})[account] = pair.weight
        now = self._details.tell(told) if told else {}
        changed = {account for account in told if now[account].details != used[account].details}
        used.update((account, now[account]) for account in told)
        return changed

    def _meet(self, turns: Mapping[str, _Turn], known: Mapping[str, Known]) -> None:
        """Put the accounts into their blocks, and give to each turn the accounts to compare with."""
        members: dict[str, list[str]] = {}
        for account, turn in turns.items():
            self._find_keys(turn, known[account])
            for key in (*turn.keys, *turn.identifiers):
                members.setdefault(key, []).append(account)
        blocks = self._blocks.add(members)
        waiting = dict.fromkeys(turns)
        for account, turn in turns.items():
            del waiting[account]
            for other, enough in self._others(account, turn, known[account], blocks):
                if other in waiting:
                    turns[other].meet(account, enough)
                else:
                    turn.meet(other, enough)

    def _find_keys(self, turn: _Turn, known: Known) -> None:
        """Only personal details contradict an identifier: without any, nobody needs to be met by one."""
        turn.keys = keys(known.details, self._rules) if turn.details else ()
        has_personal = not self._personal.isdisjoint(known.details)
        turn.identifiers = turn.identifiers[-MOST_IDENTIFIERS:] if has_personal else []

    def _others(
        self, account: str, turn: _Turn, known: Known, blocks: Mapping[str, Block]
    ) -> Iterable[tuple[str, float]]:
        """Accounts to compare with, and of each what its personal fields must weigh to let a tie by identifier hold."""
        for other in _candidates([blocks[key].seen_by(account) for key in turn.keys]):
            yield other, NEVER
        if turn.details:
            for other in (*known.told, *turn.told):
                yield other, NEVER
        for identifier in turn.identifiers:
            enough = self._judge.enough(identifier)
            for other in blocks[identifier].seen_by(account):
                yield other, enough


class _Meeting(NamedTuple):
    """Whom an account is compared with, as in `_Turn`, and what it told last."""

    others: Mapping[str, float]
    told: Mapping[str, float]


def _of_changed(account: str, pairs: Iterable[Pair], changed: set[str]) -> _Meeting:
    """The pairs of which one account has changed; what is told of them is told in any case."""
    return _Meeting({pair.other: NEVER for pair in pairs if not changed.isdisjoint((account, pair.other))}, {})


@dataclass(slots=True)
class _Turn:
    """What one account shows in a batch, and whom it is compared with.

    `others` has the accounts with what the personal fields must weigh at least, for a tie by identifier to hold.
    """

    details: Details
    identifiers: list[str]
    told: Mapping[str, float]
    keys: Sequence[str] = ()
    others: dict[str, float] = field(default_factory=dict)

    def meet(self, other: str, enough: float) -> None:
        """Compare with the other account, too."""
        if enough > self.others.get(other, NEVER) or other not in self.others:
            self.others[other] = enough


def _candidates(seen: Sequence[Sequence[str]]) -> Iterable[str]:
    """Whom to compare with, given the accounts of each key."""
    met: Counter[str] = Counter()
    for accounts in sorted(seen, key=len):
        met.update(accounts)
    if len(seen) > FEW_KEYS:
        by_one = [other for other, keys_shared in met.items() if keys_shared == 1]
        for other in by_one[MOST_BY_ONE_KEY:]:
            del met[other]
    return [other for other, _ in met.most_common(MOST_CANDIDATES)]


def _turns(shown: Iterable[Shown]) -> dict[str, _Turn]:
    """What each account shows, in the order in which their first turns come."""
    turns: dict[str, _Turn] = {}
    for account, details, identifiers, told in shown:
        turn = turns.get(account)
        if turn is None:
            turns[account] = _Turn(details, list(identifiers), told)
        else:
            turn.details = merged(turn.details, details)
            turn.identifiers += [each for each in identifiers if each not in turn.identifiers]
    return turns
