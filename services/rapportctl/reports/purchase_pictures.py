"""Pictures of what buyers come to, drawn with matplotlib: an extra, which only who wants pictures needs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rapportctl.purchases.calibration import Calibration
from rapportctl.purchases.histories import date_of
from rapportctl.purchases.report import PurchaseReport
from rapportctl.reports.pictures import FORMATS, matplotlib_pyplot

_BUYERS, _EXPECTED = "#2f7d5b", "#1f4e8c"
_DOTS = 110


def draw_purchases(report: PurchaseReport, folder: Path) -> list[Path]:
    """Write who came back by month, and the RFM classes where there are any, as PNG and SVG; returns the PNG files.

    Raises `RapportctlError` where matplotlib is not installed.
    """
    plots = matplotlib_pyplot()
    drawn = [("cohorts", _cohorts(plots, report))]
    if report.classes:
        drawn.append(("rfm-classes", _classes(plots, report)))
    return _written(plots, drawn, folder)


def draw_calibration(found: Calibration, folder: Path) -> list[Path]:
    """Write expected beside actual order days, as `draw_purchases` does."""
    plots = matplotlib_pyplot()
    return _written(plots, [("calibration", _calibration(plots, found))], folder)


def _written(plots: Any, drawn: Sequence[tuple[str, Any]], folder: Path) -> list[Path]:  # noqa: ANN401 - matplotlib's
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, picture in drawn:
        for form in FORMATS:
            # A date would make each run's picture another file.
            picture.savefig(folder / f"{name}.{form}", dpi=_DOTS, metadata={"Date": None} if form == "svg" else None)
        plots.close(picture)
        paths.append(folder / f"{name}.png")
    return paths


def _cohorts(plots: Any, report: PurchaseReport) -> Any:  # noqa: ANN401 - matplotlib's
    """A square for each month after the first order: the greater the share that ordered in it, the darker."""
    rows = report.cohorts
    longest = max((len(each.active) for each in rows), default=1)
    shares = [
        [each.active[place] / each.buyers if place < len(each.active) else float("nan") for place in range(1, longest)]
        for each in rows
    ]
    picture, axes = plots.subplots(figsize=(2.5 + 0.55 * longest, 1.6 + 0.34 * len(rows)), layout="constrained")
    if longest > 1:
        darkest = max(share for line in shares for share in line if share == share)  # noqa: PLR0124 - no number
        axes.imshow(shares, cmap="Greens", vmin=0, aspect="auto")
        for row, line in enumerate(shares):
            for column, share in enumerate(line):
                if share == share:  # noqa: PLR0124 - no number where there was no such month yet
                    color = "white" if share > 0.6 * darkest else "black"
                    axes.text(column, row, f"{share:.0%}", ha="center", va="center", fontsize=7, color=color)
    axes.set_xticks(range(longest - 1), [f"+{number}" for number in range(1, longest)])
    axes.set_yticks(range(len(rows)), [f"{each.month} ({each.buyers:,})" for each in rows])
    axes.set_xlabel("months after the first order")
    axes.set_title(f"Who ordered again, of {report.buyers:,} buyers in {report.currency}")
    return picture


def _classes(plots: Any, report: PurchaseReport) -> Any:  # noqa: ANN401 - matplotlib's
    """Two bars a class: its share of the buyers, and of what was ordered."""
    rows = report.classes[::-1]
    picture, axes = plots.subplots(figsize=(8, 1.4 + 0.42 * len(rows)), layout="constrained")
    places = range(len(rows))
    gross = sum(each.gross for each in rows) or 1
    buyers = sum(each.buyers for each in rows)
    axes.barh([each + 0.2 for each in places], [each.buyers / buyers for each in rows], height=0.38, color=_BUYERS)
    axes.barh([each - 0.2 for each in places], [each.gross / gross for each in rows], height=0.38, color=_EXPECTED)
    axes.set_yticks(list(places), [each.name for each in rows])
    axes.xaxis.set_major_formatter(lambda share, _: f"{share:.1%}")
    axes.margins(x=0.25)
    axes.legend(["of the buyers", "of what was ordered"])
    axes.set_title(f"RFM classes of {buyers:,} buyers in {report.currency}")
    return picture


def _calibration(plots: Any, found: Calibration) -> Any:  # noqa: ANN401 - matplotlib's
    """Order days of one buyer after the day, by repeats before it: expected and actual."""
    picture, axes = plots.subplots(figsize=(7, 4.5), layout="constrained")
    places = range(len(found.rows))
    axes.plot(places, [row.actual for row in found.rows], marker="o", color=_BUYERS)
    axes.plot(places, [row.expected for row in found.rows], marker="s", linestyle="--", color=_EXPECTED)
    names = [str(row.repeats) for row in found.rows]
    axes.set_xticks(list(places), [*names[:-1], f"{names[-1]}+"])
    axes.set_xlabel(f"days with an order after the first, until {date_of(found.day)}")
    axes.set_ylabel(f"days with an order in the {found.days} days after it")
    axes.legend(["as it came", "as the model expected"])
    axes.set_title(f"{found.buyers:,} buyers: {found.actual:,} order days, {found.expected:,.0f} expected")
    return picture
