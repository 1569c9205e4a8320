"""Two customers that become one and two again, and the proposals to do so."""

from __future__ import annotations

from rapport.common.v1.proposal_pb2 import ProposedCustomer
from tests.unit.wire.world import ANN, JOE, JOE_SHOP, ResultsWorld

MERGED = ProposedCustomer(customer_id="C1", account_keys=[JOE, JOE_SHOP, ANN], absorbed=["C2"])
APART = [
    ProposedCustomer(customer_id="C1", account_keys=[JOE, JOE_SHOP]),
    ProposedCustomer(customer_id="C2", account_keys=[ANN]),
]
PARTED = [
    ProposedCustomer(customer_id="C1", account_keys=[JOE]),
    ProposedCustomer(customer_id="C5", account_keys=[JOE_SHOP]),
]
"""An account that came to its customer at once gets one of its own that never was."""


def stay_apart(world: ResultsWorld) -> None:
    """Joe has two accounts, Ann one."""
    world.belongs("C1", JOE, JOE_SHOP)
    world.belongs("C2", ANN)


def merge(world: ResultsWorld) -> None:
    """As MERGED proposes it."""
    world.merged("C2", "C1")
    world.belongs("C1", JOE, JOE_SHOP, ANN, absorbed=["C2"])


def undo(world: ResultsWorld) -> None:
    """As APART proposes it: in the order in which identity resolution tells of a split."""
    world.belongs("C2", ANN)
    world.belongs("C1", JOE, JOE_SHOP)


def part(world: ResultsWorld) -> None:
    """As PARTED proposes it."""
    world.belongs("C1", JOE)
    world.belongs("C5", JOE_SHOP)
