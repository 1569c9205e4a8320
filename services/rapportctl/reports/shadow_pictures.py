"""Pictures of two rule sets side by side, drawn with matplotlib: an extra, which only who wants pictures needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rapportctl.reports.pictures import FORMATS, matplotlib_pyplot
from rapportctl.shadow import BIN, Shadow

_NOW, _THEN = "#8a8f98", "#1f4e8c"
_DOTS = 110


def draw_shadow(found: Shadow, folder: Path) -> list[Path]:
    """Write the distribution of scores and who moves into the folder, as PNG and SVG; returns the PNG files.

    Raises `RapportctlError` where matplotlib is not installed.
    """
    plots = matplotlib_pyplot()
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, picture in (("distribution", _distribution(plots, found)), ("moves", _moves(plots, found))):
        for form in FORMATS:
            # A date would make each run's picture another file.
            picture.savefig(folder / f"{name}.{form}", dpi=_DOTS, metadata={"Date": None} if form == "svg" else None)
        plots.close(picture)
        paths.append(folder / f"{name}.png")
    return paths


def _distribution(plots: Any, found: Shadow) -> Any:  # noqa: ANN401 - matplotlib's
    """How many customers have which score, by each of the rule sets."""
    picture, axes = plots.subplots(figsize=(9, 4.5), layout="constrained")
    bars = found.distribution()
    width = BIN * 0.42
    axes.bar([first + BIN * 0.28 for first, _, _ in bars], [now for _, now, _ in bars], width=width, color=_NOW)
    axes.bar([first + BIN * 0.72 for first, _, _ in bars], [then for _, _, then in bars], width=width, color=_THEN)
    axes.set_yscale("symlog", linthresh=1)
    axes.set_xlabel("score")
    axes.set_ylabel("customers")
    axes.legend([f"in force: {found.current_version}", f"proposed: {found.proposed_version}"])
    axes.set_title(f"Scores of {len(found.pairs):,} customers")
    return picture


def _moves(plots: Any, found: Shadow) -> Any:  # noqa: ANN401 - matplotlib's
    """Each customer as a dot: the score in force to the right, the proposed one upwards."""
    picture, axes = plots.subplots(figsize=(6, 6), layout="constrained")
    axes.plot([0, 1000], [0, 1000], color=_NOW, linewidth=0.8)
    axes.scatter([now for now, _ in found.pairs], [then for _, then in found.pairs], s=8, alpha=0.4, color=_THEN)
    correlation = found.rank_correlation()
    axes.set_xlabel("score by the rules in force")
    axes.set_ylabel("score by the proposed rules")
    axes.set_title("rank correlation unknown" if correlation is None else f"rank correlation {correlation:.3f}")
    return picture
