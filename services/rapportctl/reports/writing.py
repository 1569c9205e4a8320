"""Writes the report about a trained model: JSON for scripts, Markdown for people, pictures for both."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from rapportctl.bits import probability
from rapportctl.reports.figures import ModelFigures, PairFigures
from rapportctl.reports.pictures import draw


def write_report(figures: ModelFigures, folder: Path, source: str) -> list[Path]:
    """Write `report.json`, `report.md` and the pictures into the folder, which is made; returns what was written.

    `source` names the table that the model was trained on. Raises `RapportctlError` as `draw` does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = draw(figures, folder)
    data, words = folder / "report.json", folder / "report.md"
    data.write_text(json.dumps(asdict(figures), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    words.write_text(markdown(figures, source, [path.name for path in pictures]), encoding="utf-8")
    return [data, words, *pictures]


def markdown(figures: ModelFigures, source: str, pictures: Sequence[str]) -> str:
    """The report in words and tables."""
    parts = [
        f"# Matching model {figures.version}",
        f"Trained on `{source}`: {figures.records:,} records, {figures.pairs:,} pairs compared, "
        f"{figures.iterations} rounds of expectation maximisation, without looking at any truth.",
        f"Two records taken at random are one person's with odds of 2^{figures.prior:.1f} (the prior). Of all pairs "
        f"{figures.expected_matches:,.0f} are expected to be one person's.",
        "## Thresholds",
        "What the model expects of the pairs at each weight or above. `precision` is the mean of their probabilities, "
        "`found` the share of all expected matches among them; pairs that meet by no blocking key are in neither.",
        _table(
            ("weight in bits", "probability", "pairs", "expected precision", "found", ""),
            (
                (
                    f"{each.weight:+.1f}",
                    f"{probability(each.weight):.4f}",
                    f"{each.pairs:,}",
                    f"{each.precision:.4f}",
                    f"{each.found:.4f}",
                    _named(figures, each.weight),
                )
                for each in figures.thresholds
            ),
        ),
        "## Match weights",
        "`m` is how often a level is seen of two records of one person, `u` of two people; the weight is log2(m / u).",
        _table(
            ("field", "level", "m", "u", "weight in bits"),
            (
                (field.name, level.level, f"{level.m:.4f}", f"{level.u:.2e}", f"{level.weight:+.2f}")
                for field in figures.fields
                for level in field.levels
            ),
        ),
        "## Pairs",
        *(_pair(pair) for pair in figures.examples),
        "## Pictures",
        *(f"![{name.removesuffix('.png')}]({name})" for name in pictures),
    ]
    return "\n\n".join(parts) + "\n"


def _pair(pair: PairFigures) -> str:
    steps = [("prior", "", f"{pair.prior:+.2f}")]
    steps += [(step.field, step.level, f"{step.weight:+.2f}") for step in pair.steps]
    steps.append(("**weight**", f"probability {probability(pair.weight):.4f}", f"**{pair.weight:+.2f}**"))
    return f"{pair.title}:\n\n" + _table(("field", "level", "bits"), steps)


def _named(figures: ModelFigures, weight: float) -> str:
    return {figures.link: "link", figures.suggest: "suggest"}.get(weight, "")


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
