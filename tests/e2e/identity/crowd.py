"""People with several accounts, and all that is shown of them: what ties each, what they share, what is junk.

Everything follows from the seed, so that it is known who is one person: `people`. It is shown in any order and by
any producer; who is one person must not depend on that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from rapport.identity.v1 import events_pb2 as pb

TYPES = ("email", "phone", "cookie", "external_id", "device")
CHANNELS = ("instagram", "web_shop", "store", "tiktok")
ACCOUNTS_OF_PERSON = (1, 1, 2, 2, 3, 3, 4, 6)
VALUES_OF_TYPE = 4
"""Values of one type that a person shows at most: no more than the rules allow a customer."""
SHOWN_ANYWAY = (0, 1, 1, 2)
"""Identifiers that an account shows besides those that tie it."""
BY_MATCH = 0.2
"""Accounts that are tied to their person's others by their likeness."""
REPEATED = 0.05
MODEL = "crowd"
LIKE, UNSURE, UNLIKE = 14.0, 3.0, -6.0
TWO_PEOPLE = -25.0


@dataclass(frozen=True, slots=True)
class Shares:
    """What the people of a crowd share though they are different people, in shares of them, and how junk is spread.

    `households` show one phone and have dates of birth; `rivals` show one device and have loyalty numbers; `namesakes`
    show one e-mail address and contradict each other; `unsure` may be one by their details. `junk` values are shown by
    `junk_accounts` accounts each, whoever they belong to; the staffed have values of their own.
    """

    households: float = 0.1
    rivals: float = 0.06
    namesakes: float = 0.06
    unsure: float = 0.06
    junk: int = 4
    junk_accounts: int = 120


