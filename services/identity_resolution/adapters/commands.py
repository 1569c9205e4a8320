"""What people command, as entries of the log that evidence stands in."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Protocol

from chassis import cloudevents
from chassis.records import Message
from chassis.rpc.errors import invalid
from identity_resolution.adapters.asked import text
from identity_resolution.adapters.messages import EVIDENCE_PARTITION, SOURCE
from identity_resolution.domain.customers import Customer
from rapport.identity.v1 import events_pb2 as events

LONGEST_OWNER = 128
LONGEST_REASON = 1_000
LONGEST_ORGANISATION = 256

_TYPE = events.EvidenceEntry.DESCRIPTOR.full_name
# No slash: what Rapport commands by itself has one.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:~-]{1,128}")


class Commanding(Protocol):
    """What all requests have that command something."""

    @property
    def owner(self) -> str: ...  # noqa: D102 - stewardship.proto tells
    @property
    def reason(self) -> str: ...  # noqa: D102
    @property
    def request_id(self) -> str: ...  # noqa: D102


def command(request: Commanding, **act: Any) -> events.Command:  # noqa: ANN401 - one of the commands that the proto names
    """The command that a request gives; `act` is the one field of `Command.command` and its message.

    Raises `RpcError` INVALID_ARGUMENT where nobody answers for it, or it cannot be told from others.
    """
    text(request.owner, "owner", LONGEST_OWNER)
    text(request.reason, "reason", LONGEST_REASON)
    if not _REQUEST_ID.fullmatch(request.request_id):
        raise invalid("request_id", "1 to 128 letters, digits and . _ : ~ -; a UUID is right")
    return events.Command(owner=request.owner, reason=request.reason, request_id=request.request_id, **act)


def message(topic: str, command: events.Command, now: datetime) -> Message:
    """The entry of the log, given now."""
    entry = events.EvidenceEntry(command=command)
    entry.command.request_time.FromDatetime(now)
    headers = cloudevents.headers(_TYPE, SOURCE, f"command/{command.request_id}", now)
    return Message(topic, command.request_id.encode(), entry.SerializeToString(), headers, EVIDENCE_PARTITION)


def anchor(customer: Customer, named: str) -> str:
    """The account that stands for a customer: the one whose birth id it was named by, which a merge does not change."""
    accounts = customer.accounts
    return next(
        (account for account, born in accounts.items() if born == named), min(accounts, key=accounts.__getitem__)
    )
