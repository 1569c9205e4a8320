"""A picture of who would move between tiers, drawn with matplotlib: an extra, which only who wants pictures needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rapport.tier.v1.tier_pb2 import ProgrammePreview
from rapportctl.reports.pictures import matplotlib_pyplot

_DOTS = 110


def draw_moves(previews: Sequence[ProgrammePreview], path: Path) -> None:
    """Write a table of squares for each programme: from which tier to which, the more customers the darker.

    Raises `RapportctlError` where matplotlib is not installed.
    """
    plots = matplotlib_pyplot()
    picture, places = plots.subplots(
        1, len(previews), figsize=(5 * len(previews), 4.5), layout="constrained", squeeze=False
    )
    for axes, preview in zip(places[0], previews, strict=True):
        tiers = list(
            dict.fromkeys([*(move.from_tier for move in preview.moves), *(move.to_tier for move in preview.moves)])
        )
        counts = {(move.from_tier, move.to_tier): move.customers for move in preview.moves}
        axes.imshow([[counts.get((one, other), 0) for other in tiers] for one in tiers], cmap="Greens")
        for row, one in enumerate(tiers):
            for column, other in enumerate(tiers):
                if (one, other) in counts:
                    axes.text(column, row, f"{counts[one, other]:,}", ha="center", va="center")
        names = [tier or "none" for tier in tiers]
        axes.set_xticks(range(len(tiers)), names)
        axes.set_yticks(range(len(tiers)), names)
        axes.set_xlabel("to")
        axes.set_ylabel("from")
        axes.set_title(f"{preview.programme}: {preview.up:,} up, {preview.down:,} down")
    picture.savefig(path, dpi=_DOTS)
    plots.close(picture)
