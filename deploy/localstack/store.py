"""The document store: one that somebody else runs, or a MongoDB-compatible server of our own on the loopback."""

from pathlib import Path
from typing import Any, Self

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from localstack.errors import LocalStackError
from localstack.guardian import INFRASTRUCTURE, Guardian, guardian_of_this_process
from localstack.places import Places
from localstack.ports import LOOPBACK, PortBook, is_free
from localstack.process import Process
from localstack.server import Server
from localstack.settings import Settings
from localstack.store_choice import StoreChoice, StoreKind, choose_store

CACHE = "256M"
PING_MILLISECONDS = 1500


class Store(Server):
    """A document store with its data in `home`, of the kind given or else the best there is.

    As they come, these stores acknowledge a write up to 0.2 s before it would survive a kill -9 (a clean stop loses
    nothing). With `durable` every write is synced first, at a third of the speed.

    A store of kind URL is not ours: start only waits until it answers, and it can be neither stopped nor killed.
    """

    def __init__(
        self,
        home: Path,
        *,
        choice: StoreChoice | None = None,
        places: Places | None = None,
        settings: Settings | None = None,
        port: int | None = None,
        ports: PortBook | None = None,
        guardian: Guardian | None = None,
        log: Path | None = None,
        durable: bool = False,
    ) -> None:
        super().__init__("store", home, log)
        self._settings = settings or Settings.from_environment()
        self.choice = choice or choose_store(places or Places(), self._settings)
        self._wanted = port
        self._ports = ports or PortBook(home / "ports.json")
        self._guardian = guardian or guardian_of_this_process()
        self._durable = durable
        self._claimed: int | None = None

    @property
    def kind(self) -> StoreKind:
        """What kind of store it is."""
        return self.choice.kind

    @property
    def read_chunk(self) -> int | None:
        """How many keys one read may name, where this store needs fewer than the default."""
        return self.choice.read_chunk

    @property
    def port(self) -> int:
        """Its port; raises RuntimeError before the first start, and for a store of kind URL."""
        if self._claimed is None:
            raise RuntimeError("the store has not been started here")
        return self._claimed

    @property
    def url(self) -> str:
        """The address for clients."""
        if self.choice.url is not None:
            return self.choice.url
        journal = "true" if self._durable else "false"
        return f"mongodb://{LOOPBACK}:{self.port}/?directConnection=true&journal={journal}"

    def healthy(self) -> bool:
        """Say whether the store answers a ping."""
        if self.choice.url is None and is_free(self.port):
            return False
        try:
            with MongoClient[dict[str, Any]](
                self.url, serverSelectionTimeoutMS=PING_MILLISECONDS, socketTimeoutMS=PING_MILLISECONDS
            ) as client:
                client.admin.command("ping")
        except PyMongoError:
            return False
        return True

    def launch(self) -> None:
        """Start a store of ours without waiting."""
        if self.choice.url is None:
            super().launch()

    def wait_until_ready(self) -> Self:
        """Return when the store answers; raises LocalStackError where the person's own does not."""
        if self.choice.url is None:
            return super().wait_until_ready()
        if not self.healthy():
            raise LocalStackError(
                f"No document store answers at {without_password(self.url)}.",
                "Start it, correct RAPPORT_STORE_URL, or unset it to use the store that `make setup` installs.",
            )
        return self

    def _prepare(self) -> Process:
        if self._claimed is None:
            self._claimed = self._ports.claim("store", self._wanted)
        self.home.mkdir(parents=True, exist_ok=True)
        return Process(
            self.name,
            self._command(self._claimed),
            environment=self._settings.inherited,
            folder=self.home,
            log=self.log,
            stage=INFRASTRUCTURE,
            guardian=self._guardian,
        )

    def _command(self, port: int) -> list[str]:
        program, data = str(self.choice.program), self.home / "data"
        data.mkdir(exist_ok=True)
        if self.kind is StoreKind.MONGOD:
            return [program, "--bind_ip", LOOPBACK, "--port", str(port), "--dbpath", str(data)]
        config = self.home / "secantusd.toml"
        config.write_text("# Empty, so that no file of the person's own is read.\n")
        command = [program, "--config", str(config), "--host", LOOPBACK, "--port", str(port)]
        command += ["--storage-path", str(data), "--cache-size", CACHE]
        return [*command, "--sync-on-commit"] if self._durable else command


def without_password(url: str) -> str:
    """Return the URL as it may be shown: its user name and password left out."""
    scheme, _, rest = url.partition("://")
    hosts, slash, path = rest.partition("/")
    return f"{scheme}://{hosts.rpartition('@')[2]}{slash}{path}"
