"""How well gaming is told from honest talk, and how well sentiment is judged: `python -m tests.quality.advocacy`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from time import perf_counter

import click

from advocacy_scoring.adapters.interactions import InteractionReader
from advocacy_scoring.adapters.likeness import copies
from advocacy_scoring.adapters.parties import Parties
from advocacy_scoring.adapters.sentiment import judge
from advocacy_scoring.config import DEFAULT_RULES, read_rules
from advocacy_scoring.domain.persona import Trace
from advocacy_scoring.domain.sweep import Seen, suspects
from chassis.records import ReadRecord
from rapport.common.v1.common_pb2 import Origin
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapportctl.town import Town, TownSettings
from rapportctl.town.gaming import KINDS as PLANTED
from rapportctl.town.words import PHRASES, PRODUCTS, Mood
from tests.quality.gamers import KINDS, Gamers
from tests.quality.neighbours import Neighbours

RULES = read_rules(DEFAULT_RULES).value
SEEDS = (1, 2, 3)
GROUPS = 12
COVERS = (0.0, 0.2, 0.4)
_MOODS = {
    "positive": (Mood.PRAISE, Mood.THANKS, Mood.SOLVED, Mood.DEFENCE),
    "negative": (Mood.COMPLAINT, Mood.DETRACTION, Mood.OUTAGE),
}


@click.command()
@click.option("--people", type=click.IntRange(100), default=2000, show_default=True, help="Honest people.")
def main(people: int) -> None:
    """Print the figures of docs/quality.md about advocacy, as Markdown."""
    click.echo(report(people))


def report(people: int = 2000) -> str:
    """All figures, as Markdown."""
    return "\n\n".join(
        (
            "### Gaming: false alarms among honest people",
            _table(("honest people", "accounts", "traces", "suspected", "share", "seconds"), honest(people)),
            "### Gaming: how many of those planted are caught",
            _table(("talk that covers it", *KINDS, "honest suspected"), planted(people)),
            _table(("talk", *PLANTED, "honest suspected"), town_planted(people)),
            "### Sentiment without a label",
            _table(("language", "texts", "judged", "right of judged", "right of all", "confidence"), sentiment()),
        )
    )


def honest(people: int) -> Iterator[Sequence[object]]:
    """The simulator's town, and neighbours who talk to each other."""
    town = Town(TownSettings(people=people, duration=timedelta(days=30)))
    yield "the simulator's town", *_alarms(list(town_traces(town)))
    for seed in SEEDS:
        yield f"neighbours, seed {seed}", *_alarms(list(Neighbours(people, seed).traces(0)))
    yield "close-knit neighbours (80 % within)", *_alarms(list(Neighbours(people, 1, closeness=8.0).traces(0)))


def planted(people: int) -> Iterator[Sequence[object]]:
    """Groups of each kind among neighbours, by how much they hide: the share of their accounts that is found."""
    for cover in COVERS:
        caught: Counter[str] = Counter()
        there: Counter[str] = Counter()
        for seed in SEEDS:
            neighbours = Neighbours(people, seed)
            talk = list(neighbours.traces(0))
            gamers = Gamers(seed, 0, sorted({trace.account for trace in talk if trace.post}), cover)
            traces = [*talk, *gamers.traces(GROUPS)]
            found = suspects(RULES, traces, _seen(traces, gamers.first_ms), copies).accounts()
            for kind, accounts in gamers.truth.items():
                there[kind] += len(accounts)
                caught[kind] += len(accounts & found)
            there["honest"] += people
            caught["honest"] += len(found & set(neighbours.names))
        rates = [f"{100 * caught[kind] / there[kind]:.1f} %" for kind in KINDS]
        yield f"{100 * cover:.0f} %", *rates, f"{100 * caught['honest'] / there['honest']:.2f} %"


def sentiment() -> Iterator[Sequence[object]]:
    """The simulator's phrases, whose mood is known, without their labels."""
    for language, phrases in PHRASES.items():
        judged = right = texts = 0
        bases: set[str] = set()
        for word, moods in _MOODS.items():
            for mood in moods:
                for text in (phrase.replace("{}", product) for phrase in phrases[mood] for product in PRODUCTS):
                    texts += 1
                    answer = judge(text, language, 0)
                    judged += bool(answer.sentiment)
                    right += answer.sentiment == word
                    bases.add(answer.basis)
        basis = "text" if "text" in bases else "none: no emoji in them"
        yield language, texts, judged, _share(right, judged), _share(right, texts), basis


def town_planted(people: int) -> Iterator[Sequence[object]]:
    """The gamers that the simulator plants in its own town, and what else is suspected there."""
    town = Town(TownSettings(people=people, duration=timedelta(days=30), gaming_share=0.1))
    caught, there = town_caught(town)
    yield "planted in the simulator's town", *(_percent(caught[kind], there[kind]) for kind in (*PLANTED, "honest"))


def town_caught(town: Town) -> tuple[Counter[str], Counter[str]]:
    """How many of the town's people are suspected, and how many there are, by how they game ("honest": they do not)."""
    traces = list(town_traces(town))
    found = suspects(RULES, traces, _seen(traces, {}), copies).accounts()
    caught: Counter[str] = Counter()
    there: Counter[str] = Counter()
    for person in town.truth().persons:
        kind = person.games or "honest"
        there[kind] += 1
        caught[kind] += not found.isdisjoint(person.accounts)
    return caught, there


def town_traces(town: Town) -> Iterator[Trace]:
    """What the service would compare of the town's events."""
    reader = InteractionReader(lambda: RULES, judge, Parties(b"a key for measurements"))
    for event in town.events():
        interaction, key = event.interaction, event.account_key
        if interaction is None or event.repeats:
            continue
        origin = Origin(epoch=1, topic="interactions")
        value = IdentifiedInteraction(interaction=interaction, account_key=key, origin=origin).SerializeToString()
        entry = reader(ReadRecord("t", 0, 0, 0, key.encode(), value))
        if entry is not None and entry.event.trace is not None and entry.event.trace.signature:
            yield entry.event.trace


def _alarms(traces: list[Trace]) -> tuple[object, ...]:
    started = perf_counter()
    found = suspects(RULES, traces, _seen(traces, {}), copies).accounts()
    seconds = perf_counter() - started
    accounts = {trace.account for trace in traces}
    return len(accounts), len(traces), len(found), f"{100 * len(found) / len(accounts):.2f} %", f"{seconds:.2f}"


def _seen(traces: Iterable[Trace], new: dict[str, int]) -> Seen:
    return Seen({trace.account: -(1 << 50) for trace in traces} | new, {}, frozenset())


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


if __name__ == "__main__":
    main()
