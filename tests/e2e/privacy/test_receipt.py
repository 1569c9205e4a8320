"""A receipt that four servers and their workers complete is true of all stores."""

from __future__ import annotations

import json

import bson
import pytest
from click.testing import CliRunner

from rapport.identity.v1.events_pb2 import CUSTOMER_STATE_LIVE, Customer
from rapportctl.__main__ import main
from tests.e2e.faults.picture import IDENTITY, LEVELS, take
from tests.e2e.faults.system import System

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

JOURNAL = (IDENTITY, "journal")
"""The last commit: the next one overwrites it."""


@pytest.fixture(scope="module")
def person(system: System) -> Customer:
    """Somebody with several accounts, other than those whom other tests export."""
    stored = take(system.deployment).stores[IDENTITY]["customers"].values()
    told = [Customer.FromString(each["message"]) for each in stored]
    live = [each for each in told if each.state == CUSTOMER_STATE_LIVE]
    several = sorted((each for each in live if len(each.accounts) == 2), key=lambda each: each.customer_id)
    return several[-1]


def test_pr5_a_complete_receipt_means_that_no_store_names_the_person(system: System, person: Customer) -> None:
    """Looked for byte by byte; the levels tell of the customer by tombstones alone, and all others are still there."""
    before = len(take(system.deployment).stores[IDENTITY]["customers"])
    arguments = ["--owner", "S-17", "--reason", "case 4711", "--yes", "--timeout", "90s", "--format", "json"]
    result = CliRunner().invoke(main, ["profile", "erase", person.customer_id, *arguments], obj=system.deployment)
    assert result.exit_code == 0, result.stderr
    receipt = json.loads(result.stdout)
    assert receipt["state"] == "ERASURE_STATE_COMPLETE"
    held = {each["service"]: int(each.get("held_before", 0)) for each in receipt["services"]}
    assert set(held) == {IDENTITY, *LEVELS}
    assert all(held.values())
    system.wait_until_quiet()
    picture = take(system.deployment)
    keys = [key.encode() for key in (person.customer_id, *(each.account_key for each in person.accounts))]
    left = [
        (service, collection, id_)
        for service, collections in picture.stores.items()
        for collection, documents in collections.items()
        if (service, collection) != JOURNAL
        for id_, document in documents.items()
        if any(key in bson.encode(document) for key in keys)
    ]
    assert left == []
    assert len(picture.stores[IDENTITY]["customers"]) == before - 1 - len(person.absorbed)
    for topic in ("customers", *LEVELS.values()):
        assert picture.last(topic)[person.customer_id].value is None
