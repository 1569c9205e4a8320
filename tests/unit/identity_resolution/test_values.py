"""Which values tie accounts together, and in which spelling."""

from __future__ import annotations

import pytest

from identity_resolution.domain.exclusive import ExclusiveValues
from identity_resolution.domain.keys import UnusableValue
from tests.unit.identity_resolution.world import RULES, World, interaction, keys

SAME = [
    ("email", "Joe.Smith@Example.COM", "  joe.smith@example.com "),
    ("email", "ｊｏｅ@example.com", "joe@example.com"),  # noqa: RUF001 - full width, as some keyboards write
    ("email", "joe@xn--bcher-kva.example", "joe@Bücher.example"),
    ("email", "joe@example.com.", "joe@example.com"),
    ("phone", "+49 1511 234-56 78", "+4915112345678"),
    ("phone", "+44 (0)7400 123456", "+447400123456"),
    ("loyalty_number", "ab 12-34.5", "AB12345"),
    ("handle", "instagram/@Joe", "instagram/joe"),
    ("cookie", " GA1.2.x ", "GA1.2.x"),
]
DIFFERENT = [
    ("email", "joe.smith@example.com", "joesmith@example.com"),
    ("email", "joe+shop@example.com", "joe@example.com"),
    ("phone", "+4915112345678", "+4915112345679"),
    ("user_id", "abc", "ABC"),
    ("handle", "instagram/joe", "tiktok/joe"),
]
BLOCKED = [
    *[
        (type_, value)
        for type_ in ("email", "phone", "loyalty_number", "user_id", "cookie", "device", "external_id", "handle")
        for value in (
            "",
            "  ",
            "0",
            "0000",
            "000-000",
            "-1",
            "null",
            "NULL",
            "None",
            "undefined",
            "Unknown",
            "anonymous",
        )
    ],
    ("device", "00000000-0000-0000-0000-000000000000"),
    ("external_id", "n/a"),
    ("email", "test@test.com"),
    ("email", "TEST@example.com"),
    ("email", "info@example.com"),
    ("email", "noreply@example.com"),
    ("email", "no-reply@example.com"),
    ("email", "no_reply@example.com"),
    ("email", "do-not-reply@example.com"),
    ("email", "support+7@example.com"),
    ("email", "admin@example.com"),
    ("email", "sales@example.com"),
    ("handle", "instagram/anonymous"),
]
NO_VALUES = [
    ("email", "joe"),
    ("email", "joe@"),
    ("email", "joe@example"),
    ("email", "joe smith@example.com"),
    ("email", "joe@exa mple.com"),
    ("email", "joe@@example.com"),
    ("email", "joe@xn--ls8h-\udcff.example"),
    ("phone", "01511 2345678"),
    ("phone", "+49 12"),
    ("phone", "call me"),
    ("handle", "@"),
    ("loyalty_number", " - "),
]


@pytest.mark.parametrize(("type_", "one", "other"), SAME)
def test_id2_spellings_of_one_value_have_one_key(type_: str, one: str, other: str) -> None:
    assert keys().identifier(type_, one) == keys().identifier(type_, other)


@pytest.mark.parametrize(("type_", "one", "other"), DIFFERENT)
def test_id2_values_that_may_be_two_peoples_keep_two_keys(type_: str, one: str, other: str) -> None:
    assert keys().identifier(type_, one) != keys().identifier(type_, other)


@pytest.mark.parametrize(("type_", "value"), [*BLOCKED, *NO_VALUES])
def test_id2_a_value_that_stands_for_nobody_has_no_key(type_: str, value: str) -> None:
    with pytest.raises(UnusableValue):
        keys().identifier(type_, value, "instagram")
    assert keys().claim(type_, value, "instagram") is None


@pytest.mark.parametrize(
    ("type_", "value"),
    [("email", "info.joe@example.com"), ("email", "0@example.com"), ("loyalty_number", "1000"), ("handle", "x/nullam")],
)
def test_id2_a_value_that_only_resembles_a_blocked_one_has_a_key(type_: str, value: str) -> None:
    assert keys().identifier(type_, value).startswith(f"{type_}:h_")


