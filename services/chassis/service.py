"""What a service declares of itself, and what it is given: real adapters in production, those in memory in tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.dead_letters import DeadLetters
from chassis.ports import Clock, Counter, Documents, Handler, Publisher
from chassis.settings import Settings
from chassis.stages.state_cache import ReadState


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """What a service's handlers are made from. `documents` opens a collection of the service's database by name.

    `callers` ask other services, by their names.
    """

    settings: Settings
    documents: Callable[[str], Documents]
    counter: Counter
    publisher: Publisher
    dead_letters: DeadLetters
    clock: Clock
    callers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServerContext:
    """What a service's RPC implementations are made from.

    `callers` ask other services, by their names. `publisher` is for messages of which none builds on another: after one
    that could not be sent it goes on.
    """

    settings: Settings
    documents: Callable[[str], Documents]
    clock: Clock
    callers: Mapping[str, Any]
    publisher: Publisher


@dataclass(frozen=True, slots=True)
class Announced:
    """Where a service keeps the states that it announces, and where it does: a collection of results and a level topic.

    The topic's name is without the prefix; its values are the results' messages, which `read` reads.
    """

    collection: str
    topic: str
    read: ReadState


@dataclass(frozen=True, slots=True)
class Service:
    """A service: its name as in services.yaml, its collections, and how its two kinds of process are made.

    `collections` are mongoengine documents, which declare names and indexes; `server` returns pairs of a protobuf
    service descriptor and the object that implements its methods. `calls` names the services that it asks, each with
    the descriptors of all that it asks of it; they are in the `callers` of both processes under the same names.
    `announced` is what its server may keep in memory, as `chassis.lookup_cache` says.
    """

    name: str
    collections: Sequence[type[Any]]
    worker: Callable[[WorkerContext], Sequence[Handler]]
    server: Callable[[ServerContext], Sequence[tuple[Any, object]]]
    calls: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    announced: Announced | None = None
