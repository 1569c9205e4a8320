"""People whose every word can be found again: the four services in memory, and where a marker string still stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import bson
import yaml

from chassis.clock import ManualClock
from chassis.dead_letters import DeadLetters
from chassis.letters import LETTERS, LetterIndex
from chassis.memory.broker import MemoryBroker
from chassis.memory.documents import MemoryCounter, MemoryDocuments
from chassis.memory.runner import MemoryRunner, run_until_quiet
from chassis.ports import Handler
from chassis.pseudonym import Pseudonymizer
from chassis.records import Message
from chassis.service import WorkerContext
from chassis.settings import Settings
from rapport.common.v1.common_pb2 import Money
from rapport.identity.v1.events_pb2 import Command, EraseCommand, EvidenceEntry
from rapport.interactions.v1.decision_pb2 import Consent, Decision
from rapport.interactions.v1.interaction_pb2 import (
    Account,
    AccountFigures,
    Comment,
    Content,
    Identifier,
    Interaction,
    Observation,
    Purchase,
    Referral,
)
from tests.simulation.system import IDENTITY, KEY, SERVICES, START

TOPICS = Path(__file__).parents[2] / "protos" / "topics"
Wrap = Callable[[str, Any], Any]


def _plain(_: str, port: Any) -> Any:
    return port


class Town:
    """The four services, with workers that `settle` starts anew. `wrap` may put something before their ports."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.broker = MemoryBroker(self.clock)
        self.stores: dict[str, dict[str, MemoryDocuments]] = {name: defaultdict(MemoryDocuments) for name in SERVICES}
        self.settings = {name: Settings.from_environment(name, {"RAPPORT_PSEUDONYM_KEY": KEY}) for name in SERVICES}
        self._counters = {name: MemoryCounter() for name in SERVICES}
        self.wrap: Wrap = _plain
        self.broker.create(self.topic("identity-evidence"), 1)

    def topic(self, name: str) -> str:
        """The topic's full name."""
        return self.settings[IDENTITY].topic(name)

    def settle(self, *, wait: bool = True) -> None:
        """Start workers and let them work until they are quiet; with `wait` until nobody is left who was deposed."""
        workers = [MemoryRunner(self.broker, name, self._handlers(name)) for name in SERVICES]
        run_until_quiet(workers)
        if wait:
            self.clock.advance(timedelta(minutes=3))
            for worker in workers:
                worker.idle()
            run_until_quiet(workers)

    def _handlers(self, service: str) -> Sequence[Handler]:
        settings = self.settings[service]
        publisher = self.wrap("broker", self.broker)
        hashed = Pseudonymizer(settings.pseudonym_key).hash

        def documents(name: str) -> Any:
            return self.wrap(f"{service}/{name}", self.stores[service][name])

        letters = LetterIndex(documents(LETTERS), hashed)
        topic = settings.topic(f"dead-letters.{service}")
        return SERVICES[service].worker(
            WorkerContext(
                settings=settings,
                documents=documents,
                counter=self._counters[service],
                publisher=publisher,
                dead_letters=DeadLetters(publisher, topic, service, self.clock, index=letters),
                clock=self.clock,
            )
        )

    def send(self, *interactions: Interaction) -> None:
        """Publish what producers send."""
        self.broker.publish(
            Message(
                self.topic("interactions"),
                f"{each.account.channel}:{each.account.id}".encode(),
                each.SerializeToString(),
            )
            for each in interactions
        )

    def consent(self, account: str, marker: str) -> None:
        """Publish a decision about the account."""
        decision = Decision(event_id=f"{marker}-consent", account_key=account, owner="S-17", reason=f"{marker} said so")
        decision.decided_at.FromDatetime(self.clock.now())
        decision.consent.CopyFrom(Consent(purpose="marketing", channel="email", granted=True, proof=f"{marker}-form"))
        self.broker.publish([Message(self.topic("decisions"), account.encode(), decision.SerializeToString())])

    def customer_of(self, account: str) -> str:
        """The id of the customer of an account."""
        return str(self.stores[IDENTITY]["memberships"].everything()[account]["customer"])

    def erase(self, *customers: str) -> None:
        """Put the commands that erase these customers into the log."""
        for customer in customers:
            command = Command(request_id=f"erase-{customer}", owner="S-17", reason="asked to", erase=EraseCommand())
            command.erase.customer_id = customer
            value = EvidenceEntry(command=command).SerializeToString()
            self.broker.publish([Message(self.topic("identity-evidence"), customer.encode(), value, (), 0)])

    def replay(self) -> None:
        """Send all interactions and decisions that were ever sent once more."""
        for name in ("interactions", "decisions"):
            records = self.broker.records(self.topic(name))
            self.broker.publish([Message(self.topic(name), each.key, each.value) for each in records])

    def found(self, marker: str) -> Iterator[str]:
        """Where the marker stands: documents, and last values and keys of compacted topics."""
        wanted = marker.lower().encode()
        for service, stores in self.stores.items():
            for name, store in stores.items():
                for id_, document in store.everything().items():
                    if wanted in bson.encode(document).lower():
                        yield f"{service}/{name}/{id_}"
        for name in compacted():
            last = {each.key: each for each in self.broker.records(self.topic(name))}
            for key, record in last.items():
                if record.value is not None and wanted in repr((key, record.value, record.headers)).lower().encode():
                    yield f"{name}/{key!r}"


def compacted() -> list[str]:
    """The names of the topics that keep the last record of each key."""
    topics = [yaml.safe_load(path.read_text()) for path in sorted(TOPICS.glob("*.yaml"))]
    return [topic["name"] for topic in topics if "compact" in topic["config"]["cleanup.policy"]]


def life_of(marker: str, now: datetime) -> list[Interaction]:
    """What a person does until now whose handles, names, addresses and words all have the marker in them."""
    mail = Identifier(type="email", value=f"{marker}@example.com")
    said = Content(text=f"I am {marker} and I love it")
    money = Money(currency_code="EUR", minor_units=4_990)
    figures = AccountFigures(followers=1_200)
    social, shop = ("instagram", marker), ("web_shop", f"{marker}-shop")
    observed = Observation(given_name=marker, family_name=f"Of{marker}", full_name=f"{marker} Of{marker}")
    told = [
        _did(now, social, "1", comment=Comment(post_id="brand-1", content=said), figures=figures),
        _did(now, social, "2", identifiers=[mail], observation=observed),
        _did(now, shop, "3", identifiers=[mail], purchase=Purchase(order_id=f"{marker}-order", total=money)),
        _did(now, shop, "4", referral=Referral(code=f"{marker}-code")),
    ]
    useless = _did(now, social, "", comment=Comment(post_id="brand-1", content=said))
    return [*told, useless]


def _did(now: datetime, account: tuple[str, str], event: str, **fields: Any) -> Interaction:
    channel, id_ = account
    made = Interaction(
        event_id=event and f"{id_}-{event}", account=Account(channel=channel, id=id_), source="test", **fields
    )
    made.occurred_at.FromDatetime(now - timedelta(minutes=1))
    return made