@pytest.mark.parametrize(("type_", "value"), [("email", "joe@example"), ("phone", "12"), ("email", "info@example.com")])
def test_the_refusal_of_a_value_does_not_quote_it(type_: str, value: str) -> None:
    with pytest.raises(UnusableValue) as refused:
        keys().identifier(type_, value)
    assert value not in str(refused.value)


def test_a_handle_counts_within_the_channel_of_its_account() -> None:
    made = keys()
    assert made.identifier("handle", "@Joe", "instagram") == made.identifier("handle", "instagram/joe", "web_shop")
    assert made.identifier("handle", "joe", "instagram") != made.identifier("handle", "joe", "tiktok")
    with pytest.raises(UnusableValue):
        made.identifier("handle", "joe")


@pytest.mark.parametrize(
    ("channel", "one", "other"),
    [
        ("email", "Joe@Example.com", "joe@example.com "),
        ("phone", "+49 1511 2345678", "+4915112345678"),
        ("sms", "+49 1511 2345678", "+4915112345678"),
        ("email", "No Address", "no address"),
    ],
)
def test_a_personal_account_has_one_key_that_hides_its_id(channel: str, one: str, other: str) -> None:
    key = keys().account(channel, one)
    assert key == keys().account(channel, other)
    assert key.startswith(f"{channel}:h_")
    assert len(key) == len(channel) + len(":h_") + 26


def test_an_account_of_another_channel_keeps_its_id() -> None:
    assert keys().account("instagram", "Joe") == "instagram:Joe"


def test_id5_a_date_has_a_token_of_its_parts_and_any_other_exclusive_value_one_hash() -> None:
    conflicts = ("loyalty_number", "national_id", "date_of_birth")
    exclusive = ExclusiveValues(conflicts, RULES.matching.fields, lambda part: f"<{part}>")
    details = {"date_of_birth": ("1984-02-29", "1984-03-01"), "national_id": ("ab1234",), "given_name": ("joe",)}
    assert exclusive.tokens(details) == (
        ("national_id", "<national_id/ab1234>"),
        ("date_of_birth", "<date_of_birth.year/1984>.<date_of_birth.part/02>.<date_of_birth.part/29>"),
        ("date_of_birth", "<date_of_birth.year/1984>.<date_of_birth.part/03>.<date_of_birth.part/01>"),
    )
    assert exclusive.tokens({"given_name": ("joe",)}) == ()


def test_id2_a_blocked_identifier_is_ignored_and_counted_and_its_interaction_goes_on() -> None:
    world = World()
    claims = [("email", "info@example.com"), ("phone", "12"), ("email", "joe@example.com")]
    world.send(
        interaction("1", "instagram:joe", *claims), interaction("2", "tiktok:ann", ("email", "info@example.com"))
    )
    world.settle()
    assert len(world.forwarded()) == 2
    assert world.dead_letters() == []
    assert world.people() == {frozenset({"instagram:joe"}), frozenset({"tiktok:ann"})}
    assert {each.account_key: len(each.claims) for each in world.evidence()} == {"instagram:joe": 1, "tiktok:ann": 0}
    assert world.account("instagram:joe").ignored_values == 2


def test_no_raw_personal_value_leaves_the_intake_but_in_the_interaction_itself() -> None:
    world = World()
    world.send(
        interaction("1", "email:joe@example.com", ("phone", "+4915112345678")),
        interaction("2", "instagram:ann", ("email", "joe@example.com")),
    )
    world.settle()
    topics = [
        world.broker.records(topic) for topic in world.topics("identity-evidence", "customers", "identity-assignments")
    ]
    published = [part for records in topics for record in records for part in (record.key, record.value)]
    keys_of_forwards = [record.key for record in world.broker.records(world.topics("identified-interactions")[0])]
    stored = [repr(store.everything()).encode() for store in world.stores.values()]
    for value in (b"joe@example.com", b"15112345678"):
        assert not any(value in (part or b"") for part in [*published, *keys_of_forwards, *stored])
