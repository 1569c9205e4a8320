"""Pictures of a trained model, drawn with matplotlib: an extra, which only who wants pictures needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rapportctl.errors import RapportctlError
from rapportctl.reports.figures import ModelFigures, PairFigures

FORMATS = ("png", "svg")
_FOR, _AGAINST, _NEUTRAL, _MARK = "#2f7d5b", "#b3432f", "#8a8f98", "#1f4e8c"
_DOTS = 110


def draw(figures: ModelFigures, folder: Path) -> list[Path]:
    """Write all pictures into the folder, each as PNG and SVG; returns the PNG files.

    Raises `RapportctlError` where matplotlib is not installed.
    """
    plots = matplotlib_pyplot()
    drawings: list[tuple[str, Callable[[Any], Any]]] = [
        ("match-weights", lambda plots: _match_weights(plots, figures)),
        ("m-and-u", lambda plots: _m_and_u(plots, figures)),
        ("scores", lambda plots: _scores(plots, figures)),
        *(
            (f"pair-{number}", lambda plots, pair=pair: _waterfall(plots, pair))
            for number, pair in enumerate(figures.examples, start=1)
        ),
    ]
    paths: list[Path] = []
    for name, drawing in drawings:
        picture = drawing(plots)
        for form in FORMATS:
            # A date would make each run's picture another file.
            picture.savefig(folder / f"{name}.{form}", dpi=_DOTS, metadata={"Date": None} if form == "svg" else None)
        plots.close(picture)
        paths.append(folder / f"{name}.png")
    return paths


def matplotlib_pyplot() -> Any:  # noqa: ANN401 - matplotlib is not among what must be installed
    """What draws. Raises `RapportctlError` where matplotlib is not installed."""
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra

        mpl.use("Agg")
        mpl.rcParams["svg.hashsalt"] = "rapport"
        from matplotlib import pyplot  # noqa: PLC0415 - an extra, after the choice of how to draw
    except ImportError:
        raise RapportctlError("pictures need matplotlib: pip install 'rapport[reports]'") from None
    return pyplot


def _match_weights(plots: Any, figures: ModelFigures) -> Any:  # noqa: ANN401 - matplotlib's
    """Bars of bits: how much each level of each field speaks for or against one person."""
    rows = [(field.name, level) for field in figures.fields for level in field.levels]
    picture, axes = plots.subplots(figsize=(9, 0.8 + 0.24 * len(rows)), layout="constrained")
    weights = [level.weight for _, level in rows]
    axes.barh(range(len(rows)), weights, color=[_FOR if weight >= 0 else _AGAINST for weight in weights])
    _label_rows(axes, [f"{name}: {level.level}" for name, level in rows])
    for place, weight in enumerate(weights):
        axes.annotate(f"{weight:+.1f}", (weight, place), fontsize=7, va="center", ha="left" if weight >= 0 else "right")
    axes.axvline(0, color="black", linewidth=0.8)
    axes.margins(x=0.08)
    axes.set_xlabel("match weight in bits: log2(m / u)")
    axes.set_title(f"Match weights by level (prior {figures.prior:+.1f} bits)")
    return picture


def _m_and_u(plots: Any, figures: ModelFigures) -> Any:  # noqa: ANN401 - matplotlib's
    """Two bars a level: how often it is seen of one person's records, and of two people's."""
    rows = [(field.name, level) for field in figures.fields for level in field.levels]
    picture, (left, right) = plots.subplots(
        1, 2, figsize=(10, 0.8 + 0.24 * len(rows)), layout="constrained", sharey=True
    )
    left.barh(range(len(rows)), [level.m for _, level in rows], color=_FOR)
    right.barh(range(len(rows)), [level.u for _, level in rows], color=_AGAINST)
    right.set_xscale("log")
    _label_rows(left, [f"{name}: {level.level}" for name, level in rows])
    left.set_title("m: among records of one person")
    right.set_title("u: among records of two people (log scale)")
    return picture


def _scores(plots: Any, figures: ModelFigures) -> Any:  # noqa: ANN401 - matplotlib's
    """How many pairs have which weight, and the precision that is expected from each weight on."""
    picture, axes = plots.subplots(figsize=(9, 4.5), layout="constrained")
    bars = figures.histogram.bars
    axes.bar([low for low, _ in bars], [count for _, count in bars], width=0.95, align="edge", color=_NEUTRAL)
    axes.set_yscale("symlog", linthresh=1)
    axes.set_xlabel("weight of a pair in bits, the prior included")
    axes.set_ylabel("pairs that met by a blocking key")
    for name, weight in (("suggest", figures.suggest), ("link", figures.link)):
        axes.axvline(weight, color=_MARK, linestyle="--", linewidth=1)
        axes.annotate(name, (weight, axes.get_ylim()[1]), fontsize=8, va="bottom", ha="center", color=_MARK)
    precision = axes.twinx()
    precision.plot(
        [each.weight for each in figures.thresholds], [each.precision for each in figures.thresholds], color=_FOR
    )
    precision.set_ylim(0, 1.02)
    precision.set_ylabel("expected precision at this threshold", color=_FOR)
    axes.set_title("Scores of pairs", pad=18)
    return picture


def _waterfall(plots: Any, pair: PairFigures) -> Any:  # noqa: ANN401 - matplotlib's
    """From the prior odds, field by field, to the weight of one pair."""
    labels = ["prior", *(f"{step.field}: {step.level}" for step in pair.steps), "weight"]
    changes = [pair.prior, *(step.weight for step in pair.steps)]
    picture, axes = plots.subplots(figsize=(9, 1.2 + 0.34 * len(labels)), layout="constrained")
    reached = 0.0
    for place, change in enumerate(changes):
        axes.barh(place, change, left=reached, color=_FOR if change >= 0 else _AGAINST)
        axes.annotate(f"{change:+.1f}", (max(reached, reached + change), place), fontsize=8, va="center")
        reached += change
    axes.barh(len(changes), reached, color=_MARK)
    axes.annotate(f"{reached:+.1f}", (max(reached, 0), len(changes)), fontsize=8, va="center")
    _label_rows(axes, labels)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.use_sticky_edges = False
    axes.margins(x=0.08)
    axes.set_xlabel("bits for (right) or against (left) one person")
    axes.set_title(pair.title)
    return picture


def _label_rows(axes: Any, labels: list[str]) -> None:  # noqa: ANN401 - matplotlib's
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    axes.set_ylim(len(labels) - 0.4, -0.6)
