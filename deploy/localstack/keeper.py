"""Keeps one Kafka and one store for all processes of a test session, for as long as any of them uses it.

A test process that finds no keeper starts one: a process of its own, so that no test worker owns what the others
use. Every user holds a shared lock on a file; the keeper ends when it gets that lock for itself, which it does when
the last user is gone, in whatever way it went.
"""

import contextlib
import fcntl
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from localstack.broker import Kafka
from localstack.errors import LocalStackError, StartError
from localstack.process import tail
from localstack.store import Store

START_TIMEOUT_SECONDS = 90
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Kept:
    """Where the shared Kafka and store are; `read_chunk` as in StoreChoice."""

    bootstrap: str
    store_url: str
    store_kind: str
    read_chunk: int | None


@contextlib.contextmanager
def shared(folder: Path) -> Iterator[Kept]:
    """Yield the Kafka and store of `folder`, started by whoever comes first and stopped after the last."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users.lock").open("a") as users:
        with (folder / "starting.lock").open("a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            fcntl.flock(users, fcntl.LOCK_SH)
            if not (folder / "kept.json").exists():
                _start_keeper(folder)
        yield Kept(**json.loads((folder / "kept.json").read_text()))


def _start_keeper(folder: Path) -> None:
    log = folder / "keeper.log"
    with log.open("ab") as output:
        keeper = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "localstack.keeper", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not (folder / "kept.json").exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            keeper.kill()
            raise StartError("The Kafka and the store shared by the tests did not start.", log, tail(log, 40))
        time.sleep(0.02)


def keep(folder: Path) -> None:
    """Run the Kafka and the store of `folder` until nobody uses them."""
    kept = folder / "kept.json"
    with (folder / "users.lock").open("a") as users, Store(folder / "store") as store, Kafka(folder / "kafka") as kafka:
        facts = asdict(Kept(kafka.bootstrap, store.url, store.kind.value, store.read_chunk))
        draft = folder / "kept.tmp"
        draft.write_text(json.dumps(facts))
        draft.replace(kept)
        while not _nobody_uses(users):
            time.sleep(POLL_SECONDS)
        kept.unlink()


def _nobody_uses(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    try:
        keep(Path(sys.argv[1]))
    except LocalStackError as error:
        sys.exit(str(error))
