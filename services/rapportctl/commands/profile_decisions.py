"""`rapportctl profile consent` and `rapportctl profile field`: what people lay down about a customer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click

from rapport.identity.v1.service_pb2 import Key
from rapport.profile.v1 import profile_pb2 as pb
from rapportctl.arguments import CUSTOMER_KEY, EXPIRY, MOMENT
from rapportctl.calls import PROFILE, Calls
from rapportctl.commands.identity_common import customer_told, mandated, most_option, print_messages
from rapportctl.deciding import carry_out
from rapportctl.decision_views import CONSENT_COLUMNS, VALUE_COLUMNS, consent_row, value_row
from rapportctl.deployment import Deployment
from rapportctl.helptext import Command, Commands
from rapportctl.output import Format, format_option, note
from rapportctl.stewardship import Mandate

FIELDS = tuple(field.name for field in pb.Contact.DESCRIPTOR.fields)
PAGE = 200

field_argument = click.argument("name", metavar="FIELD", type=click.Choice(FIELDS))
until_option = click.option("--until", type=EXPIRY, help="Until a time, or for a length of time; for good by default.")


@click.group(cls=Commands, short_help="Consent, by purpose and channel.")
def consent() -> None:
    """Show and lay down for which purposes, and on which channels, a customer agrees to be spoken to."""


@consent.command(
    cls=Command,
    short_help="What a customer agrees to.",
    examples=["rapportctl profile consent show email=maria@example.com"],
)
@click.argument("key", type=CUSTOMER_KEY)
@format_option
@click.pass_obj
def show(deployment: Deployment, key: Key, form: Format) -> None:
    """Show what the customer that KEY leads to agrees to, and what not; without a decision, nobody agrees."""
    with Calls(deployment) as calls:
        record = calls.customer(customer_told(calls, key))
    print_messages(form, CONSENT_COLUMNS, consent_row, record.consents, "nothing was decided about consent")


@consent.command(
    "set",
    cls=Command,
    short_help="Lay down that a customer agrees, or does not.",
    examples=[
        "rapportctl profile consent set email=maria@example.com newsletter --granted --channel email --proof form-v7 "
        '--owner S-17 --reason "signed at the till"',
        'rapportctl profile consent set email=maria@example.com newsletter --denied --owner S-17 --reason "by phone"',
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.argument("purpose")
@click.option("--granted", "verdict", flag_value="granted", help="The customer agrees.")
@click.option("--denied", "verdict", flag_value="denied", help="The customer does not agree.")
@click.option("--channel", default="", help="On one channel; on all without a newer decision of their own by default.")
@click.option("--proof", default="", help="Where the proof can be found: a form's version, a recording's number.")
@click.option("--decided", type=MOMENT, help="When the person decided; now by default.")
@until_option
@mandated
@format_option
@click.pass_obj
def set_consent(
    deployment: Deployment, *, key: Key, purpose: str, verdict: str | None, channel: str, proof: str,
    decided: datetime | None, until: datetime | timedelta | None, mandate: Mandate, form: Format,
) -> None:  # fmt: skip
    """Lay down for PURPOSE whether the customer that KEY leads to agrees to be spoken to. The newest decision holds."""
    if verdict is None:
        raise click.UsageError("say --granted or --denied")
    request = pb.SetConsentRequest(purpose=purpose, channel=channel, granted=verdict == "granted", proof=proof)
    if decided is not None:
        request.decide_time.FromDatetime(decided)
    record = _carry_out(deployment, key, mandate, _until(deployment, request, until), "SetConsent")
    print_messages(form, CONSENT_COLUMNS, consent_row, record.consents, "nothing was decided about consent")


@click.group(cls=Commands, short_help="Contact fields: all known values, and values by hand.")
def field() -> None:
    """Show what is known of a contact field, lay a value down by hand, and take it back."""


@field.command(
    "set",
    cls=Command,
    short_help="Lay a value down by hand.",
    examples=[
        "rapportctl profile field set email=maria@example.com given_name Maria "
        '--owner S-17 --reason "corrected by phone"',
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@field_argument
@click.argument("value")
@until_option
@mandated
@format_option
@click.pass_obj
def set_field(
    deployment: Deployment, *, key: Key, name: str, value: str, until: datetime | timedelta | None, mandate: Mandate,
    form: Format,
) -> None:  # fmt: skip
    """Have FIELD of the customer that KEY leads to be VALUE, whatever sources show."""
    if not value:
        raise click.UsageError("an empty value takes back: `rapportctl profile field clear` does")
    request = pb.SetFieldRequest(field=name, value=value)
    record = _carry_out(deployment, key, mandate, _until(deployment, request, until), "SetField")
    _print_survivor(form, record, name)


@field.command(
    cls=Command,
    short_help="Take a value by hand back.",
    examples=['rapportctl profile field clear email=maria@example.com given_name --owner S-17 --reason "a mistake"'],
)
@click.argument("key", type=CUSTOMER_KEY)
@field_argument
@mandated
@format_option
@click.pass_obj
def clear(deployment: Deployment, *, key: Key, name: str, mandate: Mandate, form: Format) -> None:
    """Let sources say again what FIELD of the customer that KEY leads to is."""
    record = _carry_out(deployment, key, mandate, pb.SetFieldRequest(field=name), "SetField")
    _print_survivor(form, record, name)


@field.command(
    cls=Command,
    short_help="All values that are known of a field.",
    examples=["rapportctl profile field values email=maria@example.com postal_address"],
)
@click.argument("key", type=CUSTOMER_KEY)
@field_argument
@most_option
@format_option
@click.pass_obj
def values(deployment: Deployment, *, key: Key, name: str, most: int, form: Format) -> None:
    """Show every value of FIELD that is known of the customer that KEY leads to, the one that survives first."""
    found: list[pb.FieldValue] = []
    with Calls(deployment) as calls:
        request = pb.ListFieldValuesRequest(
            parent=f"customers/{customer_told(calls, key)}", field=name, page_size=min(most, PAGE)
        )
        while len(found) < most:
            page = calls.call(PROFILE, "ListFieldValues", request, pb.ListFieldValuesResponse)
            found += page.values
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
    print_messages(form, VALUE_COLUMNS, value_row, found[:most], f"no value of {name} is known")


def _print_survivor(form: Format, record: pb.CustomerRecord, name: str) -> None:
    known = [getattr(record.contact, name)] if record.contact.HasField(name) else []  # type: ignore[arg-type]
    print_messages(form, VALUE_COLUMNS, value_row, known, f"no value of {name} is known")


def _until(deployment: Deployment, request: Any, until: datetime | timedelta | None) -> Any:  # noqa: ANN401 - one of two requests
    if until is not None:
        ends = deployment.clock.now() + until if isinstance(until, timedelta) else until
        request.expire_time.FromDatetime(ends)
    return request


def _carry_out(
    deployment: Deployment,
    key: Key,
    mandate: Mandate,
    request: Any,  # noqa: ANN401 - one of two requests
    method: str,
) -> pb.CustomerRecord:
    """The record of the customer that the key leads to, once it shows what was laid down."""
    with Calls(deployment) as calls:
        request.name = f"customers/{customer_told(calls, key)}"
        note(f"request id {mandate.request_id}: {method} {request.name}")
        return carry_out(calls, mandate, request, pb.CustomerRecord, service=PROFILE, method=method)
