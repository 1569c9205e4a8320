"""Installing pinned jars, without a network."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from localstack import jars
from localstack.errors import InstallError, NotInstalledError
from localstack.jars import Jar
from localstack.places import Places

CONTENT = {"one": b"first jar", "two": b"second jar"}


def line(name: str, content: bytes) -> str:
    return f"org.example:{name}:1.0\t{len(content)}\tsha256={hashlib.sha256(content).hexdigest()}"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """Return a lock of two jars."""
    file = tmp_path / "jars.lock"
    file.write_text("# pinned\n" + "\n".join(line(*item) for item in CONTENT.items()) + "\n")
    return file


def serving(contents: dict[str, bytes], log: list[str]) -> Callable[[Jar, Path], Path]:
    """Return a repository of these contents, which notes what it was asked for."""

    def fetch(jar: Jar, scratch: Path) -> Path:
        log.append(jar.artifact)
        file = scratch / f"{jar.artifact}.jar"
        file.write_bytes(contents[jar.artifact])
        return file

    return fetch


def test_jars_are_fetched_once(lock: Path, tmp_path: Path) -> None:
    """The first installation fetches all and tells its progress, the second nothing."""
    asked: list[str] = []
    told: list[Jar] = []
    folder = tmp_path / "jars"
    assert not jars.is_complete(lock, folder)
    jars.install(lock, folder, serving(CONTENT, asked), told.append)
    jars.install(lock, folder, serving(CONTENT, asked))
    assert (sorted(asked), len(told)) == (["one", "two"], 2)
    assert jars.is_complete(lock, folder)
    assert jars.class_path(lock, folder) == f"{folder / 'one-1.0.jar'}:{folder / 'two-1.0.jar'}"
    assert {file.name for file in folder.iterdir()} == {"one-1.0.jar", "two-1.0.jar", "complete"}


def test_a_jar_with_another_content_is_refused(lock: Path, tmp_path: Path) -> None:
    """A file of the right size and the wrong checksum never gets into the folder."""
    folder = tmp_path / "jars"
    with pytest.raises(InstallError, match=r"org\.example:two:1\.0"):
        jars.install(lock, folder, serving({**CONTENT, "two": b"evil   jar"}, []))
    assert not (folder / "two-1.0.jar").exists()
    with pytest.raises(NotInstalledError, match="make setup"):
        jars.class_path(lock, folder)


def test_a_broken_installation_goes_on_where_it_was(lock: Path, tmp_path: Path) -> None:
    """What was verified before a failure is not fetched again; a damaged jar is."""
    folder = tmp_path / "jars"
    with pytest.raises(InstallError, match=r"org\.example:two:1\.0"):
        jars.install(lock, folder, serving({"one": CONTENT["one"]}, []))
    asked: list[str] = []
    jars.install(lock, folder, serving(CONTENT, asked))
    assert asked == ["two"] or sorted(asked) == ["one", "two"]
    (folder / "one-1.0.jar").write_bytes(b"damaged!!")
    asked.clear()
    jars.install(lock, folder, serving(CONTENT, asked))
    assert asked == ["one"]


def test_a_new_lock_brings_new_jars_and_removes_old_ones(lock: Path, tmp_path: Path) -> None:
    """The folder holds the jars of the lock and no others, since all of them are on the class path."""
    folder = tmp_path / "jars"
    jars.install(lock, folder, serving(CONTENT, []))
    lock.write_text(line("three", b"third jar") + "\n")
    assert not jars.is_complete(lock, folder)
    jars.install(lock, folder, serving({"three": b"third jar"}, []))
    assert [file.name for file in folder.glob("*.jar")] == ["three-1.0.jar"]


def test_a_line_that_is_no_jar_is_named_by_number(lock: Path) -> None:
    """The error says which line of the lock is wrong."""
    lock.write_text("# pinned\norg.example:one\n")
    with pytest.raises(InstallError, match="line 2"):
        jars.read_lock(lock)


def test_the_projects_own_lock_is_complete() -> None:
    """Every jar is pinned by size and a full sha256, and Kafka itself is among them."""
    pinned = jars.read_lock(Places().jars_lock)
    assert {"kafka_2.13", "kafka-clients", "slf4j-simple"} <= {jar.artifact for jar in pinned}
    assert all(len(jar.sha256) == 64 and jar.size > 0 for jar in pinned)
