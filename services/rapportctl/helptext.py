"""Commands whose help ends with examples, and which report in a sentence what went wrong."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click
from kafka.errors import KafkaError

from chassis.settings import SettingsError
from rapportctl.errors import NotFoundError, RapportctlError

DONE, FAILED, WRONG_USAGE, NOT_FOUND = range(4)
"""Exit statuses."""


class Command(click.Command):
    """A command with `examples`: command lines that its help shows as they are."""

    def __init__(self, *arguments: Any, examples: Sequence[str] = (), **attributes: Any) -> None:  # noqa: ANN401 - click's
        super().__init__(*arguments, **attributes)
        self.examples = tuple(examples)

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, unwrapped, so that they can be copied."""
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{example}\n")
        super().format_epilog(context, formatter)


class Commands(click.Group):
    """A group of such commands. What fails ends with exit status 1; what does not exist, with 3."""

    command_class = Command
    group_class = type

    def invoke(self, context: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """Run the command, and turn what was foreseen into a sentence."""
        try:
            return super().invoke(context)
        except (RapportctlError, SettingsError) as error:
            _leave(str(error), NOT_FOUND if isinstance(error, NotFoundError) else FAILED)
        except KafkaError as error:
            _leave(f"Kafka did not do what was asked: {type(error).__name__}", FAILED)


def _leave(message: str, status: int) -> None:
    click.echo(f"rapportctl: {message}", err=True)
    sys.exit(status)
