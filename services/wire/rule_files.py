"""Checking a rules file that a caller sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chassis.rpc.errors import invalid
from chassis.rules import RulesError
from rapport.common.v1.common_pb2 import ErrorReason
from wire.answering import reason

R = TypeVar("R")

MOST_CHARACTERS = 500_000
MOST_MISTAKES = 20
"""As many as are told at once."""


def checked_rules(text: str, field: str, read: Callable[[str], R]) -> R:
    """Return what `read` makes of the text in a request's field.

    Raises `RpcError` INVALID_ARGUMENT: for mistakes with the reason INVALID_RULES and line and column of each.
    """
    if not 0 < len(text) <= MOST_CHARACTERS:
        raise invalid(field, f"a rules file of 1 to {MOST_CHARACTERS} characters")
    try:
        return read(text)
    except RulesError as error:
        told = "\n".join(error.problems[:MOST_MISTAKES])
        raise invalid(field, told, reason(ErrorReason.ERROR_REASON_INVALID_RULES)) from None
