"""Fixtures for tests on the real Kafka and the real store; tests/integration/conftest.py takes them in.

`kafka` and `store` run once for all tests and all workers of a run; a test keeps apart by its `topic_prefix` and
`database_prefix`. A test that stops, kills or pauses them takes its own: `own_kafka`, `own_store`.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from localstack.broker import Kafka
from localstack.keeper import Kept, shared
from localstack.store import Store


@dataclass(frozen=True)
class SharedKafka:
    """The session's broker."""

    bootstrap: str


@dataclass(frozen=True)
class SharedStore:
    """The session's store; `read_chunk` is how many keys one read may name, None for the default."""

    url: str
    kind: str
    read_chunk: int | None


@dataclass(frozen=True)
class KafkaAndStore:
    """Both, with the environment that the conventions name for them."""

    kafka: SharedKafka
    store: SharedStore

    @property
    def environment(self) -> dict[str, str]:
        """Variables that lead a service to them."""
        variables = {"RAPPORT_KAFKA": self.kafka.bootstrap, "RAPPORT_STORE_URL": self.store.url}
        if self.store.read_chunk is not None:
            variables["RAPPORT_STORE_READ_CHUNK"] = str(self.store.read_chunk)
        return variables


@pytest.fixture(scope="session")
def kept_stack(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Kept]:
    """Kafka and store, shared by all workers of this run."""
    folder = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):  # under xdist each worker's folder lies in the run's
        folder = folder.parent
    with shared(folder / "localstack") as kept:
        yield kept


@pytest.fixture(scope="session")
def kafka(kept_stack: Kept) -> SharedKafka:
    """Return a running broker; nobody may stop it."""
    return SharedKafka(kept_stack.bootstrap)


@pytest.fixture(scope="session")
def store(kept_stack: Kept) -> SharedStore:
    """Return a running store; nobody may stop it."""
    return SharedStore(kept_stack.store_url, kept_stack.store_kind, kept_stack.read_chunk)


@pytest.fixture(scope="session")
def kafka_and_store(kafka: SharedKafka, store: SharedStore) -> KafkaAndStore:
    """Return both."""
    return KafkaAndStore(kafka, store)


@pytest.fixture
def topic_prefix() -> str:
    """Return a prefix that no other test's topics have."""
    return f"t{uuid.uuid4().hex[:10]}."


@pytest.fixture
def database_prefix() -> str:
    """Return a prefix that no other test's databases have."""
    return f"t{uuid.uuid4().hex[:10]}_"


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[Kafka]:
    """Yield a running broker of this test's own, to stop, kill, pause and restart."""
    with Kafka(tmp_path / "own-kafka") as kafka:
        yield kafka


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[Store]:
    """Yield a running store of this test's own, to stop, kill, pause and restart; what it acknowledged it keeps."""
    with Store(tmp_path / "own-store", durable=True) as store:
        yield store
