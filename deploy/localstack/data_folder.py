"""One folder of data: who uses it, which store it was made with, its pseudonym key, its ports and logs."""

import fcntl
import json
import os
import secrets
import shutil
import time
from pathlib import Path

from localstack.errors import AlreadyRunningError, DataMismatchError, LocalStackError
from localstack.places import Places
from localstack.ports import PortBook
from localstack.settings import Settings
from localstack.store import without_password
from localstack.store_choice import StoreChoice, StoreKind, available_stores, choose_store

LAYOUT = 3
"""Of the services' documents: raised where a version cannot read what the one before it wrote."""
LEFTOVER_SECONDS = 20.0
"""How long the guardian of a launcher that was killed may still be ending what it guards."""


class DataFolder:
    """A folder that at most one stack uses at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._lock: int | None = None

    @property
    def ports(self) -> PortBook:
        """The ports that were used with this data."""
        return PortBook(self.folder / "ports.json")

    @property
    def logs(self) -> Path:
        """Folder of the logs."""
        return self.folder / "logs"

    def acquire(self) -> int:
        """Take the folder for this process; return the lock's file descriptor.

        The folder is free again when every holder of the descriptor has closed it. Raises AlreadyRunningError if a
        living process has it; the leftovers of a dead one are waited for.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o644)
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while not _locked(descriptor):
            holder = self.holder()
            if time.monotonic() > deadline or (holder is not None and _alive(holder)):
                os.close(descriptor)
                raise AlreadyRunningError(
                    f"A local stack (process {holder}) is running with the data in {self.folder}.",
                    "Use that one, or stop it: `.venv/bin/python -m localstack down`.",
                )
            time.sleep(0.05)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._lock = descriptor
        return descriptor

    def release(self) -> None:
        """Give the folder back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def holder(self) -> int | None:
        """Return the process id of the latest launcher, alive or not; None where there was none."""
        text = self._lock_file.read_text().strip() if self._lock_file.exists() else ""
        return int(text) if text.isdecimal() else None

    def in_use(self) -> bool:
        """Say whether a stack, or what is left of it, has the folder."""
        if not self._lock_file.exists():
            return False
        descriptor = os.open(self._lock_file, os.O_RDWR)
        try:
            return not _locked(descriptor)
        finally:
            os.close(descriptor)

    def choose_store(self, places: Places, settings: Settings) -> StoreChoice:
        """Return the store that the data was made with, for a new folder the best there is, which is remembered.

        Kafka's committed offsets and the store's documents belong together, so a better store that was installed
        later is not taken for old data. Raises DataMismatchError where the data's own store cannot be had, and for data
        of a version that wrote documents otherwise.
        """
        choice = choose_store(places, settings)
        file = self.folder / "store.json"
        wanted = _facts(choice)
        if not file.exists():
            file.write_text(json.dumps({**wanted, "layout": LAYOUT}) + "\n")
            return choice
        known = json.loads(file.read_text())
        if known.pop("layout", 1) != LAYOUT:
            raise DataMismatchError(
                f"The data in {self.folder} was made by another version of Rapport, which wrote documents otherwise.",
                "Forget the data with `make clean-data`, or start that version.",
            )
        for candidate in available_stores(places, settings):
            asked_for_another = choice.kind is StoreKind.URL and candidate != choice
            if _facts(candidate) == known and not asked_for_another:
                return candidate
        raise DataMismatchError(
            f"The data in {self.folder} was made with the store {_words(known)}, now it would be {_words(wanted)}.",
            "Bring that store back (RAPPORT_STORE_URL names one), or forget the data with `make clean-data`.",
        )

    def pseudonym_key(self, settings: Settings) -> str:
        """Return the key that the data was made with, for a new folder the person's own or a random one.

        Raises DataMismatchError if the person names another than the data's: nobody would be recognised.
        """
        file = self.folder / "pseudonym-key"
        if not file.exists():
            key = settings.pseudonym_key or secrets.token_hex(32)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(key)
        key = file.read_text()
        if settings.pseudonym_key not in (None, key):
            raise DataMismatchError(
                f"RAPPORT_PSEUDONYM_KEY is not the key that the data in {self.folder} was made with.",
                "Unset it, set it to the key of that data, or forget the data with `make clean-data`.",
            )
        return key

    def forget(self) -> bool:
        """Remove the folder and all in it; False where there is none.

        Raises AlreadyRunningError while a stack uses it, and LocalStackError if it is not a folder of ours.
        """
        if not self.folder.exists():
            return False
        if not self._lock_file.exists() and any(self.folder.iterdir()):
            raise LocalStackError(
                f"{self.folder} does not look like a data folder of the local stack.",
                "Name the folder that was given to --data before, or remove it by hand.",
            )
        self.acquire()
        try:
            shutil.rmtree(self.folder)
        finally:
            self.release()
        return True

    @property
    def _lock_file(self) -> Path:
        return self.folder / "lock"


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _facts(choice: StoreChoice) -> dict[str, str | None]:
    return {"kind": choice.kind.value, "url": without_password(choice.url) if choice.url else None}


def _words(facts: dict[str, str | None]) -> str:
    return facts["url"] or str(facts["kind"])
