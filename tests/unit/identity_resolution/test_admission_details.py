"""Details on their way through admission: what is kept of them, and what the log is told."""

from __future__ import annotations

from typing import Any

import pytest

from identity_resolution.application import admit
from identity_resolution.domain.guards import not_compatible
from rapport.interactions.v1.interaction_pb2 import Address
from tests.unit.identity_resolution.admissions import JOE, MAIL, TIM, A, Admissions, B, C, observation
from tests.unit.identity_resolution.world import interaction


def test_id7_the_log_is_told_of_a_pair_and_of_what_its_fields_weigh() -> None:
    world = Admissions()
    world.send(observation("1", A, **JOE), observation("2", B, **JOE))
    world.settle()
    first, second = world.evidence()
    (pair,) = second.pairs
    assert (second.account_key, pair.other_account_key) == (B, A)
    assert list(first.pairs) == []
    assert pair.weight > 0
    assert {"given_name", "family_name", "date_of_birth"} <= {each.field for each in pair.fields}
    assert pair.model_version
    assert (second.event_id, second.origin.topic) == ("2", "interactions")


def test_id7_many_pairs_are_told_in_entries_of_a_bounded_size_and_identifiers_with_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(admit, "MOST_PAIRS", 2)
    world = Admissions()
    others = [f"x:{number}" for number in range(5)]
    world.send(*(observation(each, each, **JOE) for each in others))
    world.settle()
    world.send(observation("6", A, MAIL, **JOE))
    world.settle()
    entries = [each for each in world.evidence() if each.account_key == A]
    assert [(len(each.pairs), len(each.claims), each.event_id) for each in entries] == [
        (2, 0, "6"),
        (1, 0, "6"),
        (2, 1, "6"),
    ]
    assert sorted(pair.other_account_key for each in entries for pair in each.pairs) == others


def test_id5_an_exclusive_value_is_told_once_as_a_token_of_its_parts() -> None:
    world = Admissions()
    world.send(
        observation("1", A, **JOE),
        observation("2", A, **JOE, company="Acme"),
        observation("3", B, date_of_birth="1980-03-02"),
        observation("4", C, date_of_birth="1980-03-04"),
    )
    world.settle()
    told = {each.event_id: [(value.field, value.token) for value in each.exclusives] for each in world.evidence()}
    assert told.keys() == {"1", "3", "4"}
    ((field, one),), ((_, swapped),), ((_, other),) = told["1"], told["3"], told["4"]
    assert field == "date_of_birth"
    assert [len(token.split(".")) for token in (one, swapped, other)] == [3, 3, 3]
    assert not not_compatible([one], [swapped])
    assert not_compatible([one], [other])


def test_id7_details_that_are_known_or_that_change_nothing_are_no_evidence() -> None:
    world = Admissions()
    world.send(observation("1", A, **JOE))
    world.settle()
    world.send(observation("2", A, **JOE), observation("3", A, company="Acme Widgets"), observation("4", A))
    world.settle()
    assert [each.event_id for each in world.evidence()] == ["1"]
    assert world.details(A)["company"] == ("acme widgets",)


def test_id7_details_that_come_later_are_held_against_identifiers_that_were_shown_before() -> None:
    world = Admissions()
    for sent in (interaction("1", A, MAIL), observation("2", B, MAIL, **TIM), observation("3", A, **JOE)):
        world.send(sent)
        world.settle()
    assert [(each.account_key, [pair.other_account_key for pair in each.pairs]) for each in world.evidence()] == [
        (A, []),
        (B, []),
        (A, [B]),
    ]


def test_interactions_without_details_ask_nothing_of_details_and_blocks() -> None:
    world = Admissions()
    called: list[str] = []

    class Watched:
        def __init__(self, name: str, port: Any) -> None:
            self.name, self.port = name, port

        def __getattr__(self, call: str) -> Any:
            called.append(self.name)
            return getattr(self.port, call)

    world.wrap = lambda name, port: Watched(name, port) if name in ("details", "blocks") else port
    world.send(*(interaction(str(number), f"instagram:{number}", MAIL) for number in range(3)))
    world.settle()
    assert len(world.evidence()) == 3
    assert called == []


