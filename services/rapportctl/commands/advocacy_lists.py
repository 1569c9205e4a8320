"""`rapportctl advocacy top`, `detractors` and `referrals`: lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, TypeVar

import click
from google.protobuf.message import Message

from rapport.advocacy.v1.breakdown_pb2 import AudienceBand, Trend
from rapport.advocacy.v1.queries_pb2 import (
    ListDetractorsRequest,
    ListDetractorsResponse,
    ListTopAdvocatesRequest,
    ListTopAdvocatesResponse,
)
from rapport.advocacy.v1.referral_pb2 import ListReferralsRequest, ListReferralsResponse, ReferralState
from rapport.identity.v1.service_pb2 import Key
from rapportctl.advocacy_views import LISTED_COLUMNS, REFERRAL_COLUMNS, listed_row, referral_row
from rapportctl.arguments import CUSTOMER_KEY
from rapportctl.calls import ADVOCACY, Calls
from rapportctl.commands.identity_common import customer_told, most_option, print_messages
from rapportctl.deployment import Deployment
from rapportctl.helptext import Command
from rapportctl.output import Format, format_option

M = TypeVar("M", bound=Message)

PAGE = 200
_BANDS = [name.removeprefix("AUDIENCE_BAND_").lower() for name in AudienceBand.keys()[1:]]
_TRENDS = [name.removeprefix("TREND_").lower() for name in Trend.keys()[1:]]
_STATES = [name.removeprefix("REFERRAL_STATE_").lower() for name in ReferralState.keys()[1:]]

country_option: Callable[..., Any] = click.option("--country", default="", help="Only who lives there: DE, US.")


@click.command(
    cls=Command,
    short_help="Who speaks most for the brand.",
    examples=[
        "rapportctl advocacy top --max 20",
        "rapportctl advocacy top --band micro --niche fashion --country DE --trend rising",
    ],
)
@click.option("--band", type=click.Choice(_BANDS), help="Only audiences of this size.")
@click.option("--niche", default="", help="Only who speaks of this niche of the rules.")
@country_option
@click.option("--trend", type=click.Choice(_TRENDS), help="Only scores that go this way, against 30 days before.")
@click.option("--employees", is_flag=True, help="Those who work for the brand, instead of customers.")
@most_option
@format_option
@click.pass_obj
def top(
    deployment: Deployment,
    *,
    band: str | None,
    niche: str,
    country: str,
    trend: str | None,
    employees: bool,
    most: int,
    form: Format,
) -> None:
    """Show customers by their scores, the highest first."""
    request = ListTopAdvocatesRequest(
        band=AudienceBand.Value(f"AUDIENCE_BAND_{(band or 'unspecified').upper()}"),
        niche=niche,
        country=country,
        trend=Trend.Value(f"TREND_{(trend or 'unspecified').upper()}"),
        employees=employees,
        page_size=min(most, PAGE),
    )
    with Calls(deployment) as calls:
        pages = _pages(calls, "ListTopAdvocates", request, ListTopAdvocatesResponse)
        found = list(islice((each for page in pages for each in page.advocates), most))
    print_messages(form, LISTED_COLUMNS, listed_row, found, "nobody like that has a score above 0")


@click.command(
    cls=Command,
    short_help="Who speaks against the brand, before most people.",
    examples=[
        "rapportctl advocacy detractors --max 20",
        "rapportctl advocacy detractors --least-audience 1000 --format json | jq '.[].customer_id'",
    ],
)
@click.option("--least-audience", type=click.IntRange(0), default=0, help="Only whom so many people hear, or more.")
@country_option
@most_option
@format_option
@click.pass_obj
def detractors(deployment: Deployment, *, least_audience: int, country: str, most: int, form: Format) -> None:
    """Show customers who speak against the brand, those first whom most people hear."""
    request = ListDetractorsRequest(least_audience=least_audience, country=country, page_size=min(most, PAGE))
    with Calls(deployment) as calls:
        pages = _pages(calls, "ListDetractors", request, ListDetractorsResponse)
        found = list(islice((each for page in pages for each in page.detractors), most))
    print_messages(form, LISTED_COLUMNS, listed_row, found, "nobody like that speaks against the brand")


@click.command(
    cls=Command,
    short_help="A customer's referrals, and how they stand.",
    examples=[
        "rapportctl advocacy referrals instagram:maria.k",
        "rapportctl advocacy referrals email=maria@example.com --state rejected",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.option("--state", "states", type=click.Choice(_STATES), multiple=True, help="Only these; may be repeated.")
@most_option
@format_option
@click.pass_obj
def referrals(deployment: Deployment, *, key: Key, states: tuple[str, ...], most: int, form: Format) -> None:
    """Show whom the customer that KEY leads to has brought, by whom it was brought, and why what does not count."""
    with Calls(deployment) as calls:
        request = ListReferralsRequest(
            parent=f"customers/{customer_told(calls, key)}",
            states=[ReferralState.Value(f"REFERRAL_STATE_{each.upper()}") for each in states],
            page_size=min(most, PAGE),
        )
        pages = _pages(calls, "ListReferrals", request, ListReferralsResponse)
        found = list(islice((each for page in pages for each in page.referrals), most))
    print_messages(form, REFERRAL_COLUMNS, referral_row, found, "no referral is known")


def _pages(calls: Calls, method: str, request: Any, response: type[M]) -> Iterator[M]:  # noqa: ANN401 - of many kinds
    """The pages of a list; asks for the next one when it is needed."""
    while True:
        page: Any = calls.call(ADVOCACY, method, request, response)
        yield page
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token
