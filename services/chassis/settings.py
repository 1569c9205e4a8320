"""Settings from the environment: read once, checked as a whole, and typed. docs/conventions.md lists the variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from chassis.directory import ServiceEntry, known_services
from chassis.errors import ChassisError
from chassis.variables import Variables

SHORTEST_KEY = 16
MOST_EPOCH = 65_535


class SettingsError(ChassisError):
    """Some variables are wrong; the message names each with what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a process was told from outside. Addresses are `host:port`; `addresses` holds one for each known service."""

    service: str
    kafka: tuple[str, ...]
    store_url: str = field(repr=False)
    store_read_chunk: int
    topic_prefix: str
    database_prefix: str
    pseudonym_key: bytes = field(repr=False)
    epoch: int
    partitions: int
    flush_records: int
    flush_seconds: float
    grpc_listen: str
    health_listen: str
    grpc_processes: int
    grpc_threads: int
    grpc_shared_port: bool
    lookup_cache_mb: int
    addresses: Mapping[str, str]
    rules: Path | None
    log_level: str
    log_format: str
    clock_offset: timedelta

    @property
    def database(self) -> str:
        """The name of the service's own database."""
        return self.database_prefix + self.service.replace("-", "_")

    def topic(self, name: str) -> str:
        """Return a topic's full name."""
        return self.topic_prefix + name

    @classmethod
    def from_environment(
        cls,
        service: str,
        environment: Mapping[str, str] | None = None,
        *,
        services: Mapping[str, ServiceEntry] | None = None,
        needs_key: bool = True,
    ) -> Settings:
        """Read the settings of a service, or of a tool that is none (it listens nowhere in particular).

        Without `needs_key` the pseudonym key may be absent, and is then empty. Raises `SettingsError`, which names
        every variable that is wrong.
        """
        listed = known_services() if services is None else services
        own = listed.get(service)
        read = Variables(os.environ if environment is None else environment, "RAPPORT_")
        settings = cls(
            service=service,
            kafka=read.addresses("KAFKA", "127.0.0.1:9092"),
            store_url=read.url("STORE_URL", "mongodb://127.0.0.1:27017", ("mongodb://", "mongodb+srv://")),
            store_read_chunk=read.integer("STORE_READ_CHUNK", 1000, least=1, most=10_000),
            topic_prefix=read.name("TOPIC_PREFIX", "rapport."),
            database_prefix=read.name("DATABASE_PREFIX", "rapport_"),
            pseudonym_key=read.secret("PSEUDONYM_KEY", shortest=SHORTEST_KEY, required=needs_key),
            epoch=read.integer("EPOCH", 1, least=0, most=MOST_EPOCH),
            partitions=read.integer("PARTITIONS", 4, least=1, most=256, power_of_two=True),
            flush_records=read.integer("FLUSH_RECORDS", 10_000, least=1, most=1_000_000),
            flush_seconds=read.number("FLUSH_SECONDS", 1.0, above=0.0, most=60.0),
            grpc_listen=read.address("GRPC_LISTEN", f"127.0.0.1:{own.grpc_port if own else 0}"),
            health_listen=read.address("HEALTH_LISTEN", f"127.0.0.1:{own.health_port if own else 0}"),
            grpc_processes=read.integer("GRPC_PROCESSES", 1, least=1, most=64),
            grpc_threads=read.integer("GRPC_THREADS", 8, least=1, most=64),
            grpc_shared_port=read.switch("GRPC_SHARED_PORT", default=False),
            lookup_cache_mb=read.integer("LOOKUP_CACHE_MB", 0, least=0, most=65_536),
            addresses={
                entry.name: read.address(_variable(entry.name, "ADDRESS"), f"127.0.0.1:{entry.grpc_port}")
                for entry in listed.values()
            },
            rules=read.file(_variable(service, "RULES")),
            log_level=read.choice("LOG_LEVEL", "info", ("debug", "info", "warning", "error")),
            log_format=read.choice("LOG_FORMAT", "json", ("json", "text")),
            clock_offset=timedelta(seconds=read.number("CLOCK_OFFSET_SECONDS", 0.0, above=-1e10, most=1e10)),
        )
        if read.problems:
            raise SettingsError("\n".join(["settings are wrong:", *(f"  {problem}" for problem in read.problems)]))
        return settings


def environment_of_replica() -> dict[str, str]:
    """Return this process's environment for one of several processes that serve on the same port."""
    return {**os.environ, "RAPPORT_GRPC_PROCESSES": "1", "RAPPORT_GRPC_SHARED_PORT": "1"}


def _variable(service: str, what: str) -> str:
    return f"{service.upper().replace('-', '_')}_{what}"
