"""A running deployment as the tests treat it: send a town, disturb, wait until all is quiet, compare with the truth."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from kafka import OffsetSpec

from chassis import dead_letters
from localstack import Ended, Event, Settings, Stack, apply_topics
from localstack.health import Health
from localstack.showcase.checks import Check, check, find
from rapportctl.calls import Calls
from rapportctl.deployment import Deployment
from rapportctl.kafka.lags import offsets, partitions_of
from rapportctl.pacing import Pacer
from rapportctl.quiet import wait_until_quiet
from rapportctl.town import PersonTruth, Town, TownEvent, TownSettings, Truth
from tests.e2e.faults import recompute
from tests.e2e.faults.audit import audit
from tests.e2e.faults.picture import source_of, take
from tests.e2e.faults.quarter import quarter

SERVICES = ("identity-resolution", "customer-profile", "advocacy-scoring", "vip-tier")
FLUSH_SECONDS = "0.25"
QUIET_SECONDS = 75.0
POLL_SECONDS = 0.05


@dataclass
class Sending:
    """A town on its way. `events` are those that have been handed to the broker's client so far."""

    town: Town
    source: Mapping[int, int]
    """Where in `interactions` it begins, by partition."""
    events: list[TownEvent] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def truth(self) -> Truth:
        """What is true of the town."""
        return self.town.truth()


