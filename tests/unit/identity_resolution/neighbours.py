"""Accounts with details, what observes them, and what the log was told last of each pair."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from chassis.memory.documents import MemoryDocuments
from identity_resolution.adapters.blocks import BlocksInMemory, StoredBlocks
from identity_resolution.adapters.details import DetailsInMemory, StoredDetails
from identity_resolution.application.observing import Blocks, DetailsStore, Observer, Shown
from identity_resolution.config import make_observer
from identity_resolution.domain.account import NO_DETAILS, Account, admit
from identity_resolution.domain.evidence import Pair
from identity_resolution.domain.matching.details import Details, normalise
from identity_resolution.domain.matching.model import default_model
from identity_resolution.domain.rules import IdentityRules
from tests.unit.identity_resolution.world import RULES

ANN = {"given_name": "Ann", "family_name": "Smithers", "date_of_birth": "1980-02-03", "city": "Leeds"}
BOB = {"given_name": "Bob", "family_name": "Smithers", "date_of_birth": "1951-07-19", "city": "Leeds"}


def details(**raw: str) -> Details:
    """Normalised details."""
    return normalise(raw.items(), RULES.matching.fields)


def shown(account: str, raw: Mapping[str, str] | None = None, *identifiers: str, **more: str) -> Shown:
    """What an account shows for the first time."""
    return Shown(account, details(**{**(raw or {}), **more}), identifiers)


def with_bound(candidates_per_key: int) -> IdentityRules:
    """The rules, with blocks of that many accounts."""
    return replace(RULES, matching=replace(RULES.matching, candidates_per_key=candidates_per_key))


@dataclass
class Neighbourhood:
    """An observer with a model that nobody trained, and all that the log was told: of each pair the last word."""

    rules: IdentityRules = RULES
    is_stored: bool = False
    details: DetailsStore = field(init=False)
    blocks: Blocks = field(init=False)
    observer: Observer = field(init=False)
    told: dict[frozenset[str], Pair] = field(default_factory=dict)
    stores: tuple[MemoryDocuments, MemoryDocuments] = field(
        default_factory=lambda: (MemoryDocuments(), MemoryDocuments())
    )

    def __post_init__(self) -> None:
        """Make the ports, over documents or in memory."""
        most = self.rules.matching.candidates_per_key
        if self.is_stored:
            self.details = StoredDetails(self.stores[0])
            self.blocks = StoredBlocks(self.stores[1], lambda key: f"hash of {hash(key)}", most)
        else:
            self.details, self.blocks = DetailsInMemory(), BlocksInMemory(most)
        self.observer = make_observer(self.rules, self.details, self.blocks, default_model(self.rules.matching))

    def observe(self, *batch: Shown) -> list[tuple[Pair, ...]]:
        """Have a batch observed."""
        told = self.observer.observe(batch)
        for each, pairs in zip(batch, told, strict=True):
            self.told.update((frozenset({each.account, pair.other}), pair) for pair in pairs)
        return told

    def others(self, *batch: Shown) -> list[set[str]]:
        """Have a batch observed; of which accounts the log was told with each."""
        return [{pair.other for pair in pairs} for pairs in self.observe(*batch)]

    def weights(self) -> dict[frozenset[str], float]:
        """What the log knows of the pairs."""
        return {pair: told.weight for pair, told in self.told.items()}


class Memories:
    """What admission remembers of accounts, so that only what is new is shown."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self._events = 0

    def new(self, account: str, shown: Details = NO_DETAILS, identifiers: Collection[str] = ()) -> Iterator[Shown]:
        """What of this is to be observed: nothing, where nothing is new or matters."""
        memory = self.accounts.setdefault(account, Account(account))
        self._events += 1
        event = str(self._events)
        verdict = admit(
            memory, event, self._events << 8, tuple(identifiers), shown, ignored_values=0, bounds=RULES.intake
        )
        if verdict.news is not None and memory.details:
            by = list(memory.shown) if verdict.news.details else verdict.news.identifiers
            yield Shown(account, verdict.news.details, by, memory.told)

    def tell(self, batch: Sequence[Shown], told: Iterable[Sequence[Pair]]) -> None:
        """Remember what was told."""
        for each, pairs in zip(batch, told, strict=True):
            self.accounts[each.account].tell({pair.other: pair.weight for pair in pairs})


def batches(log: Sequence[Shown], random: Random) -> Iterator[Sequence[Shown]]:
    """The log in batches of any size."""
    start = 0
    while start < len(log):
        size = random.randint(1, 6)
        yield log[start : start + size]
        start += size
