"""The four services over adapters in memory, with workers that die, stall, are deposed and go on.

A stall is a call to a port during which others work: so a worker may lose its partitions between any two of its calls,
and finish what it had begun after the new owner has done the same, and more.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import advocacy_scoring.bootstrap
import customer_profile.bootstrap
import identity_resolution.bootstrap
import vip_tier.bootstrap
from chassis.clock import ManualClock
from chassis.dead_letters import DeadLetters
from chassis.errors import Deposed, Unavailable
from chassis.memory.broker import MemoryBroker
from chassis.memory.documents import MemoryCounter, MemoryDocuments
from chassis.memory.runner import Crash, MemoryRunner, run_until_quiet
from chassis.partitions import SLOTS, partition_for
from chassis.ports import Handler
from chassis.records import Message, Record
from chassis.service import WorkerContext
from chassis.settings import Settings
from tests.simulation.rules import profile_rules_file

START = datetime(2026, 1, 10, 12, tzinfo=UTC)
KEY = "a key for tests only"
IDENTITY, PROFILE, ADVOCACY, TIER = "identity-resolution", "customer-profile", "advocacy-scoring", "vip-tier"
SERVICES = {
    IDENTITY: identity_resolution.bootstrap.SERVICE,
    PROFILE: customer_profile.bootstrap.SERVICE,
    ADVOCACY: advocacy_scoring.bootstrap.SERVICE,
    TIER: vip_tier.bootstrap.SERVICE,
}
PARTITIONS = 4
DEEPEST_STALL = 3
FLUSH_RECORDS = 12


@dataclass
class Odds:
    """How often something happens: at a call to a port, and at a step."""

    crash: float = 0.012
    outage: float = 0.012
    stall: float = 0.05
    takeover: float = 0.03
    rebalance: float = 0.04


CALM = Odds(0.0, 0.0, 0.0, 0.0, 0.0)


def settings_of(service: str) -> Settings:
    """A service's settings."""
    rules = {"RAPPORT_CUSTOMER_PROFILE_RULES": str(profile_rules_file())}
    return Settings.from_environment(service, {"RAPPORT_PSEUDONYM_KEY": KEY, **rules})


