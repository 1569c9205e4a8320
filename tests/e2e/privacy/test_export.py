"""An export from four servers over gRPC has all that the stores hold of a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bson
import pytest
from click.testing import CliRunner

from rapport.identity.v1.events_pb2 import CUSTOMER_STATE_LIVE, Customer
from rapportctl.__main__ import main
from tests.e2e.faults.picture import IDENTITY, Picture, take
from tests.e2e.faults.system import System

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

NO_HOLDINGS = {
    *((IDENTITY, name) for name in ("journal", "outcomes")),
    # What others' documents say of the person, its own say too; of these, others' are found beside its own.
    *((IDENTITY, name) for name in ("accounts", "customers", "details")),
}
OWN = 5
"""Customers that are exported: those with the most accounts."""


@pytest.fixture(scope="module")
def picture(system: System) -> Picture:
    """All that is stored."""
    return take(system.deployment)


@pytest.fixture(scope="module")
def people(picture: Picture) -> list[Customer]:
    """Some customers, the largest first."""
    told = [Customer.FromString(each["message"]) for each in picture.stores[IDENTITY]["customers"].values()]
    live = [each for each in told if each.state == CUSTOMER_STATE_LIVE]
    return sorted(live, key=lambda each: (-len(each.accounts), each.customer_id))[:OWN]


def exported(system: System, customer: Customer, path: Path) -> list[dict[str, Any]]:
    """The lines that `rapportctl profile export` writes."""
    arguments = ["profile", "export", customer.customer_id, "--output", str(path)]
    result = CliRunner().invoke(main, arguments, obj=system.deployment)
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("number", range(OWN))
def test_pr5_an_export_has_every_document_that_names_the_person(
    system: System, picture: Picture, people: list[Customer], number: int, tmp_path: Path
) -> None:
    """Looked for byte by byte in all stores, by account keys and customer ids."""
    customer = people[number]
    accounts = [each.account_key for each in customer.accounts]
    keys = [key.encode() for key in (*accounts, customer.customer_id, *customer.absorbed)]
    stored = {
        (service, collection, id_)
        for service, collections in picture.stores.items()
        for collection, documents in collections.items()
        if (service, collection) not in NO_HOLDINGS
        for id_, document in documents.items()
        if any(key in bson.encode(document) for key in keys)
    }
    first, *holdings, last = exported(system, customer, tmp_path / "person.jsonl")
    told = {(each["service"], each["collection"], each["id"]) for each in holdings}
    assert stored <= told
    assert sorted(first["manifest"]["accounts"]) == sorted(accounts)
    assert sum(n for each in last["counts"].values() for n in each.values()) == len(holdings)
    own = {(IDENTITY, "customers", customer.customer_id), *((IDENTITY, "accounts", each) for each in accounts)}
    assert own <= told
