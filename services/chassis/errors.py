"""What can go wrong in a handler, by what its runner does about it."""

from __future__ import annotations


class ChassisError(Exception):
    """Base of the errors below."""


class Unavailable(ChassisError):
    """The store or the broker did not answer. The runner waits, says so in its health, and hands the batch in again."""


class Conflict(ChassisError):
    """A compare-and-set lost against another writer. The runner resets the handler and hands the batch in again."""


class Deposed(ChassisError):
    """Another worker has taken over what this one was doing. The process ends; a supervisor starts it anew."""


class BreakerOpen(ChassisError):
    """Too large a share of the records is invalid: the fault is likelier here than in them. The runner waits."""


class InvalidRecord(ChassisError):
    """A record cannot be used: it becomes a dead letter.

    `reason` is a code in capitals; `detail` says what would be right, and carries no personal data.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
