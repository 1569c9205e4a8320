"""Checking who asks for a decision, and why: what every call that decides something bears."""

from __future__ import annotations

from typing import Protocol

from chassis.rpc.errors import invalid

LONGEST = {"owner": 200, "reason": 1_000, "request_id": 128}


class Mandated(Protocol):
    """A request that says who decides, why, and under which id."""

    @property
    def owner(self) -> str:
        """A staff number or a role, not a name."""

    @property
    def reason(self) -> str:
        """Why; kept with the decision."""

    @property
    def request_id(self) -> str:
        """Chosen by the caller: the same decision is made once."""


def require_mandate(request: Mandated) -> None:
    """Raise `RpcError` INVALID_ARGUMENT for an owner, a reason or a request id that is missing, blank or too long."""
    for field, longest in LONGEST.items():
        value: str = getattr(request, field)
        if not value.strip() or len(value) > longest:
            raise invalid(field, f"1 to {longest} characters")
