"""What advocacy scoring costs: an event that is folded, a customer that is computed, a score that is explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import process_time

from advocacy_scoring.adapters import sentiment, traces
from advocacy_scoring.adapters.codec import personas as persona_codec
from advocacy_scoring.adapters.interactions import InteractionReader
from advocacy_scoring.adapters.parties import Parties
from advocacy_scoring.application.folding import DeedFolding
from advocacy_scoring.config import DEFAULT_RULES, read_rules
from advocacy_scoring.domain.advice import advice
from advocacy_scoring.domain.forecast import next_change
from advocacy_scoring.domain.gathering import gather
from advocacy_scoring.domain.persona import Persona
from advocacy_scoring.domain.score import evaluate_deeds
from chassis.records import ReadRecord
from rapport.common.v1.common_pb2 import Origin
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapportctl.town import Town, TownSettings

PEOPLE = 500
DAYS = 90
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU microseconds of one, the least of a few rounds, and of how many it was measured."""

    what: str
    number: int
    microseconds: float


def measure_advocacy() -> list[Cost]:
    """Measure in this process, without a broker and a store, over a season of the simulator's town."""
    records = _records()
    rules = read_rules(DEFAULT_RULES).value
    accounts = _folded(records)
    kept = list(accounts.items())
    codec = persona_codec()
    part = codec.new("x:y")
    stored = []
    for _, part.state in kept:
        stored.append(codec.document(part))
    day = max(persona.newest_day for persona in accounts.values()) + 1

    def score(account: str, persona: Persona, *, explain: bool) -> object:
        own = {account: persona}
        deeds = gather(rules, own)
        found = evaluate_deeds(rules, "", own, day, deeds=deeds)
        return advice(rules, deeds, found) if explain else next_change(rules, deeds, found)

    return [
        _cost("an event read and folded", len(records), lambda: _folded(records)),
        _cost("a persona read from the store", len(stored), lambda: [codec.state(each) for each in stored]),
        _cost("a score computed, with its forecast", len(kept), lambda: [score(*each, explain=False) for each in kept]),
        _cost("a score explained, with advice", len(kept), lambda: [score(*each, explain=True) for each in kept]),
    ]


def costs_table(costs: list[Cost]) -> str:
    """The costs as Markdown."""
    rows = ["| advocacy scoring | measured | CPU µs each |", "|---|---|---|"]
    rows += [f"| {each.what} | {each.number:,} | {each.microseconds:,.1f} |" for each in costs]
    return "\n".join(rows) + "\n"


def _cost(what: str, number: int, work: Callable[[], object]) -> Cost:
    least = float("inf")
    for _ in range(ROUNDS):
        started = process_time()
        work()
        least = min(least, process_time() - started)
    return Cost(what, number, 1e6 * least / max(1, number))


def _records() -> list[ReadRecord]:
    records: list[ReadRecord] = []
    for event in Town(TownSettings(people=PEOPLE, duration=timedelta(days=DAYS))).events(tally=False):
        if event.interaction is None or event.repeats:
            continue
        key = event.account_key
        origin = Origin(epoch=1, topic="interactions", offset=len(records))
        value = IdentifiedInteraction(interaction=event.interaction, account_key=key, origin=origin)
        records.append(ReadRecord("t", 0, len(records), 0, key.encode(), value.SerializeToString()))
    return records


def _folded(records: list[ReadRecord]) -> dict[str, Persona]:
    rules = read_rules(DEFAULT_RULES).value
    sentiment.judge.cache_clear()
    reader = InteractionReader(lambda: rules, sentiment.judge, Parties(b"a key for measurements"))
    folding = DeedFolding(traces.document)
    accounts: dict[str, Persona] = {}
    for record in records:
        entry = reader(record)
        if entry is not None:
            folding.fold(accounts.setdefault(entry.member, Persona()), entry)
            folding.row(entry)
    return accounts
