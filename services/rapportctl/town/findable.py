"""Which accounts of a person show that they belong together, so that a system can be asked to find it out.

Two accounts of a person are findable together if, over all that they do in the town's time,

1. both show one identifier that no account of anybody else shows: an e-mail address, phone number, loyalty number,
   user id, cookie, device or external id, unless it is blocked. The id of an e-mail or phone account counts as one, and
   so do the e-mail address and phone number of a form. Handles do not: they are good within one channel only; or
2. forms of both mean to tell the given name and at least two of the same family name, the date of birth, and the same
   address (a street with a postal code or a city), be it with mistakes, nicknames or names swapped, but not with junk;
   what was told before a move or a marriage is not the same as what was told after it; or
3. there is an account of the person with which either is findable together.

An account that is findable with no other shows nothing that a system could go by: it is left out when recall is
measured, and so is any pair that is not findable together. Precision leaves nothing out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import combinations

from rapportctl.town.details import ADDRESS, ADDRESS_BEFORE, BIRTH, FAMILY, FAMILY_BEFORE, GIVEN

_KINDS = (FAMILY | FAMILY_BEFORE, BIRTH, ADDRESS | ADDRESS_BEFORE)


def related(one: int, other: int) -> bool:
    """Say whether what two accounts' forms mean to tell is enough to find them by; masks of `details`."""
    both = one & other
    return bool(both & GIVEN) and sum(bool(both & kind) for kind in _KINDS) >= 2


def groups(accounts: Sequence[str], tied: Iterable[Set[str]], meant: Mapping[str, int]) -> list[list[str]]:
    """Part a person's accounts into groups that are findable together, leaving out what is findable with nothing.

    `tied`: accounts that show an identifier which is the person's alone; `meant`: what the forms of accounts tell.
    """
    group_of = {account: {account} for account in accounts}
    ties = [tuple(each) for each in tied]
    ties += [pair for pair in combinations(accounts, 2) if related(meant.get(pair[0], 0), meant.get(pair[1], 0))]
    for first, *others in ties:
        for other in others:
            if group_of[first] is not group_of[other]:
                group_of[first] |= group_of[other]
                for account in group_of[other]:
                    group_of[account] = group_of[first]
    distinct = {id(group): sorted(group) for group in group_of.values() if len(group) > 1}
    return sorted(distinct.values())
