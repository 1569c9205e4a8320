"""Evidence from 32 producers at once, with commands among it, and the worker that decides killed at random."""

from __future__ import annotations

import time
from collections import Counter
from random import Random

import pytest

from identity_resolution.adapters.collections import DECIDED
from identity_resolution.config import identity_rules, make_keys, make_policy
from identity_resolution.domain.policy import Policy
from rapport.identity.v1 import events_pb2 as pb
from tests.e2e.identity.audit import Decided, faults, found_again, told
from tests.e2e.identity.commander import Commander
from tests.e2e.identity.crowd import Crowd
from tests.e2e.identity.deciders import EVIDENCE, LONGEST_TAKEOVER_SECONDS, Deciders, Senders

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

PRODUCERS = 32
PEOPLE = 1_500
"""They come to about 10,000 links."""


@pytest.mark.parametrize(
    ("seconds", "kills", "seed"),
    [(10, 2, 1), pytest.param(80, 10, 2, marks=[pytest.mark.soak, pytest.mark.timeout(400)])],
)
def test_id1_who_is_one_follows_from_the_evidence_whoever_sends_it_and_whoever_dies(
    deciders: Deciders, seconds: float, kills: int, seed: int
) -> None:
    crowd = Crowd(PEOPLE, seed)
    takeovers = _live_through(deciders, crowd, seconds, kills, Random(seed))
    log = deciders.records(EVIDENCE)
    entries = [pb.EvidenceEntry.FromString(record.value or b"") for record in log]
    decided = Decided.read(deciders.stored())
    print(_said(crowd, decided, entries, takeovers))
    assert max(takeovers) < LONGEST_TAKEOVER_SECONDS
    assert faults(decided, entries, _policy(deciders)) == []
    assert told(decided, deciders.records("customers"), deciders.records("identity-assignments")) == []
    assert found_again(decided, crowd.plain) == (1.0, 1.0)
    again = deciders.replayed(log)
    assert {name: again[name] for name in DECIDED} == {name: decided.stored[name] for name in DECIDED}


def _live_through(deciders: Deciders, crowd: Crowd, seconds: float, kills: int, random: Random) -> list[float]:
    """Have everything sent, commanded and killed; return how long each takeover took."""
    takeovers: list[float] = []
    commander = Commander.of(crowd, deciders.look, random, ids=f"{crowd.seed}-")
    with Senders(deciders, crowd.parts(PRODUCERS), commander, seconds):
        for _ in range(kills):
            time.sleep(random.uniform(0.2, 1.5))
            takeovers.append(deciders.kill())
    deciders.wait_until_decided()
    return takeovers


def _policy(deciders: Deciders) -> Policy:
    rules = identity_rules(deciders.settings).value
    return make_policy(rules, make_keys(rules, deciders.settings.pseudonym_key))


def _said(crowd: Crowd, decided: Decided, entries: list[pb.EvidenceEntry], takeovers: list[float]) -> str:
    outcomes = Counter(each["error"] or "done" for each in decided.stored["outcomes"].values())
    rules = Counter(refusal.rule.value for each in decided.live for refusal in each.refused.values())
    return (
        f"{len(crowd.people)} people, {len(crowd.links)} links, {len(entries)} entries; "
        f"{len(decided.live)} customers; commands: {dict(outcomes)}; refusals: {dict(rules)}; "
        f"takeovers in s: {', '.join(f'{each:.1f}' for each in takeovers)}"
    )
