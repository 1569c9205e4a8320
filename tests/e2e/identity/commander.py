"""People who command: merges, splits, undos, constraints, suggestions, blocked values; on what they see at the moment.

What they see may be outdated when the command is decided, as in life: then it is refused, or does something else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from random import Random

from chassis.ports import Document
from identity_resolution.domain.decisions import suggestion_id
from rapport.identity.v1 import events_pb2 as pb
from tests.e2e.identity.crowd import Crowd

Look = Callable[[str, Collection[str]], dict[str, Document]]
"""Gives the documents of a collection that there are among ids."""


@dataclass(frozen=True, slots=True)
class About:
    """What commands are about: accounts, identifiers and suggestions, by key and id."""

    accounts: Sequence[str]
    identifiers: Sequence[str]
    suggestions: Sequence[str]


class Commander:
    """Makes commands. `ids` tell them from those of others."""

    def __init__(self, about: About, look: Look, random: Random, ids: str = "c") -> None:
        self._about = about
        self._look = look
        self._random = random
        self._ids = ids
        self.given: list[pb.Command] = []
        self._acts: Sequence[Callable[[pb.Command], None]] = (
            *(2 * [self._merge, self._split]),
            *(3 * [self._undo]),
            *(self._must_link, self._cannot_link, self._remove_constraint, self._decide_suggestion),
            *(self._reevaluate, self._block, self._relate, self._unrelate, self._mistake),
        )

    @classmethod
    def of(cls, crowd: Crowd, look: Look, random: Random, ids: str = "c") -> Commander:
        """One who commands about the staffed people of a crowd."""
        accounts = [account for person in crowd.staffed for account in person]
        identifiers = sorted({key for account, key in crowd.links if account in set(accounts)})
        unsure = [suggestion_id(*pair) for pair in crowd.unsure if set(pair) <= set(accounts)]
        return cls(About(accounts, identifiers, unsure), look, random, ids)

    def command(self) -> pb.Command:
        """Another command, or now and then one that was given before."""
        if self.given and self._random.random() < 0.08:
            return self._random.choice(self.given)
        command = pb.Command(request_id=f"{self._ids}{len(self.given)}", owner="staff 7", reason="said so on the phone")
        self._random.choice(self._acts)(command)
        self.given.append(command)
        return command

    # -- what they see

    def _customers(self, count: int) -> list[str]:
        """Ids of up to so many different customers."""
        memberships = self._look("memberships", self._some(3 * count))
        return sorted({each["customer"] for each in memberships.values()})[:count]

    def _some(self, count: int) -> list[str]:
        return self._random.sample(self._about.accounts, min(count, len(self._about.accounts)))

    def _members(self, customer: str) -> list[str]:
        memberships = self._look("memberships", self._about.accounts)
        return sorted(key for key, each in memberships.items() if each["customer"] == customer)

    def _known(self, count: int) -> list[str]:
        """Accounts that are known, up to so many."""
        return sorted(self._look("memberships", self._some(3 * count)))[:count]

    def _outcomes(self) -> list[Document]:
        ids = [each.request_id for each in self.given[-60:]]
        return [document for _, document in sorted(self._look("outcomes", ids).items())]

    # -- what they say

    def _merge(self, command: pb.Command) -> None:
        command.merge.customer_ids.extend(self._customers(self._random.choice([2, 2, 3])))

    def _split(self, command: pb.Command) -> None:
        for customer in self._customers(6):
            members = self._members(customer)
            if len(members) > 1:
                break
        else:
            return self._mistake(command)
        command.split.customer_id = customer
        command.split.account_keys.extend(self._random.sample(members, self._random.randint(1, len(members) - 1)))
        return None

    def _undo(self, command: pb.Command) -> None:
        decisions = [each["decision"] for each in self._outcomes() if each["decision"]]
        moved = self._look("memberships", self._known(4)).values()
        decisions += [each["decision"] for each in moved if each["decision"]]
        command.undo.decision_id = self._random.choice(decisions) if decisions else "none"
        if self._random.random() < 0.3:
            command.undo.account_keys.extend(self._known(2))

    def _must_link(self, command: pb.Command) -> None:
        command.add_constraint.kind = pb.CONSTRAINT_KIND_MUST_LINK
        command.add_constraint.account_keys.extend(self._known(self._random.choice([2, 2, 3])))

    def _cannot_link(self, command: pb.Command) -> None:
        command.add_constraint.kind = pb.CONSTRAINT_KIND_CANNOT_LINK
        command.add_constraint.account_keys.extend(self._known(2))
        if self._random.random() < 0.3:
            command.add_constraint.expire_time.FromSeconds(1)

    def _remove_constraint(self, command: pb.Command) -> None:
        made = [each["made"] for each in self._outcomes() if each["made"]]
        command.remove_constraint.constraint_id = self._random.choice(made) if made else "none"

    def _decide_suggestion(self, command: pb.Command) -> None:
        command.decide_suggestion.suggestion_id = self._random.choice(self._about.suggestions or ["none"])
        command.decide_suggestion.accepted = self._random.random() < 0.5

    def _reevaluate(self, command: pb.Command) -> None:
        command.reevaluate.customer_ids.extend(self._customers(3))

    def _block(self, command: pb.Command) -> None:
        command.block_identifier.identifier_key = self._random.choice(self._about.identifiers)
        command.block_identifier.unblock = self._random.random() < 0.5

    def _relate(self, command: pb.Command) -> None:
        one, other = [*self._known(2), "x:nobody", "x:nobody"][:2]
        command.add_relationship.kind = pb.RELATIONSHIP_KIND_HOUSEHOLD
        command.add_relationship.account_key = one
        command.add_relationship.other_account_key = other

    def _unrelate(self, command: pb.Command) -> None:
        made = [each["made"] for each in self._outcomes() if each["made"]]
        command.remove_relationship.relationship_id = self._random.choice(made) if made else "none"

    def _mistake(self, command: pb.Command) -> None:
        command.merge.customer_ids.extend(["nobody", "nobody else"])
