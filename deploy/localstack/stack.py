"""The whole local stack in one object: Kafka, the store and the supervised services over one data folder."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from localstack.broker import Kafka
from localstack.catalog import SERVER, Service, plan, read_services
from localstack.data_folder import DataFolder
from localstack.events import Listener, Ready, ignore
from localstack.guardian import Guardian
from localstack.places import Places
from localstack.settings import Settings
from localstack.store import Store
from localstack.supervisor import START_TIMEOUT_SECONDS, Supervisor

ADDRESS_FILE = "stack.json"

Part = TypeVar("Part")


@dataclass(frozen=True)
class Addresses:
    """Where everything listens: servers by service, workers' health by process, logs and data by path."""

    kafka: str
    store: str
    store_kind: str
    servers: dict[str, str]
    workers: dict[str, str]
    data: str
    logs: str


class Stack:
    """Kafka, the store and `workers` worker processes and one server of each service.

    It goes on with what `data` holds. `services` are by default those of services.yaml; none are run for an empty
    list. `ports` are ports by process name (`kafka`, `store`, `vip-tier-server`, ...) where they must be these.
    `durable` as for Store. `before_services` is called once Kafka and the store answer and before the services start:
    to make topics, say. As a context manager it runs for the block.
    """

    def __init__(
        self,
        data: Path | None = None,
        *,
        places: Places | None = None,
        settings: Settings | None = None,
        services: Sequence[Service] | None = None,
        workers: int = 1,
        ports: Mapping[str, int] | None = None,
        durable: bool = False,
        before_services: Callable[["Stack"], None] | None = None,
        on_event: Listener = ignore,
    ) -> None:
        self._places = places or Places()
        self._settings = settings or Settings.from_environment()
        self._folder = DataFolder(data or self._places.data)
        self.services = tuple(read_services(self._places.services) if services is None else services)
        self._planned = plan(self.services, workers)
        self._ports = dict(ports or {})
        self._durable = durable
        self._before_services = before_services
        self._on_event = on_event
        self._guardian: Guardian | None = None
        self._pseudonym_key = ""
        self._kafka: Kafka | None = None
        self._store: Store | None = None
        self._supervisor: Supervisor | None = None

    @property
    def data(self) -> Path:
        """The data folder."""
        return self._folder.folder

    @property
    def kafka(self) -> Kafka:
        """The broker; raises RuntimeError while the stack is not started."""
        return _started(self._kafka)

    @property
    def store(self) -> Store:
        """The store; raises RuntimeError while the stack is not started."""
        return _started(self._store)

    @property
    def supervisor(self) -> Supervisor:
        """The services' supervisor; raises RuntimeError while the stack is not started."""
        return _started(self._supervisor)

    @property
    def addresses(self) -> Addresses:
        """Where everything listens."""
        listening = self.supervisor.addresses
        return Addresses(
            kafka=self.kafka.bootstrap,
            store=self.store.url,
            store_kind=self.store.kind.value,
            servers={one.service.name: listening[one.name] for one in self._planned if one.role == SERVER},
            workers={one.name: listening[one.name] for one in self._planned if one.role != SERVER},
            data=str(self._folder.folder),
            logs=str(self._folder.logs),
        )

    def environment(self) -> dict[str, str]:
        """Return what this process was started with, and on top of it the stack's `variables`."""
        return {**self._settings.inherited, **self.variables()}

    def variables(self) -> dict[str, str]:
        """Return the variables that lead any program of Rapport to this stack.

        Where a process itself listens is not among them: see Supervisor.environment.
        """
        listening = self.supervisor.addresses
        variables = {
            "RAPPORT_KAFKA": self.kafka.bootstrap,
            "RAPPORT_STORE_URL": self.store.url,
            "RAPPORT_PSEUDONYM_KEY": self._pseudonym_key,
        }
        if self.store.read_chunk is not None:
            variables["RAPPORT_STORE_READ_CHUNK"] = str(self.store.read_chunk)
        for one in self._planned:
            if one.role == SERVER:
                variables[one.service.address_variable] = listening[one.name]
            else:
                known = variables.get(one.service.health_variable)
                addresses = [known] if known else []
                variables[one.service.health_variable] = ",".join([*addresses, listening[one.name]])
        return variables

    def start(self, timeout: float = START_TIMEOUT_SECONDS) -> Self:
        """Start everything and return when all of it answers; a start that fails leaves nothing running.

        `timeout` in seconds is for the services to serve. Raises LocalStackError.
        """
        lock = self._folder.acquire()
        self._guardian = Guardian(held=(lock,))
        try:
            self._start_infrastructure(self._guardian)
            if self._before_services is not None:
                self._before_services(self)
            self.supervisor.start(timeout)
            self._write_addresses()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the services, then the store and Kafka, and give the data folder back. The data stays."""
        (self._folder.folder / ADDRESS_FILE).unlink(missing_ok=True)
        if self._supervisor is not None:
            self._supervisor.stop()
        for server in (self._store, self._kafka):
            if server is not None:
                server.stop()
        if self._guardian is not None:
            self._guardian.close()
            self._guardian = None
        self._folder.release()

    def _start_infrastructure(self, guardian: Guardian) -> None:
        folder, book = self._folder, self._folder.ports
        self._pseudonym_key = folder.pseudonym_key(self._settings)
        self._store = Store(
            folder.folder / "store",
            choice=folder.choose_store(self._places, self._settings),
            settings=self._settings,
            port=self._ports.get("store"),
            ports=book,
            guardian=guardian,
            log=folder.logs / "store.log",
            durable=self._durable,
        )
        self._kafka = Kafka(
            folder.folder / "kafka",
            places=self._places,
            settings=self._settings,
            port=self._ports.get("kafka"),
            ports=book,
            guardian=guardian,
            log=folder.logs / "kafka.log",
        )
        self._supervisor = Supervisor(
            self._planned,
            common_environment=self.environment,
            folder=folder.folder,
            guardian=guardian,
            port_book=book,
            ports=self._ports,
            on_event=self._on_event,
        )
        self._store.launch()
        self._kafka.launch()
        for server in (self._store, self._kafka):
            server.wait_until_ready()
            self._on_event(Ready(server.name, server.ready_seconds))

    def _write_addresses(self) -> None:
        """Leave the addresses for other programs, readable by this user alone as the key is among them."""
        file = self._folder.folder / ADDRESS_FILE
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump({**asdict(self.addresses), "environment": self.variables(), "pid": os.getpid()}, out, indent=2)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def _started(part: Part | None) -> Part:
    if part is None:
        raise RuntimeError("the stack has not been started")
    return part