@dataclass(slots=True)
class Crowd:
    """People, and the evidence that there is of them, in an order of the dice; people command about the `staffed`."""

    number: int
    seed: int
    shares: Shares = field(default_factory=Shares)
    staffed_share: float = 0.2
    people: list[tuple[str, ...]] = field(default_factory=list)
    evidence: list[pb.Evidence] = field(default_factory=list)
    unsure: list[tuple[str, str]] = field(default_factory=list)
    _shown: dict[str, list[pb.Evidence]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make everything."""
        random = Random(self.seed)
        self.people = [self._person(random, number) for number in range(self.number)]
        self._share(random)
        self._spread_junk(random)
        for entries in self._shown.values():
            self.evidence += _gathered(random, entries)
        self.evidence += random.sample(self.evidence, int(len(self.evidence) * REPEATED))
        random.shuffle(self.evidence)
        for number, entry in enumerate(self.evidence):
            entry.event_id = entry.event_id or f"e{number}"

    @property
    def plain(self) -> Sequence[tuple[str, ...]]:
        """The people about whom nobody commands anything: evidence alone says who is one."""
        return self.people[: self.number - int(self.number * self.staffed_share)]

    @property
    def staffed(self) -> Sequence[tuple[str, ...]]:
        """The people about whom commands are given."""
        return self.people[len(self.plain) :]

    @property
    def links(self) -> set[tuple[str, str]]:
        """All claims: account and identifier."""
        return {(each.account_key, claim.key) for each in self.evidence for claim in each.claims}

    def parts(self, count: int) -> list[list[pb.Evidence]]:
        """The evidence, dealt out to so many producers."""
        return [self.evidence[number::count] for number in range(count)]

    def _person(self, random: Random, number: int) -> tuple[str, ...]:
        """Accounts that hang together: each shows what one before it shows, or is like it."""
        accounts = tuple(f"{random.choice(CHANNELS)}:{number}-{n}" for n in range(random.choice(ACCOUNTS_OF_PERSON)))
        values = [f"{type_}:h_{number}-{n}" for type_ in TYPES for n in range(VALUES_OF_TYPE)]
        shown: dict[str, set[str]] = {}
        for place, account in enumerate(accounts):
            shown[account] = set(random.sample(values, random.choice(SHOWN_ANYWAY)))
            self._shown[account] = []
            if place and random.random() < BY_MATCH:
                self._like(account, random.choice(accounts[:place]), LIKE, 6.0)
            elif place:
                other, value = random.choice(accounts[:place]), random.choice(values)
                shown[account].add(value)
                shown[other].add(value)
        for account, identifiers in shown.items():
            for identifier in sorted(identifiers):
                self._claim(account, identifier)
            if not identifiers:
                self._shown[account].append(pb.Evidence(account_key=account))
        return accounts

    def _share(self, random: Random) -> None:
        """Have neighbours share things: each person shares at most with one other."""
        shares = self.shares
        odds = (shares.households, shares.rivals, shares.namesakes, shares.unsure)
        kinds = (self._be_household, self._be_rivals, self._be_namesakes, self._be_unsure)
        for groups in (self.plain, self.staffed):
            for one, other in zip(groups[::2], groups[1::2], strict=False):
                (kind,) = random.choices([*kinds, None], [*(2 * each for each in odds), max(0.0, 1 - 2 * sum(odds))])
                if kind is not None:
                    kind(random, one, other)

    def _be_household(self, random: Random, one: Sequence[str], other: Sequence[str]) -> None:
        for name, person in (("a", one), ("b", other)):
            token = ".".join(f"{one[0]}{name}{part}" for part in "ymd")
            for account in person:
                exclusive = pb.ExclusiveValue(field="date_of_birth", token=token)
                self._shown[account].append(pb.Evidence(account_key=account, exclusives=[exclusive]))
            for account in random.sample(person, min(2, len(person))):
                self._claim(account, f"phone:h_home-{one[0]}")

    def _be_rivals(self, random: Random, one: Sequence[str], other: Sequence[str]) -> None:
        for person in (one, other):
            for account in person:
                self._claim(account, f"loyalty_number:h_{person[0]}")
            self._claim(random.choice(person), f"device:h_till-{one[0]}")

    def _be_namesakes(self, random: Random, one: Sequence[str], other: Sequence[str]) -> None:
        self._claim(one[0], f"email:h_both-{one[0]}")
        self._claim(other[0], f"email:h_both-{one[0]}")
        account, another = random.sample([one[0], other[0]], 2)
        self._like(account, another, UNLIKE, TWO_PEOPLE)

    def _be_unsure(self, random: Random, one: Sequence[str], other: Sequence[str]) -> None:
        pair = random.choice(one), random.choice(other)
        self._like(*pair, UNSURE, 0.5)
        self.unsure.append(pair)

    def _spread_junk(self, random: Random) -> None:
        for name, people in (("plain", self.plain), ("staffed", self.staffed)):
            accounts = [account for person in people for account in person]
            for number in range(self.shares.junk):
                for account in random.sample(accounts, min(len(accounts), self.shares.junk_accounts)):
                    self._claim(account, f"email:h_junk-{name}-{number}")

    def _claim(self, account: str, identifier: str) -> None:
        claim = pb.IdentifierClaim(type=identifier.partition(":")[0], key=identifier)
        self._shown[account].append(pb.Evidence(account_key=account, claims=[claim]))

    def _like(self, account: str, other: str, weight: float, personal: float) -> None:
        fields = [pb.FieldWeight(field="given_name", level="exact", weight=personal)]
        fields.append(pb.FieldWeight(field="street", level="close", weight=weight - personal))
        pair = pb.PairEvidence(
            other_account_key=other, weight=weight, personal_weight=personal, fields=fields, model_version=MODEL
        )
        self._shown[account].append(pb.Evidence(account_key=account, pairs=[pair]))


def _gathered(random: Random, entries: list[pb.Evidence]) -> list[pb.Evidence]:
    """What an account shows, one or several things at a time."""
    random.shuffle(entries)
    gathered: list[pb.Evidence] = []
    for entry in entries:
        if gathered and random.random() < 0.3:
            gathered[-1].MergeFrom(entry)
        else:
            gathered.append(entry)
    return gathered