def test_id7_an_observation_gives_all_its_details_in_one_spelling() -> None:
    world = Admissions()
    address = Address(
        lines=["Flat 3", "12 High Street"], postal_code="LS1 4AB", city="Leeds", region="Yorks", country="GB"
    )
    fields = {"full_name": "Dr. José Álvarez", "email": "JOSE@Example.com", "phone": "+44 7400 123456"}
    attributes = {"national_id": "AB 12-34", "shoe_size": "44"}
    world.send(observation("1", A, company="Acme Ltd.", address=address, attributes=attributes, **fields))
    world.settle()
    known = world.details(A)
    assert known["given_name"] == ("jose",)
    assert known["family_name"] == ("alvarez",)
    assert known["email"] == ("jose@example.com",)
    assert known["phone"] == ("+447400123456",)
    assert known["company"] == ("acme",)
    assert known["national_id"] == ("ab1234",)
    assert {"street", "postal_code", "city", "region", "country"} <= known.keys()
    assert "shoe_size" not in known


def test_id7_a_handle_that_is_shown_as_an_identifier_is_a_detail() -> None:
    world = Admissions()
    world.send(interaction("1", A, ("handle", "@Joe.Smithers")), interaction("2", B, ("handle", "tiktok/joe.smithers")))
    world.settle()
    assert world.details(A) == world.details(B) == {"handle": ("joe.smithers",)}


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "info@example.com"},
        {"email": "test@test.com"},
        {"phone": "000000000"},
        {"given_name": "unknown", "family_name": "n/a", "company": "-"},
        {"full_name": "null", "date_of_birth": "1900-01-01"},
        {"given_name": " ", "attributes": {"national_id": "0000"}},
    ],
)
def test_id2_details_that_stand_for_nobody_are_not_kept(fields: dict[str, Any]) -> None:
    world = Admissions()
    world.send(observation("1", A, **fields))
    world.settle()
    assert world.details(A) == {}
    (evidence,) = world.evidence()
    assert list(evidence.exclusives) == []


def test_id2_a_blocked_handle_is_no_detail() -> None:
    world = Admissions()
    world.send(interaction("1", A, ("handle", "tiktok/anonymous")))
    world.settle()
    assert world.details(A) == {}


UNICODE = [
    ("Đỗ Thị Hằng", "do thi hang"),
    ("Ann\u200bMarie", "annmarie"),
    ("ＡＮＮ", "ann"),  # noqa: RUF001 - full width, as some keyboards write
    ("山田", "山田"),
    ("محمّد", "محمد"),
    ("Аnn", "ann"),  # noqa: RUF001 - a Cyrillic capital
]


@pytest.mark.parametrize(("written", "read"), UNICODE)
def test_id7_names_in_any_script_are_kept_in_one_spelling(written: str, read: str) -> None:
    world = Admissions()
    world.send(observation("1", A, given_name=written, family_name="x" * 256), observation("2", A, given_name=written))
    world.settle()
    assert world.details(A)["given_name"] == (read,)
    assert len(world.evidence()) == 1


def test_id7_no_personal_value_is_in_the_log_in_keys_or_in_a_store_but_that_of_details() -> None:
    world = Admissions()
    address = Address(lines=["12 Quarrystone Street"], postal_code="ZX98765", city="Leedsville")
    fields = {**JOE, "email": "joe.quarry@example.com", "phone": "+447400123456", "address": address}
    world.send(observation("1", A, **fields), observation("2", B, ("handle", "instagram/joequarry"), **fields))
    world.settle()
    assert world.pairs()
    kept = [repr(world.stores[name].everything()).lower().encode() for name in ("accounts", "blocks")]
    log = [
        part.lower()
        for each in world.broker.records(world.topics("identity-evidence")[0])
        for part in (each.key or b"", each.value or b"")
    ]
    keys = [(each.key or b"").lower() for each in world.broker.records(world.topics("identified-interactions")[0])]
    for value in (b"smithers", b"1980", b"quarry", b"7400123456", b"zx98765", b"leedsville", b"joequarry"):
        assert not [part for part in (*kept, *log, *keys) if value in part], value
    assert b"smithers" in repr(world.stores["details"].everything()).encode()


def test_ten_thousand_accounts_on_one_identifier_and_in_one_street_cost_bounded_time_and_memory() -> None:
    world = Admissions()
    home = Address(lines=["1 High Street"], city="Leeds")
    world.send(*(observation(str(n), f"x:{n}", MAIL, given_name=f"N{n}", address=home) for n in range(10_000)))
    world.settle(flush_records=1_000)
    assert max(len(each.value or b"") for each in world.broker.records(world.topics("identity-evidence")[0])) < 20_000
    assert max(len(each["body"]) for each in world.stores["blocks"].everything().values()) < 1_000
    assert max(len(each["body"]) for each in world.stores["details"].everything().values()) < 3_000
