"""`rapportctl tier`: what people decide about tiers and points."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeVar

import click
from google.protobuf.message import Message

from rapport.identity.v1.service_pb2 import Key
from rapport.tier.v1 import tier_pb2 as pb
from rapportctl.arguments import CUSTOMER_KEY, EXPIRY
from rapportctl.calls import TIER, Calls
from rapportctl.commands.identity_common import customer_told, mandated
from rapportctl.commands.tier_looks import programme_option
from rapportctl.deciding import carry_out
from rapportctl.deployment import Deployment
from rapportctl.helptext import Command
from rapportctl.output import Format, format_option, note, print_fields, print_json
from rapportctl.stewardship import Mandate
from rapportctl.tier_views import points_line
from rapportctl.views import as_json, tier_fields

M = TypeVar("M", bound=Message)


@click.command(
    cls=Command,
    short_help="Say which tier a customer holds, whatever it earned.",
    examples=[
        'rapportctl tier override email=maria@example.com gold --until 90d --owner S-17 --reason "a lost parcel"',
        'rapportctl tier override email=maria@example.com --end --owner S-17 --reason "a mistake"',
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.argument("tier", required=False, default="")
@click.option("--until", type=EXPIRY, help="Until a time, or for a length of time; for ever by default.")
@click.option("--end", is_flag=True, help="End the override that is in force.")
@programme_option
@mandated
@format_option
@click.pass_obj
def override(
    deployment: Deployment, *, key: Key, tier: str, until: datetime | timedelta | None, end: bool, programme: str,
    mandate: Mandate, form: Format,
) -> None:  # fmt: skip
    """Have the customer that KEY leads to hold TIER; what it earns meanwhile goes on beneath."""
    if bool(tier) == end:
        raise click.UsageError("name a TIER, or say --end")
    request = pb.OverrideTierRequest(tier=tier, programme=programme)
    if until is not None:
        ends = deployment.clock.now() + until if isinstance(until, timedelta) else until
        request.end_time.FromDatetime(ends)
    answer = _carry_out(
        deployment, key, mandate, method="OverrideTier", request=request, response=pb.OverrideTierResponse
    )
    if form == "json":
        print_json(as_json(answer))
    else:
        print_fields(form, tier_fields(answer.tier))


@click.command(
    cls=Command,
    short_help="Give points, or take some.",
    examples=[
        'rapportctl tier adjust email=maria@example.com 500 --owner S-17 --reason "a late parcel"',
        'rapportctl tier adjust email=maria@example.com 500 --take --owner S-17 --reason "given twice"',
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.argument("points", type=click.IntRange(1))
@click.option("--take", is_flag=True, help="Take them instead of giving them.")
@click.option("--qualifies", is_flag=True, help="Let them count towards tiers.")
@programme_option
@mandated
@format_option
@click.pass_obj
def adjust(
    deployment: Deployment,
    *,
    key: Key,
    points: int,
    take: bool,
    qualifies: bool,
    programme: str,
    mandate: Mandate,
    form: Format,
) -> None:
    """Give the customer that KEY leads to POINTS, or take so many; never more than there are."""
    request = pb.AdjustPointsRequest(points=-points if take else points, qualifies=qualifies, programme=programme)
    _print_points(
        form,
        _carry_out(deployment, key, mandate, method="AdjustPoints", request=request, response=pb.AdjustPointsResponse),
    )


@click.command(
    cls=Command,
    short_help="Spend points, the oldest first.",
    examples=['rapportctl tier spend email=maria@example.com 250 --owner till-4 --reason "order A-17"'],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.argument("points", type=click.IntRange(1))
@programme_option
@mandated
@format_option
@click.pass_obj
def spend(deployment: Deployment, *, key: Key, points: int, programme: str, mandate: Mandate, form: Format) -> None:
    """Spend POINTS of the customer that KEY leads to; refused where there are not so many."""
    request = pb.SpendPointsRequest(points=points, programme=programme)
    _print_points(
        form,
        _carry_out(deployment, key, mandate, method="SpendPoints", request=request, response=pb.SpendPointsResponse),
    )


def _print_points(form: Format, answer: Any) -> None:  # noqa: ANN401 - one of two answers
    if form == "json":
        print_json(as_json(answer))
    else:
        click.echo(points_line(answer.points))


def _carry_out(
    deployment: Deployment,
    key: Key,
    mandate: Mandate,
    *,
    method: str,
    request: Any,  # noqa: ANN401 - one of three requests
    response: type[M],
) -> M:
    """Have the customer that the key leads to decided about."""
    with Calls(deployment) as calls:
        request.parent = f"customers/{customer_told(calls, key)}"
        note(f"request id {mandate.request_id}: {method} {request.parent}")
        return carry_out(calls, mandate, request, response, service=TIER, method=method)
