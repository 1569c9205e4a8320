"""Sending a town: everything it does, as it does it, and the truth about it."""

from __future__ import annotations

import io

from rapport.interactions.v1.interaction_pb2 import Interaction
from rapportctl.publishing import publish_lines
from rapportctl.simulation import run, write_lines
from rapportctl.town import Town, TownSettings
from tests.unit.rapportctl.fakes import MemoryDeployment

SETTINGS = TownSettings(people=40, seed=3, invalid_share=0.05, repeat_share=0.05)


def test_all_events_of_the_town_are_sent_repeats_and_invalid_ones_too() -> None:
    deployment = MemoryDeployment()
    outcome = run(SETTINGS, deployment.interaction_sender())
    records = deployment.records("interactions")
    assert sorted(record.value or b"" for record in records) == sorted(
        each.payload() for each in Town(SETTINGS).events()
    )
    assert outcome.truth == Town(SETTINGS).truth()
    assert outcome.truth.totals.invalid > 0
    assert outcome.truth.totals.repeated > 0
    assert outcome.truth.totals.events == len(records)


def test_an_accounts_events_stay_in_order_in_one_partition() -> None:
    deployment = MemoryDeployment()
    run(SETTINGS, deployment.interaction_sender())
    order: dict[str, list[bytes]] = {}
    for event in Town(SETTINGS).events():
        if event.account_key != ":":
            order.setdefault(event.account_key, []).append(event.payload())
    partition_of: dict[bytes, int] = {}
    for record in deployment.records("interactions"):
        assert partition_of.setdefault(record.key or b"", record.partition) == record.partition
    for account in ("instagram", "store"):
        for key, payloads in order.items():
            if key.startswith(account + ":"):
                sent = [each.value for each in deployment.records("interactions") if each.key == key.encode()]
                assert sent == payloads


def test_progress_ends_at_what_was_planned() -> None:
    told: list[tuple[int, int]] = []
    run(SETTINGS, MemoryDeployment().interaction_sender(), on_progress=lambda done, total: told.append((done, total)))
    planned = Town(SETTINGS).planned()
    assert told[-1] == (planned, planned)
    assert told == sorted(told)


def test_a_town_in_a_file_says_the_same_when_it_is_published() -> None:
    """Invalid events apart: what is missing something is found out by publishing already."""
    file = io.StringIO()
    outcome = write_lines(SETTINGS, file)
    deployment = MemoryDeployment()
    with deployment.interaction_sender() as sender:
        published = publish_lines(file.getvalue().splitlines(), sender)
    totals = outcome.truth.totals
    assert published.sent + published.bad == totals.events
    assert published.bad <= totals.invalid
    valid = [each.payload() for each in Town(SETTINGS).events() if each.interaction is not None]
    sent = [record.value or b"" for record in deployment.records("interactions")]
    assert _canonical(valid) <= _canonical(sent)


def _canonical(values: list[bytes]) -> set[bytes]:
    return {Interaction.FromString(value).SerializeToString(deterministic=True) for value in values}
