"""Nothing in the project depends on one machine: no paths of its disk, no hosts of its package registries."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, project_files

REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted\.org|maven\.org|maven\.apache\.org|crates\.io|proxy\.golang\.org|registry\.npmjs|"
    r"--(?:extra-)?index-url\s|--find-links\s",
    re.IGNORECASE,
)
MACHINE_PATHS = re.compile(r"(?<![\w.}/])/(?:work|root|home|Users)/|/tmp[/]w\b|/opt[/]wheels")


def ties(text: str) -> list[tuple[int, str]]:
    """Line number and text of what ties the file to a machine or to a registry."""
    return [
        (number, found.group())
        for number, line in enumerate(text.splitlines(), start=1)
        for pattern in (REGISTRIES, MACHINE_PATHS)
        for found in pattern.finditer(line)
    ]


def test_no_file_is_tied_to_a_machine() -> None:
    tied = {}
    for path in project_files():
        try:
            found = ties(path.read_text())
        except UnicodeDecodeError:
            continue
        if found:
            tied[str(path.relative_to(ROOT))] = found
    assert tied == {}


@pytest.mark.parametrize(
    "line",
    [
        "cd " + "/work" + "/main",
        'HERE = "' + "/root" + '/.pyenv"',
        "url = https://files." + "pythonhosted" + ".org/packages",
        "--extra-" + "index-url https://example.com/simple",
    ],
)
def test_a_planted_tie_is_found(line: str) -> None:
    assert [number for number, _ in ties(f"first\n{line}\n")] == [2]


def test_a_binary_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(b"\xff\xfe\x00")
    assert [path.name for path in project_files(tmp_path)] == ["image"]
