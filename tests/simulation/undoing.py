"""I10: a merge that is undone is as if it had never been, for what both sides had."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from chassis.records import Message
from rapport.identity.v1 import events_pb2 as pb
from tests.simulation.audit import RESULTS, states
from tests.simulation.identity import customers, differing
from tests.simulation.system import ADVOCACY, IDENTITY, PROFILE, TIER, System


def undone(system: System, random: Random) -> Iterator[str]:
    """Have people merge two customers, and take it back; say where either is not what it was."""
    before = {id_: each for id_, each in customers(system).items() if not each.merged_into}
    if len(before) < 2:
        return
    sides = random.sample(sorted(before), 2)
    had = {id_: _all_of(system, id_) for id_ in sides}
    merge = pb.Command(request_id="to be undone", owner="staff 7", merge=pb.MergeCommand(customer_ids=sides))
    decision = _carried_out(system, merge)
    if not decision:
        return
    _carried_out(system, pb.Command(request_id="undoing", owner="staff 7", undo=pb.UndoCommand(decision_id=decision)))
    after = customers(system)
    owners = {member.account_key: id_ for id_, each in after.items() for member in each.accounts}
    one, other = ({owners[member.account_key] for member in before[id_].accounts} for id_ in sides)
    if len(one) != 1 or len(other) != 1 or one == other:
        yield f"I10: {sides} are {one} and {other} after merge and undo"
    # Now that the two are known to be different, an account that could have been of both may have gone to one.
    alike = [id_ for id_ in sides if list(after[id_].accounts) == list(before[id_].accounts)]
    for id_ in alike:
        yield from differing(f"I10: after merge and undo, of {id_}", _all_of(system, id_), had[id_])


def _carried_out(system: System, command: pb.Command) -> str:
    """Have it decided and followed; return the decision, or nothing where it is refused."""
    value = pb.EvidenceEntry(command=command).SerializeToString()
    system.broker.publish([Message(system.topic("identity-evidence"), b"staff", value, (), 0)])
    system.calm_down()
    outcome = system.stores[IDENTITY]["outcomes"].everything()[command.request_id]
    return str(outcome["decision"])


def _all_of(system: System, customer: str) -> dict[str, Any]:
    """What the services say of a customer, but for what the clock and the versions of messages change."""
    record, state, holding = (states(system, service)[customer] for service in RESULTS)
    assert [*RESULTS] == [PROFILE, ADVOCACY, TIER]
    return {
        "record": (record.contact, record.activity, record.purchases),
        "score": sorted((each.action, each.times) for each in state.score.components),
        "tiers": [(each.programme, each.tier, each.qualified, each.held_from) for each in holding.standings],
    }
