"""Which document store to use: the person's own, MongoDB, or what setup installed, in this order."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from localstack.errors import NotInstalledError
from localstack.places import Places
from localstack.settings import Settings

PYTHON_SERVER_READ_CHUNK = 100
"""Keys in one `$in`: SecantusDB's Python server takes quadratic time, 8 ms for 100 and 557 ms for 1,000."""


class StoreKind(StrEnum):
    """The stores that Rapport runs against."""

    URL = "url"
    MONGOD = "mongod"
    SECANTUS_RUST = "secantusd-rs"
    SECANTUS_PYTHON = "secantusd-py"


@dataclass(frozen=True)
class StoreChoice:
    """A store to use: a URL where somebody else runs it, else the program to run."""

    kind: StoreKind
    url: str | None = None
    program: Path | None = None

    @property
    def read_chunk(self) -> int | None:
        """How many keys one read may name, where this store needs fewer than the default."""
        return PYTHON_SERVER_READ_CHUNK if self.kind is StoreKind.SECANTUS_PYTHON else None


def secantus_python_program(places: Places) -> Path:
    """Return where setup puts SecantusDB's Python server."""
    return places.secantus_python / "bin" / "secantusd-py"


def secantus_rust_program(places: Places) -> Path:
    """Return where `make fast-store` puts SecantusDB's Rust server."""
    return places.secantus_rust / "bin" / "secantusd-rs"


def available_stores(places: Places, settings: Settings) -> list[StoreChoice]:
    """Return the stores that could be used, the best first."""
    choices = []
    if settings.store_url is not None:
        choices.append(StoreChoice(StoreKind.URL, url=settings.store_url))
    programs = {
        StoreKind.MONGOD: settings.program("mongod"),
        StoreKind.SECANTUS_RUST: secantus_rust_program(places),
        StoreKind.SECANTUS_PYTHON: secantus_python_program(places),
    }
    for kind, program in programs.items():
        if program is not None and program.exists():
            choices.append(StoreChoice(kind, program=program))
    return choices


def choose_store(places: Places, settings: Settings) -> StoreChoice:
    """Return the best store there is; raises NotInstalledError where there is none."""
    choices = available_stores(places, settings)
    if not choices:
        raise NotInstalledError(
            "There is no document store.",
            "Run `make setup`, install MongoDB so that `mongod` is on the PATH, or name one in RAPPORT_STORE_URL.",
        )
    return choices[0]
