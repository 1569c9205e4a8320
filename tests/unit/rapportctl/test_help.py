"""Every command explains itself, and ends with a status that scripts can use."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner
from kafka.errors import KafkaTimeoutError

from rapportctl.__main__ import main
from rapportctl.errors import NotFoundError, RapportctlError
from rapportctl.helptext import Command, Commands


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


EVERY = dict(commands(main))


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_help_shows_examples_of_this_command_that_can_be_copied(path: tuple[str, ...]) -> None:
    command = EVERY[path]
    assert isinstance(command, Command)
    assert command.examples
    shown = CliRunner().invoke(main, [*path, "--help"]).output
    for example in command.examples:
        assert f"  {example}\n" in shown
        assert f"rapportctl {' '.join(path)}" in example or example.startswith("zcat")


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_command_and_option_of_an_example_exists(path: tuple[str, ...]) -> None:
    command = EVERY[path]
    assert isinstance(command, Command)
    for example in command.examples:
        for part in re.split(r"&&|\|", example):
            words = part.split()
            if words[0] == "rapportctl":
                named = next(EVERY[way] for length in (3, 2, 1) if (way := tuple(words[1 : 1 + length])) in EVERY)
                options = {option for each in named.params for option in each.opts}
                assert {word for word in words if word.startswith("--")} <= options


def test_the_list_of_commands_has_a_whole_sentence_for_each() -> None:
    shown = CliRunner().invoke(main, ["--help"]).output
    assert "Exit status: 0 done, 1 failed, 2 wrong usage, 3 not found." in shown
    assert shown.count("...") <= 1


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (RapportctlError("it broke"), 1, "rapportctl: it broke\n"),
        (NotFoundError("nobody"), 3, "rapportctl: nobody\n"),
        (KafkaTimeoutError("x"), 1, "rapportctl: Kafka did not do what was asked: KafkaTimeoutError\n"),
    ],
)
def test_what_was_foreseen_ends_with_a_sentence_and_a_status(error: Exception, status: int, said: str) -> None:
    @click.group(cls=Commands)
    def group() -> None:
        pass

    @group.command()
    def fail() -> None:
        raise error

    result = CliRunner().invoke(group, ["fail"])
    assert (result.exit_code, result.stderr) == (status, said)


def test_wrong_usage_is_status_two() -> None:
    assert CliRunner().invoke(main, ["publish"]).exit_code == 2
    assert CliRunner().invoke(main, ["simulate", "--rate", "fast"]).exit_code == 2


def test_wrong_settings_are_named() -> None:
    result = CliRunner().invoke(main, ["topics", "list"], env={"RAPPORT_PARTITIONS": "3"})
    assert result.exit_code == 1
    assert "RAPPORT_PARTITIONS" in result.stderr
