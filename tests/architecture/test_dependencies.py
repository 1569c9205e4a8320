"""Each dependency has a line that says what it is for, and a locked version with hashes."""

from __future__ import annotations

import re
import tomllib

from tests.architecture.tree import ROOT


def declared(pyproject: str) -> set[str]:
    """Names of all dependencies in pyproject.toml, extras included."""
    project = tomllib.loads(pyproject)["project"]
    requirements = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    return {re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower() for requirement in requirements}


def documented(page: str) -> set[str]:
    """Names in the first column of the tables in docs/dependencies.md."""
    return set(re.findall(r"^\| `([^`]+)` \| [^|\s]", page, flags=re.MULTILINE))


def locked(lock: str) -> dict[str, int]:
    """Name of each locked package, and how many hashes it has."""
    return {
        block.partition("==")[0]: block.count("--hash=sha256:")
        for block in re.split(r"\n(?=[a-z])", lock)
        if "==" in block
    }


def test_dependencies_and_their_page_agree() -> None:
    page = (ROOT / "docs/dependencies.md").read_text()
    assert documented(page) == declared((ROOT / "pyproject.toml").read_text())


def test_every_dependency_is_locked_with_hashes() -> None:
    locks = [ROOT / "requirements.lock", ROOT / "requirements-quality.lock"]
    packages = {name: hashes for lock in locks for name, hashes in locked(lock.read_text()).items()}
    assert declared((ROOT / "pyproject.toml").read_text()) <= packages.keys()
    assert all(packages.values()), [name for name, hashes in packages.items() if not hashes]


def test_an_undocumented_dependency_would_be_seen() -> None:
    pyproject = '[project]\ndependencies = ["one>=1", "two[x]==2"]\noptional-dependencies = {dev = ["three; x"]}\n'
    assert declared(pyproject) - documented("| `one` | counts |\n| `two` | |\n") == {"two", "three"}


def test_a_lock_without_hashes_would_be_seen() -> None:
    assert locked("one==1 \\\n    --hash=sha256:aa\ntwo==2 ; x\n") == {"one": 1, "two": 0}
