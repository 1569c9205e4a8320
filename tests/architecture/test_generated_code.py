"""`protos/generate.py --check` notices every way in which protos/gen can leave the protos behind."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

# No other proto imports this one.
ALONE = "rapport/profile/v1/administration.proto"
GENERATED = "rapport/profile/v1/administration_pb2.py"


def add_a_field(protos: Path) -> None:
    """Change a proto without generating."""
    path = protos / ALONE
    path.write_text(path.read_text().replace("string reason = 4;", "string reason = 4;\n  string colour = 60;"))


def edit_by_hand(protos: Path) -> None:
    """Change generated code."""
    path = protos / "gen" / GENERATED
    path.write_text(path.read_text() + "\n# by hand\n")


def forget_a_module(protos: Path) -> None:
    """Lose generated code."""
    (protos / "gen" / GENERATED).unlink()


def leave_a_module_behind(protos: Path) -> None:
    """Remove a proto whose generated code stays."""
    (protos / ALONE).unlink()


DRIFTS = [add_a_field, edit_by_hand, forget_a_module, leave_a_module_behind]


@pytest.mark.parametrize("drift", DRIFTS, ids=lambda drift: drift.__name__)
def test_a_planted_drift_is_named(tmp_path: Path, drift: Callable[[Path], None]) -> None:
    protos = tmp_path / "protos"
    shutil.copytree(ROOT / "protos", protos, ignore=shutil.ignore_patterns("__pycache__"))
    drift(protos)
    outcome = subprocess.run(
        [sys.executable, protos / "generate.py", "--check"], capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 1
    assert GENERATED in outcome.stderr
    assert "make protos" in outcome.stderr
