"""Wires what is done about a person as a whole, in all services: what is held, exports, erasures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chassis.clock import milliseconds
from chassis.ports import Clock, Documents
from chassis.pseudonym import Pseudonymizer
from chassis.rpc.awaited import Waiting
from chassis.service import ServerContext
from customer_profile.adapters.documents import ERASURES, RECORDS
from customer_profile.adapters.erasing import Erasing
from customer_profile.adapters.holders import Holders
from customer_profile.adapters.holdings import kept
from customer_profile.adapters.people import People
from customer_profile.adapters.receipts import StoredReceipts
from customer_profile.adapters.rpc_erasure import Erasures
from customer_profile.adapters.rpc_export import Exports
from rapport.stewardship.v1 import stewardship_pb2
from wire.holdings import DESCRIPTOR, Holdings

PROFILE = "customer-profile"
IDENTITY, ADVOCACY, TIER = "identity-resolution", "advocacy-scoring", "vip-tier"
CALLED: Mapping[str, Sequence[Any]] = {
    IDENTITY: [stewardship_pb2.DESCRIPTOR.services_by_name["StewardshipService"], DESCRIPTOR],
    ADVOCACY: [DESCRIPTOR],
    TIER: [DESCRIPTOR],
}
"""What is asked of the other services."""
LEFT_ALONE_MS = 60_000
"""So long after it was asked for, an erasure is the business of the call that asked."""
AT_ONCE = 10

Open = Callable[[str], Documents]
Callers = Mapping[str, Any]


def holdings(documents: Open) -> Holdings:
    """What this service holds of people."""
    return Holdings(lambda: kept(documents))


def erasing(documents: Open, callers: Callers, clock: Clock) -> Erasing:
    """What carries erasures out."""
    return Erasing(
        StoredReceipts(documents(ERASURES)),
        people=People(callers[IDENTITY]),
        stewardship=callers[IDENTITY],
        service=IDENTITY,
        holders=_holders(documents, callers),
        clock=clock,
    )


def bring_on(documents: Open, callers: Callers, clock: Clock) -> None:
    """Bring some of the erasures on that nobody has asked about for a while, the oldest first."""
    before = milliseconds(clock.now()) - LEFT_ALONE_MS
    waiting = StoredReceipts(documents(ERASURES)).running(before, AT_ONCE)
    if waiting:
        erasing(documents, callers, clock).advance_all(waiting)


def exports(context: ServerContext) -> Exports:
    """What exports people; a quarter of the threads may do so at a time."""
    people, holders = People(context.callers[IDENTITY]), _holders(context.documents, context.callers)
    return Exports(people, holders, context.clock, _a_quarter(context))


def erasures(context: ServerContext) -> Erasures:
    """What has people erased; a quarter of the threads may wait for that."""
    return Erasures(
        StoredReceipts(context.documents(ERASURES)),
        erasing(context.documents, context.callers, context.clock),
        people=People(context.callers[IDENTITY]),
        holders=_holders(context.documents, context.callers),
        records=context.documents(RECORDS),
        hashed=Pseudonymizer(context.settings.pseudonym_key).hash,
        clock=context.clock,
        # A look asks four services.
        waiting=Waiting(
            first_seconds=0.1,
            longest_seconds=1.0,
            most_seconds=30.0,
            margin_seconds=1.0,
            at_once=_a_quarter(context),
        ),
    )


def _holders(documents: Open, callers: Callers) -> Holders:
    return Holders(PROFILE, holdings(documents), callers, sorted({PROFILE, *CALLED}))


def _a_quarter(context: ServerContext) -> int:
    return max(1, context.settings.grpc_threads // 4)
