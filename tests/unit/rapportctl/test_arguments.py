"""Values on the command line: what is taken, and that the rest is refused with what would be right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click
import pytest

from rapport.identity.v1.service_pb2 import IdentifierValue, Key
from rapportctl.arguments import ACCOUNT, CUSTOMER_KEY, DURATION, EXPIRY, IDENTIFIER, MOMENT, RATE, ResourceName

CUSTOMER = "01kknq5e8d0000g00000000003"


@pytest.mark.parametrize(
    ("text", "seconds"), [("30d", 2_592_000), ("12h", 43_200), ("90m", 5_400), ("45s", 45), ("1d12h", 129_600)]
)
def test_a_duration_has_units(text: str, seconds: int) -> None:
    assert DURATION.convert(text, None, None) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "1.5h", "0s", "1d 2h", "99999999999d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        DURATION.convert(text, None, None)


@pytest.mark.parametrize(
    ("text", "per_second"), [("2000/s", 2000), ("60/m", 1), ("7200/h", 2), ("5", 5), ("0.5/s", 0.5)]
)
def test_a_rate_is_per_second_unless_it_says_otherwise(text: str, per_second: float) -> None:
    assert RATE.convert(text, None, None) == per_second


@pytest.mark.parametrize("text", ["0/s", "-5/s", "fast", "5/y", "/s", ""])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        RATE.convert(text, None, None)


def test_a_time_without_an_offset_is_utc() -> None:
    """Two people in two countries mean the same by the same command."""
    assert MOMENT.convert("2026-03-14", None, None) == datetime(2026, 3, 14, tzinfo=UTC)
    assert MOMENT.convert("2026-03-14T10:00:00+01:00", None, None) == datetime(2026, 3, 14, 9, tzinfo=UTC)


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(click.BadParameter):
        MOMENT.convert("yesterday", None, None)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (CUSTOMER, Key(customer_id=CUSTOMER)),
        (f"customers/{CUSTOMER.upper()}", Key(customer_id=CUSTOMER)),
        ("email=maria@example.com", Key(identifier=IdentifierValue(type="email", value="maria@example.com"))),
        ("external_id=crm:17=a", Key(identifier=IdentifierValue(type="external_id", value="crm:17=a"))),
        ("instagram:maria.k", Key(account="instagram:maria.k")),
        ("web_shop:u=1", Key(account="web_shop:u=1")),
    ],
)
def test_a_key_says_by_its_form_what_it_is(text: str, key: Key) -> None:
    """The first sign decides: = is an identifier, : an account."""
    assert CUSTOMER_KEY.convert(text, None, None) == key


@pytest.mark.parametrize("text", ["maria", "", "=x", "email=", ":x", "Email=maria@example.com", CUSTOMER + "0"])
def test_what_can_be_nobodys_key_is_refused_without_asking(text: str) -> None:
    with pytest.raises(click.BadParameter, match="right would be"):
        CUSTOMER_KEY.convert(text, None, None)


def test_an_account_and_an_identifier_are_told_apart_by_their_sign() -> None:
    """Where only one of them is right, the other is refused without asking."""
    assert ACCOUNT.convert("email:maria@example.com", None, None) == "email:maria@example.com"
    assert IDENTIFIER.convert("email=a:b", None, None) == IdentifierValue(type="email", value="a:b")
    for type_, text in ((ACCOUNT, "email=maria@example.com"), (ACCOUNT, CUSTOMER), (IDENTIFIER, "instagram:maria.k")):
        with pytest.raises(click.BadParameter, match="right would be"):
            type_.convert(text, None, None)


@pytest.mark.parametrize("text", ["decisions/d1", "d1"])
def test_a_resource_has_one_name_with_its_collection_or_without(text: str) -> None:
    assert ResourceName("decisions").convert(text, None, None) == "decisions/d1"


@pytest.mark.parametrize("text", ["", "suggestions/s1", "decisions/", "decisions/a b", "a/b"])
def test_what_can_be_no_name_of_the_collection_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="right would be decisions/"):
        ResourceName("decisions").convert(text, None, None)


def test_an_end_is_a_time_or_a_length_of_time() -> None:
    assert EXPIRY.convert("90d", None, None) == timedelta(days=90)
    assert EXPIRY.convert("2026-12-31", None, None) == datetime(2026, 12, 31, tzinfo=UTC)
    with pytest.raises(click.BadParameter):
        EXPIRY.convert("soon", None, None)
