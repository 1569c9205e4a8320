"""Where the project's own files are, and the tools that it installs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ROOT / "services"
_MADE_BY_TOOLS = {".git", ".venv", ".local", ".hypothesis", "__pycache__", "dist"}


def project_files(root: Path = ROOT) -> Iterator[Path]:
    """Every file that people, or `make protos` and `make lock`, have written; not what caches and installs leave."""
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in _MADE_BY_TOOLS and not name.endswith("_cache")]
        yield from (Path(folder) / name for name in names)


def python_files(folder: Path) -> list[Path]:
    """The modules below the folder."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def tool(name: str) -> Path:
    """A command that is installed beside the Python that runs the tests, whatever the PATH says."""
    return Path(sys.executable).parent / name
