"""Which deployment rapportctl works on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rapportctl.config import LOCAL_STACK, surroundings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which a local stack runs."""
    (tmp_path / LOCAL_STACK).parent.mkdir(parents=True)
    (tmp_path / LOCAL_STACK).write_text(json.dumps({"environment": {"RAPPORT_KAFKA": "127.0.0.1:7"}}))
    return tmp_path


def test_a_local_stack_is_found_where_the_environment_names_no_kafka(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands that `make run` prints work as they stand, and say what they work on."""
    monkeypatch.delenv("RAPPORT_KAFKA", raising=False)
    environment, note = surroundings(folder)
    assert environment["RAPPORT_KAFKA"] == "127.0.0.1:7"
    assert ".local/data" in note


def test_the_environment_outranks_a_local_stack(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names a deployment gets that one, silently."""
    monkeypatch.setenv("RAPPORT_KAFKA", "kafka.example:9092")
    environment, note = surroundings(folder)
    assert environment["RAPPORT_KAFKA"] == "kafka.example:9092"
    assert note == ""


def test_without_a_local_stack_the_environment_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is made up, and it is said why the usual addresses are asked."""
    monkeypatch.delenv("RAPPORT_KAFKA", raising=False)
    environment, note = surroundings(tmp_path)
    assert "RAPPORT_KAFKA" not in environment
    assert "no local stack runs in this folder" in note
