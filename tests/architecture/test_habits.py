"""Habits of the code that no linter knows: who reads the environment, docstrings, the length of a file."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, SERVICES, python_files

LONGEST_FILE = 400
MODULES = python_files(SERVICES) + python_files(ROOT / "deploy")
READERS_OF_THE_ENVIRONMENT = {SERVICES / "chassis/settings.py", ROOT / "deploy/localstack/settings.py"}

every_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))


def environment_reads(source: str) -> list[int]:
    """The lines that take something from the environment through `os`."""
    names = {"environ", "environb", "getenv", "getenvb"}
    return sorted(
        node.lineno
        for node in ast.walk(ast.parse(source))
        if (isinstance(node, ast.Attribute) and node.attr in names and ast.unparse(node.value) == "os")
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and names & {name.name for name in node.names})
    )


def may_read_the_environment(path: Path) -> bool:
    """Settings are read once: in a service's config.py, with the means of chassis.settings."""
    return path.name == "config.py" or path in READERS_OF_THE_ENVIRONMENT


@every_module
def test_only_settings_read_the_environment(path: Path) -> None:
    assert may_read_the_environment(path) or environment_reads(path.read_text()) == []


@pytest.mark.parametrize(
    "line", ["os.environ['HOME']", "home = os.getenv('HOME')", "from os import environ", "from os import path, getenv"]
)
def test_a_planted_read_is_found(line: str) -> None:
    assert environment_reads(f"import os\n{line}\n") == [2]


@every_module
def test_a_file_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), f"{path.relative_to(ROOT)} has no docstring"


@every_module
def test_a_file_has_one_subject(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines < LONGEST_FILE, f"{path.relative_to(ROOT)} has {lines} lines: it has more than one subject"
