"""Names that callers may ask by: the segments and stages that the rules in force declare."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.rpc.errors import invalid
from customer_profile.domain.rules import ProfileRules


def check_segments(rules: ProfileRules, asked: Iterable[str], field: str) -> None:
    """Raise `RpcError` INVALID_ARGUMENT, naming the field, where one is asked for that no rule declares."""
    _check([each.segment for each in rules.segments], asked, field, "segments")


def check_stages(rules: ProfileRules, asked: Iterable[str], field: str) -> None:
    """Raise `RpcError` INVALID_ARGUMENT, naming the field, where one is asked for that no rule declares."""
    _check([each.stage for each in rules.lifecycle], asked, field, "stages")


def _check(declared: list[str], asked: Iterable[str], field: str, what: str) -> None:
    if not set(asked) <= set(declared):
        raise invalid(field, f"{what} that the rules in force declare: {', '.join(declared) or 'there are none'}")
