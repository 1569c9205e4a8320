"""The showcase itself: send, wait, check, show; then, for `run`, let life go on."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from localstack.showcase.checks import Check, check, find, tier_changes
from localstack.showcase.screen import MOST_CUSTOMERS, change_line, checks_table, customers_table, where_and_next
from localstack.stack import Stack
from rapport.interactions.v1.interaction_pb2 import Interaction
from rapport.profile.v1.profile_pb2 import CustomerRecord
from rapport.tier.v1.tier_pb2 import TierChange
from rapportctl import simulation
from rapportctl.calls import Calls
from rapportctl.deployment import Deployment
from rapportctl.kafka.lags import Lag
from rapportctl.pacing import Pacer
from rapportctl.quiet import wait_until_quiet
from rapportctl.town import Town, TownSettings, Truth
from rapportctl.town.truth import Totals

TRUTH_FILE = "truth.json"
QUIET_SECONDS = 600.0
CHANGES_SHOWN = 8


class Showcase:
    """Shows what the stack does with a town. `console` is where a person looks."""

    def __init__(self, stack: Stack, town: TownSettings, console: Console) -> None:
        self._stack = stack
        self._town = town
        self._console = console
        self._deployment = Deployment(stack.environment())
        self._example = "CUSTOMER"

    @property
    def truth_file(self) -> Path:
        """Where the truth about the town that was sent is kept."""
        return self._stack.data / TRUTH_FILE

    def send(self) -> Truth:
        """Send the town, wait until all is worked off, and return what is true of it."""
        with self._progress() as progress:
            sending = progress.add_task("sending", total=None)
            outcome = simulation.run(
                self._town,
                self._deployment.interaction_sender(),
                on_progress=lambda done, total: progress.update(sending, completed=done, total=total),
            )
            seconds = self._wait(progress)
        self._console.print(
            f"{_what(outcome.truth.totals)} sent in {outcome.seconds:.1f} s, worked off {seconds:.1f} s later.\n"
        )
        outcome.truth.write(self.truth_file)
        return outcome.truth

    def catch_up(self) -> None:
        """Wait until what an earlier run left is worked off."""
        with self._progress() as progress:
            self._wait(progress)

    def check(self, truth: Truth) -> list[Check]:
        """Compare what the services found with the truth, and show it."""
        with Calls(self._deployment) as calls:
            checks = check(truth, find(self._deployment, calls, truth))
        self._console.print(checks_table(checks))
        return checks

    def show(self) -> None:
        """Show customers and the newest tier changes."""
        with self._deployment.reader(self._deployment.topic("customer-records")) as reader:
            newest = {record.key: record.value for record in reader.all() if record.value}
        records = [CustomerRecord.FromString(value) for value in newest.values()]
        live = sorted((record for record in records if not record.merged_into), key=_prominence, reverse=True)
        shown = [record.customer_id for record in live[:MOST_CUSTOMERS]]
        with Calls(self._deployment) as calls:
            scores = {score.customer_id: score for score in calls.scores(shown).found}
            tiers = {tier.customer_id: tier for tier in calls.tiers(shown).found}
        self._console.print(customers_table(live, scores, tiers, len(live)))
        self._show_changes()
        self._example = next(iter(shown), self._example)

    def live(self, per_second: float) -> None:
        """Say where everything listens, let the town's people go on, and print tier changes until interrupted."""
        self._console.print(where_and_next(self._stack.addresses, self._example))
        self._console.print(
            f"Live: about {per_second:g} interactions a second; tier changes as they come. Ctrl-C ends."
        )
        stopping = threading.Event()
        sending = threading.Thread(target=self._send_live, args=(per_second, stopping), daemon=True)
        sending.start()
        try:
            with self._deployment.reader(self._deployment.topic("tier-changes")) as reader:
                for record in reader.follow():
                    self._console.print(change_line(TierChange.FromString(record.value or b"")))
        finally:
            stopping.set()
            sending.join(timeout=5)

    def _send_live(self, per_second: float, stopping: threading.Event) -> None:
        with self._deployment.interaction_sender() as sender:
            pacer = Pacer(per_second, sender.hand_over)
            for event in self._continued():
                pacer.step()
                if stopping.is_set():
                    return
                sender.send(event)

    def _continued(self) -> Iterator[Interaction]:
        """The same people, from now on: what they would do over the coming weeks, one thing after another."""
        coming = self._town.ending_at(datetime.now(UTC) + self._town.duration)
        for event in Town(coming).events(tally=False):
            if event.interaction is not None:
                now = Interaction()
                now.CopyFrom(event.interaction)
                now.occurred_at.FromDatetime(datetime.now(UTC))
                yield now

    def _show_changes(self) -> None:
        changes = [change for kept in tier_changes(self._deployment).values() for change in kept]
        changes.sort(key=lambda change: change.effective_time.ToMilliseconds())
        self._console.print(f"\nTier changes (the newest of {len(changes):,})", style="bold")
        for change in changes[-CHANGES_SHOWN:]:
            self._console.print(change_line(change))

    def _wait(self, progress: Progress) -> float:
        tasks: dict[str, TaskID] = {}

        def show(lags: Sequence[Lag]) -> None:
            for group in dict.fromkeys(lag.group for lag in lags):
                mine = [lag for lag in lags if lag.group == group]
                if group not in tasks:
                    tasks[group] = progress.add_task(group.rpartition(".")[2], total=None)
                done, total = sum(lag.committed for lag in mine), sum(lag.end for lag in mine)
                progress.update(tasks[group], completed=done, total=total)

        return wait_until_quiet(self._deployment, QUIET_SECONDS, show)

    def _progress(self) -> Progress:
        return Progress(
            TextColumn("{task.description:<20}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
        )


def _what(totals: Totals) -> str:
    return (
        f"{totals.events:,} events ({totals.valid:,} different ones, {totals.repeated:,} repeated, "
        f"{totals.invalid:,} invalid)"
    )


def _prominence(record: CustomerRecord) -> tuple[int, int, str]:
    return len(record.accounts), record.activity.interactions, record.customer_id