class System:
    """The stack of a test session. Every town that is sent has people of its own."""

    def __init__(self, stack: Stack, ends: Sequence[tuple[float, Ended]]) -> None:
        self.stack = stack
        self._ends = ends
        self.deployment = Deployment(stack.environment())
        self.valid: set[tuple[str, str]] = set()
        """All valid events that were ever sent: the record's key, and the event id."""
        self._towns: list[Town] = []

    @cached_property
    def workers(self) -> Mapping[str, Sequence[str]]:
        """The names of each service's worker processes."""
        names = [status for status in self.stack.supervisor.statuses() if status.role == "worker"]
        return {service: [one.name for one in names if one.service == service] for service in SERVICES}

    def town(self, people: int = 80, *, days: int = 20, **settings: float) -> Town:
        """Make a town of new people."""
        number = len(self._towns) + 1
        wanted = TownSettings(people=people, seed=number, duration=timedelta(days=days))
        self._towns.append(quarter(number, replace(wanted, **settings)))  # type: ignore[arg-type]
        return self._towns[-1]

    def people(self) -> list[PersonTruth]:
        """Everybody of all towns so far."""
        return [person for town in self._towns for person in town.truth().persons]

    @contextmanager
    def sending(self, town: Town, seconds: float) -> Iterator[Sending]:
        """Send the town at an even rate over so many seconds, beside the block; leaving it waits until all is sent."""
        sent = Sending(town, self.interactions_end())
        rate = max(1.0, town.planned() / seconds)
        thread = threading.Thread(target=self._send, args=(sent, town.events(), rate))
        thread.start()
        try:
            yield sent
        finally:
            thread.join()
        if sent.error is not None:
            raise sent.error

    def send(self, town: Town, events: Iterable[TownEvent] | None = None) -> Sending:
        """Send the town, or the `events` given of it, at once."""
        sent = Sending(town, self.interactions_end())
        self._send(sent, town.events() if events is None else events, None)
        if sent.error is not None:
            raise sent.error
        return sent

    def _send(self, sent: Sending, events: Iterable[TownEvent], rate: float | None) -> None:
        try:
            with self.deployment.interaction_sender() as sender:
                pacer = Pacer(rate, sender.hand_over)
                for number, event in enumerate(events):
                    pacer.step()
                    if event.interaction is None:
                        account = event.account_channel, event.account_id
                        sender.send_raw(event.payload(), *account, f"invalid-{number}", event.occurred_at)
                    else:
                        sender.send(event.interaction)
                        key = self.deployment.keys.key(event.account_channel, event.account_id)
                        self.valid.add((key.decode(), event.interaction.event_id))
                    sent.events.append(event)
        except BaseException as error:  # noqa: BLE001 - raised in the test's own thread
            sent.error = error

    def interactions_end(self) -> Mapping[int, int]:
        """Where the topic of interactions ends now, by partition."""
        admin, topic = self.deployment.admin, self.deployment.settings.topic("interactions")
        ends = offsets(admin, partitions_of(admin, {topic}), OffsetSpec.LATEST)
        return {place.partition: end for place, end in ends.items()}

    def wait_until_quiet(self) -> float:
        """Return, with the seconds it took, when all is worked off."""
        return wait_until_quiet(self.deployment, QUIET_SECONDS)

    def differences(self, sent: Sending) -> list[Check]:
        """Compare what the deployment says of the town with the truth; empty where all agrees."""
        with Calls(self.deployment) as calls:
            found = find(self.deployment, calls, sent.truth)
        return [each for each in check(sent.truth, replace(found, dead=self.refused(sent))) if not each.holds]

    def wrong(self, *, but: Collection[str] = ()) -> list[str]:
        """Everything in stores and topics that contradicts the invariants, or the logs; of all towns together.

        Invariants of the audit that are named in `but` are left out. What the clock causes may be under way while the
        picture is taken, such as a sweep for gaming after partitions were gained: what is wrong then is right a moment
        later, and what is lost stays so.
        """
        if not self._wrong(but):
            return []
        self.wait_until_quiet()
        return self._wrong(but)

    def _wrong(self, but: Collection[str]) -> list[str]:
        picture = take(self.deployment)
        return [*audit(picture, but=but), *recompute.differences(self.deployment, picture, self.valid)]

    def refused(self, sent: Sending) -> Counter[str]:
        """How many of the town's events are dead letters, by reason; one that was refused twice counts once."""
        reasons: dict[tuple[int, int], str] = {}
        with self.deployment.reader(self.deployment.topic("dead-letters.identity-resolution")) as reader:
            for record in reader.all():
                partition, offset = source_of(record)
                if offset >= sent.source[partition]:
                    reasons[partition, offset] = dict(record.headers)[dead_letters.REASON].decode()
        return Counter(reasons.values())

    def health(self) -> dict[str, Health]:
        """Ask every process for its health."""
        return self.stack.supervisor.health()

    def wait_for_health(self, wanted: Health, names: Iterable[str], seconds: float) -> None:
        """Return when the processes say so. Raises AssertionError with what they say if they do not in time."""
        waiting = set(names)
        deadline = time.monotonic() + seconds
        while waiting:
            said = self.health()
            waiting = {name for name in waiting if said[name] is not wanted}
            assert time.monotonic() < deadline, f"not {wanted} after {seconds} s: {waiting}"
            time.sleep(POLL_SECONDS)

    def wait_for(self, holds: Callable[[], bool], seconds: float, what: str) -> None:
        """Return when it holds. Raises AssertionError, with what was waited for, if it does not in time."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
            time.sleep(POLL_SECONDS)

    def kill(self, name: str) -> None:
        """Kill a process by SIGKILL, once it runs."""
        process = self.stack.supervisor.process(name)
        self.wait_for(lambda: process.running, 15, f"{name} runs")
        process.kill()

    def names(self, role: str = "") -> list[str]:
        """The names of all processes, or of those with one role: worker or server."""
        return [status.name for status in self.stack.supervisor.statuses() if role in ("", status.role)]

    def logs(self) -> dict[str, Path]:
        """The log files of all processes, Kafka and the store among them, by name."""
        return {path.stem: path for path in Path(self.stack.addresses.logs).glob("*.log")}

    def log_sizes(self) -> dict[str, int]:
        """How much each process of the services has logged so far."""
        logs = self.logs()
        return {name: logs[name].stat().st_size for name in self.names()}

    def log_since(self, name: str, sizes: Mapping[str, int]) -> str:
        """What a process has logged since."""
        with self.logs()[name].open("rb") as log:
            log.seek(sizes[name])
            return log.read().decode()

    def ends_since(self, began: float) -> list[Ended]:
        """Which processes have ended since a monotonic time."""
        return [end for at, end in self._ends if at >= began]


@contextmanager
def running(data: Path, *, workers: int) -> Iterator[System]:
    """Run a deployment whose store keeps what it acknowledged, whatever happens to it.

    As it comes, the store of the local stack loses the last 0.1 s of acknowledged writes to a kill -9 (MongoDB does not
    where its journal is waited for, as Rapport does): only with `durable` is killing it a fair test.
    """
    settings = Settings.from_environment()
    settings = replace(settings, inherited={**settings.inherited, "RAPPORT_FLUSH_SECONDS": FLUSH_SECONDS})
    ends: list[tuple[float, Ended]] = []

    def note(event: Event) -> None:
        if isinstance(event, Ended):
            ends.append((time.monotonic(), event))

    stack = Stack(data, settings=settings, workers=workers, durable=True, before_services=apply_topics, on_event=note)
    with stack:
        system = System(stack, ends)
        try:
            yield system
        finally:
            system.deployment.admin.close()
