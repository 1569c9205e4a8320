"""What several commands share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import click

from rapport.advocacy.v1.rules_pb2 import Rules
from rapport.identity.v1.service_pb2 import Key
from rapport.profile.v1.administration_pb2 import RulesInForce
from rapportctl.calls import Calls
from rapportctl.errors import RapportctlError
from rapportctl.output import Format, print_fields, print_json
from rapportctl.views import as_json, moment


@contextlib.contextmanager
def until_interrupted() -> Iterator[None]:
    """Within the block, Ctrl-C says that a person has seen enough: it ends the block, and is no failure."""
    with contextlib.suppress(KeyboardInterrupt):
        yield


def customer_of(calls: Calls, key: Key) -> tuple[str, str]:
    """The customer id that a key stands for, and the merged-away id that it led to on the way, if any.

    A customer id is taken as it is: the service asked says itself whether it was merged away.
    """
    if key.WhichOneof("key") == "customer_id":
        return key.customer_id, ""
    answer = calls.resolve(key)
    return answer.customer_id, answer.merged_from


def text_of(file: Path) -> str:
    """The text of a file. Raises `RapportctlError` where it is none in UTF-8."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RapportctlError(f"{file}: byte {error.start + 1} is not UTF-8") from None


def show_rules(found: Rules | RulesInForce, text: str, form: Format, *, as_yaml: bool) -> None:
    """Show which rules are in force, and who put them there; `as_yaml`: only their text, as a file."""
    if as_yaml:
        click.echo(text, nl=False)
    elif form == "json":
        print_json(as_json(found))
    else:
        source = "promoted" if found.owner else "the file that the service was started with"
        told = {"version": found.version, "source": source, "owner": found.owner, "reason": found.reason}
        print_fields(form, told | {"promoted": moment(found.promote_time), "lines": text.count("\n")})
