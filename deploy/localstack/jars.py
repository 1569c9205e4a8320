"""Kafka's jars: pinned with checksums, fetched by jgo, kept in one folder."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from localstack.errors import InstallError, NotInstalledError

STAMP = "complete"
PARALLEL = 4
TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class Jar:
    """One pinned jar; `size` in bytes."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def file_name(self) -> str:
        """Its name in the folder of jars."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def coordinate(self) -> str:
        """Its name in a Maven repository."""
        return f"{self.group}:{self.artifact}:{self.version}"


Fetch = Callable[[Jar, Path], Path]
"""Fetches a jar into a scratch folder and returns its path there."""


def read_lock(lock: Path) -> list[Jar]:
    """Return the pinned jars; raises InstallError naming the line that cannot be read."""
    jars = []
    for number, line in enumerate(lock.read_text().splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        try:
            coordinate, size, checksum = line.split("\t")
            group, artifact, version = coordinate.split(":")
            jars.append(Jar(group, artifact, version, int(size), checksum.removeprefix("sha256=")))
        except ValueError as error:
            raise InstallError(
                f"{lock}, line {number} is not a pinned jar: {line!r}.",
                "A line is group:artifact:version, size in bytes and sha256=..., separated by tabs.",
            ) from error
    return jars


def class_path(lock: Path, folder: Path) -> str:
    """Return the jars as a class path, in the lock's order, which the start-up cache depends on.

    Raises NotInstalledError where the folder is not complete for this lock.
    """
    if not is_complete(lock, folder):
        raise NotInstalledError(f"Kafka's jars are not all in {folder}.", "Run `make setup`.")
    return os.pathsep.join(str(folder / jar.file_name) for jar in read_lock(lock))


def is_complete(lock: Path, folder: Path) -> bool:
    """Say whether all jars of this very lock were installed and verified and are still there."""
    stamp = folder / STAMP
    if not stamp.exists() or stamp.read_text() != _digest(lock):
        return False
    return all((folder / jar.file_name).exists() for jar in read_lock(lock))


def install(lock: Path, folder: Path, fetch: Fetch, progress: Callable[[Jar], None] = lambda jar: None) -> None:
    """Bring the jars of `lock`, and no others, into `folder`; what is there and right is kept.

    `progress` is called once for each jar that is in place. Raises InstallError naming the jar that could not be
    fetched or is not what the lock says; what was verified before stays for the next attempt.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jars = read_lock(lock)
    missing = [jar for jar in jars if not _is_right(folder / jar.file_name, jar)]
    for jar in jars:
        if jar not in missing:
            progress(jar)
    with tempfile.TemporaryDirectory(dir=folder, prefix="fetching-") as scratch:
        _fetch_all(missing, folder, Path(scratch), fetch, progress)
    _remove_others(folder, {jar.file_name for jar in jars})
    (folder / STAMP).write_text(_digest(lock))


def _fetch_all(jars: Iterable[Jar], folder: Path, scratch: Path, fetch: Fetch, progress: Callable[[Jar], None]) -> None:
    with ThreadPoolExecutor(PARALLEL) as pool:
        fetching = {pool.submit(_fetch_one, jar, folder, scratch, fetch): jar for jar in jars}
        try:
            for done in as_completed(fetching):
                done.result()
                progress(fetching[done])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _fetch_one(jar: Jar, folder: Path, scratch: Path, fetch: Fetch) -> None:
    try:
        fetched = fetch(jar, scratch)
    except Exception as error:
        raise InstallError(
            f"Could not fetch {jar.coordinate}: {error}",
            "Is the network there? jgo's configuration (its file jgo.conf) names the repositories that are asked.",
        ) from error
    if not _is_right(fetched, jar):
        raise InstallError(
            f"{jar.coordinate} is not the file that {STAMP!r} jars are checked against: its sha256 or size differs.",
            "Try again; if that does not help, the repository serves another file than was pinned: do not use it.",
        )
    shutil.move(fetched, folder / jar.file_name)


def _is_right(file: Path, jar: Jar) -> bool:
    if not file.exists() or file.stat().st_size != jar.size:
        return False
    return hashlib.sha256(file.read_bytes()).hexdigest() == jar.sha256


def _remove_others(folder: Path, wanted: set[str]) -> None:
    for file in folder.glob("*.jar"):
        if file.name not in wanted:
            file.unlink()


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def fetch_by_jgo(jar: Jar, scratch: Path) -> Path:
    """Fetch a jar from the repositories that jgo's own configuration names, by default its own default."""
    from jgo.config import GlobalSettings  # noqa: PLC0415 - heavy, and needed by setup alone
    from jgo.maven import MavenContext  # noqa: PLC0415
    from jgo.maven._core import DEFAULT_REMOTE_REPOS  # noqa: PLC0415

    repositories = {**DEFAULT_REMOTE_REPOS, **GlobalSettings.load().repositories}
    context = MavenContext(repo_cache=scratch, local_repos=[], remote_repos=repositories, timeout=TIMEOUT_SECONDS)
    resolved = context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    return Path(resolved)