class System:
    """All that outlives a crash, and the workers: owners of partitions, and those that do not know they are deposed."""

    def __init__(self, random: Random, odds: Odds) -> None:
        self.random = random
        self.odds = odds
        self.clock = ManualClock(START)
        self.broker = MemoryBroker(partitions=PARTITIONS)
        self.stores: dict[str, dict[str, MemoryDocuments]] = {name: defaultdict(MemoryDocuments) for name in SERVICES}
        self.settings = {name: settings_of(name) for name in SERVICES}
        self._counters = {name: MemoryCounter() for name in SERVICES}
        self._busy: list[MemoryRunner] = []
        self.broker.create(self.topic("identity-evidence"), 1)
        self.owners: dict[str, list[MemoryRunner]] = {name: [self._worker(name)] for name in SERVICES}
        self.zombies: list[MemoryRunner] = []

    def topic(self, name: str) -> str:
        """The topic's full name."""
        return self.settings[IDENTITY].topic(name)

    def step(self) -> None:
        """Somebody does something, or something happens to somebody."""
        random = self.random
        self.clock.advance(timedelta(milliseconds=random.randint(-20, 60)))
        service = random.choice(list(SERVICES))
        if random.random() < self.odds.takeover:
            self._take_over(service)
        if random.random() < self.odds.rebalance:
            self._rebalance(service)
        if self.zombies and random.random() < 0.05:
            self.zombies.remove(random.choice(self.zombies))
        self._work(self._anybody())

    def let_days_pass(self, days: int) -> None:
        """Nobody is left who was deposed before."""
        self.zombies.clear()
        self.clock.advance(timedelta(days=days))

    def calm_down(self) -> None:
        """Nothing happens any more; the owners finish, and say again what the deposed may have said too late."""
        self.odds = CALM
        self.zombies.clear()
        workers = [worker for workers in self.owners.values() for worker in workers]
        with contextlib.suppress(Deposed):
            run_until_quiet(workers)
        self._idle(self.owners[IDENTITY])
        run_until_quiet(workers)
        self.clock.advance(timedelta(minutes=3))
        for _ in range(SLOTS):
            self._idle(workers)
        run_until_quiet(workers)

    def _idle(self, workers: Sequence[MemoryRunner]) -> None:
        """Nothing comes in. One that was deposed had taken a higher token: whoever decides notices once it writes."""
        for worker in workers:
            try:
                worker.idle()
            except Deposed:
                worker.restart(self._handlers(worker.group))

    def decide(self, log: Sequence[Record]) -> None:
        """Hand a log of evidence to identity resolution, in one go."""
        _, handler = self._handlers(IDENTITY)
        handler.assigned(self.broker.partitions(self.topic("identity-evidence")))
        handler.handle(log)

    # -- workers

    def _worker(self, service: str) -> MemoryRunner:
        return MemoryRunner(
            self.broker, service, self._handlers(service), flush_records=FLUSH_RECORDS, random=self.random
        )

    def _handlers(self, service: str) -> Sequence[Handler]:
        publisher: Any = Port(self, self.broker)
        settings = self.settings[service]
        return SERVICES[service].worker(
            WorkerContext(
                settings=settings,
                documents=lambda name: Port(self, self.stores[service][name]),
                counter=self._counters[service],
                publisher=publisher,
                dead_letters=DeadLetters(publisher, settings.topic(f"dead-letters.{service}"), service, self.clock),
                clock=self.clock,
            )
        )

    def _anybody(self) -> MemoryRunner | None:
        """A worker that does nothing at present; rather one of the owners."""
        owners = [worker for workers in self.owners.values() for worker in workers]
        idle = [worker for worker in [*owners, *owners, *self.zombies] if worker not in self._busy]
        return self.random.choice(idle) if idle else None

    def _work(self, worker: MemoryRunner | None) -> None:
        """Let the worker do something; one that dies is started anew by its supervisor if it has partitions."""
        if worker is None:
            return
        self._busy.append(worker)
        try:
            if self.random.random() < 0.1:
                worker.idle()
            else:
                worker.step()
        except Exception:  # noqa: BLE001 - what one reads while another writes need not fit together
            if worker in self.owners[worker.group]:
                worker.restart(self._handlers(worker.group))
            elif worker in self.zombies:
                self.zombies.remove(worker)
        finally:
            self._busy.pop()

    def _take_over(self, service: str) -> None:
        """A new worker gets all partitions; those that had them are not told."""
        self.zombies += self.owners[service]
        self.owners[service] = [self._worker(service)]

    def _rebalance(self, service: str) -> None:
        """The partitions are dealt out to one worker or two, and all are told."""
        workers = self.owners[service]
        if any(worker in self._busy for worker in workers):
            return
        if len(workers) == 1:
            workers.append(self._worker(service))
        elif self.random.random() < 0.5:
            workers.pop()
        numbers = list(range(PARTITIONS))
        self.random.shuffle(numbers)
        shares = [numbers] if len(workers) == 1 else [numbers[:2], numbers[2:]]
        for worker, share in zip(workers, shares, strict=True):
            topics = [topic for handler in worker.handlers for topic in handler.topics]
            worker.assign([each for topic in topics for each in self.broker.partitions(topic) if each[1] in share])

    # -- what happens at a call

    def happens(self) -> str:
        """What happens at a call to a port: nothing, mostly."""
        dice = self.random.random()
        for what, odds in (("crash", self.odds.crash), ("outage", self.odds.outage), ("stall", self.odds.stall)):
            if dice < odds:
                return what
            dice -= odds
        return ""

    def stall(self) -> None:
        """Whoever calls stands still: others work, and may take over from it."""
        if len(self._busy) > DEEPEST_STALL:
            return
        if self._busy and self.random.random() < 0.5:
            service = self._busy[-1].group
            self._take_over(service)
            for _ in range(self.random.randint(0, 4)):
                self._work(self.owners[service][0])
        for _ in range(self.random.randint(0, 6)):
            self._work(self._anybody())


class Port:
    """A port at whose calls things happen: before it, half-way, or after it."""

    def __init__(self, system: System, port: Any) -> None:
        self._system = system
        self._port = port

    def __getattr__(self, name: str) -> Any:
        return lambda argument: self._call(name, getattr(self._port, name), argument)

    def _call(self, name: str, call: Callable[[Any], Any], argument: Any) -> Any:
        system = self._system
        if name in ("publish", "compare_and_set", "put_newer", "put_first", "insert_new"):
            argument = list(argument)
        what = system.happens()
        if what == "stall":
            system.stall()
        answer = None
        if what in ("crash", "outage"):
            self._half(name, call, argument)
            raise Crash if what == "crash" else Unavailable("away (planted)")
        answer = call(argument)
        if system.happens() == "stall":
            system.stall()
        return answer

    def _half(self, name: str, call: Callable[[Any], Any], argument: Any) -> None:
        """Do nothing, all, or a part of it: of a bulk write any documents, of a send a part of each partition."""
        random = self._system.random
        share = random.choice([0.0, 0.5, 1.0])
        if name == "publish":
            call(self._cut(argument, share))
        elif name in ("compare_and_set", "put_newer", "put_first", "insert_new"):
            call([each for each in argument if random.random() < share])

    def _cut(self, messages: Sequence[Message], share: float) -> list[Message]:
        broken: set[tuple[str, int]] = set()
        delivered = []
        for message in messages:
            place = message.topic, partition_for(message, len(self._port.partitions(message.topic)))
            if self._system.random.random() >= share:
                broken.add(place)
            if place not in broken:
                delivered.append(message)
        return delivered
