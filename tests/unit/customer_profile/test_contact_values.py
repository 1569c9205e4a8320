"""Which details an interaction shows, by the rules' defaults."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from chassis.errors import InvalidRecord
from chassis.records import ReadRecord
from chassis.rules import RulesError
from customer_profile.adapters.interactions import InteractionReader, source_label, source_name
from customer_profile.application.folding import GREATEST_FIGURE, require_usable
from customer_profile.config import DEFAULT_RULES, profile_rules
from customer_profile.domain.contact import FIELDS
from customer_profile.domain.interaction import Interaction as Values
from customer_profile.domain.reach import Figures
from customer_profile.domain.timeline import LATEST
from rapport.common.v1.common_pb2 import Origin
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import Address, Interaction, PurchaseSource
from rapport.profile.v1.profile_pb2 import Contact
from tests.unit.customer_profile.world import (
    SETTINGS,
    followers,
    identifier,
    interaction,
    observation,
    purchase,
)
from tests.unit.wire.world import JOE


def read(message: Interaction, account: str = JOE, **origin: Any) -> Values:
    key = origin.pop("key", account)
    origin = {"epoch": 1, "topic": "interactions", "partition": 3, "offset": 7, **origin}
    value = IdentifiedInteraction(interaction=message, account_key=account, origin=Origin(**origin)).SerializeToString()
    rules = profile_rules(SETTINGS).value
    reader = InteractionReader(rules.contact, rules.conversations)
    return reader(ReadRecord("identified", 0, 0, 0, key.encode(), value)).event


def test_every_field_of_the_api_is_observed() -> None:
    """An observation's fields become the contact's, the address as on an envelope."""
    address = Address(lines=["1 Main St", "Flat 2"], postal_code="10115", city="Berlin", country="DE")
    details = {name: f"some {name}" for name in FIELDS if name != "postal_address"}
    found = dict(read(observation("e", JOE, 0, address=address, **details)).details)
    assert found.pop("postal_address") == "1 Main St\nFlat 2\n10115 Berlin\nDE"
    assert found == details
    assert set(FIELDS) == {field.name for field in Contact.DESCRIPTOR.fields}


def test_an_absent_or_blank_value_says_nothing() -> None:
    """Only values with something in them count, an empty address among those that have nothing."""
    sent = observation("e", JOE, 0, given_name=" ", email="", address=Address(), company="Acme")
    sent.identifiers.append(identifier("phone", " "))
    assert read(sent).details == (("company", "Acme"),)


def test_an_identifier_that_reaches_a_person_is_a_contact_value() -> None:
    """E-mail and phone claims count on any kind of interaction; other identifiers reach nobody."""
    sent = interaction(
        "e", identifiers=[identifier("email", "a@b.c"), identifier("cookie", "x"), identifier("phone", "1")]
    )
    assert dict(read(sent).details) == {"email": "a@b.c", "phone": "1"}


@pytest.mark.parametrize(("channel", "field"), [("email", "email"), ("phone", "phone"), ("sms", "phone")])
def test_the_address_that_somebody_wrote_from_is_a_contact_value(channel: str, field: str) -> None:
    """On channels whose ids are personal, the account's own id is a value."""
    assert dict(read(interaction("e", f"{channel}:joe's"), f"{channel}:h_1").details) == {field: "joe's"}


def test_within_an_interaction_observed_outranks_claimed_and_claimed_outranks_the_channel() -> None:
    """One value for each field: the most explicit."""
    sent = interaction("e", "email:from@b.c", identifiers=[identifier("email", "claimed@b.c")])
    assert dict(read(sent).details) == {"email": "claimed@b.c"}
    sent = observation("e", "email:from@b.c", 0, email="told@b.c")
    sent.identifiers.extend([identifier("email", "claimed@b.c"), identifier("email", "second@b.c")])
    assert dict(read(sent).details) == {"email": "told@b.c"}


def test_figures_that_are_absent_are_not_zero() -> None:
    """No figures say nothing; figures of zero say zero."""
    assert read(interaction("e")).figures is None
    told = read(interaction("e", figures=followers(0))).figures
    assert told is not None
    assert told.followers == 0


def test_every_purchase_source_has_a_name_that_leads_back() -> None:
    """The ledger's short names and the API's enum belong to each other; a newer producer's number is kept as it is."""
    for name, number in PurchaseSource.items():
        assert source_label(source_name(number)) == name
    assert source_name(99) == "99"


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        ({"topic": ""}, "BAD_ORIGIN"),
        ({"offset": -1}, "BAD_ORIGIN"),
        ({"epoch": 1 << 30}, "BAD_ORIGIN"),
        ({"key": "instagram:jim"}, "KEY_MISMATCH"),
    ],
)
def test_an_interaction_without_its_place_in_the_log_is_refused(origin: dict[str, Any], reason: str) -> None:
    """Without origin the fence could not tell whether it was applied; under another key it has another writer."""
    with pytest.raises(InvalidRecord) as caught:
        read(interaction("e"), **origin)
    assert caught.value.reason == reason


GOOD = read(purchase("e", JOE, 0, "o1", 100))


@pytest.mark.parametrize(
    "wrong",
    [
        {"event_id": ""},
        {"kind": ""},
        {"at": LATEST + 1},
        {"figures": Figures(0, -1)},
        {"figures": Figures(0, 0, GREATEST_FIGURE + 1)},
        {"ledger_id": ""},
        {"currency": "eur"},
        {"currency": "EURO"},
        {"minor_units": -1},
        {"minor_units": GREATEST_FIGURE + 1},
    ],
)
def test_what_would_spoil_a_persona_is_refused(wrong: dict[str, Any]) -> None:
    """Each check refuses what it is for, and the detail quotes nothing that was sent."""
    require_usable(GOOD)
    assert GOOD.order
    fields = {name: value for name, value in wrong.items() if name in Values._fields}
    entry = {name: value for name, value in wrong.items() if name not in Values._fields}
    with pytest.raises(InvalidRecord):
        require_usable(GOOD._replace(**fields, order=GOOD.order._replace(**entry)))


def test_the_rules_that_ship_are_valid_and_those_of_the_settings_go_first(tmp_path: Path) -> None:
    """The file that the settings name is read instead of the service's own."""
    assert profile_rules(SETTINGS).value.ledger.entries_kept == 2000
    own = tmp_path / "rules.yaml"
    own.write_text(DEFAULT_RULES.read_text().replace("entries_kept: 2000", "entries_kept: 5"))
    assert profile_rules(dataclasses.replace(SETTINGS, rules=own)).value.ledger.entries_kept == 5


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("entries_kept: 2000", "entries_kept: 0"),
        ("entries_kept: 2000", "entrys_kept: 2000"),
        ("    sms: phone", "    sms: pager"),
    ],
)
def test_a_wrong_rule_is_told_with_its_line(tmp_path: Path, right: str, wrong: str) -> None:
    """The mistake's line and column stand in the error."""
    text = DEFAULT_RULES.read_text()
    line = text[: text.index(right)].count("\n") + 1
    own = tmp_path / "rules.yaml"
    own.write_text(text.replace(right, wrong))
    with pytest.raises(RulesError) as caught:
        profile_rules(dataclasses.replace(SETTINGS, rules=own))
    assert any(problem.startswith(f"{own}:{line}:") for problem in caught.value.problems)
