"""`rapportctl advocacy score`, `explain` and `what-if`: one customer's score."""

from __future__ import annotations

from datetime import datetime

import click

from rapport.advocacy.v1.advocacy_pb2 import ExplainScoreResponse, SimulateScoreResponse
from rapport.advocacy.v1.queries_pb2 import ExplainScoreRequest, HypotheticalDeeds, SimulateScoreRequest
from rapport.identity.v1.service_pb2 import Key
from rapportctl.advocacy_views import explained_fields
from rapportctl.arguments import CUSTOMER_KEY, MOMENT
from rapportctl.calls import ADVOCACY, Calls
from rapportctl.commands.identity_common import customer_told
from rapportctl.deployment import Deployment
from rapportctl.helptext import Command
from rapportctl.output import Format, format_option, print_fields, print_json
from rapportctl.views import as_json, score_fields


@click.command(
    cls=Command,
    short_help="A score as it was announced.",
    examples=[
        "rapportctl advocacy score instagram:maria.k",
        "rapportctl advocacy score 01kknq5e8d0000g00000000003 --format json | jq .amplifier",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@format_option
@click.pass_obj
def score(deployment: Deployment, key: Key, form: Format) -> None:
    """Show the score of the customer that KEY leads to, as it was announced last.

    The exact one differs from it by less than the rules' publish step; `explain` computes it.
    """
    with Calls(deployment) as calls:
        found = calls.score(customer_told(calls, key))
    if form == "json":
        print_json(as_json(found))
    else:
        print_fields(form, score_fields(found))


@click.command(
    cls=Command,
    short_help="A score computed now, and what would raise it.",
    examples=[
        "rapportctl advocacy explain email=maria@example.com",
        "rapportctl advocacy explain instagram:maria.k --at 2026-09-01",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.option("--at", type=MOMENT, help="Computed for this day instead of today.")
@format_option
@click.pass_obj
def explain(deployment: Deployment, key: Key, at: datetime | None, form: Format) -> None:
    """Show what the score of the customer that KEY leads to is made of, and what would raise it."""
    with Calls(deployment) as calls:
        request = ExplainScoreRequest(name=f"customers/{customer_told(calls, key)}/score")
        if at is not None:
            request.as_of_time.FromDatetime(at)
        answer = calls.call(ADVOCACY, "ExplainScore", request, ExplainScoreResponse)
    if form == "json":
        print_json(as_json(answer))
    else:
        print_fields(form, explained_fields(answer))


@click.command(
    "what-if",
    cls=Command,
    short_help="A score after deeds that have not happened.",
    examples=[
        "rapportctl advocacy what-if instagram:maria.k --deed referral --deed review_positive",
        "rapportctl advocacy what-if instagram:maria.k --deed share:5 --followers 20000",
    ],
)
@click.argument("key", type=CUSTOMER_KEY)
@click.option("--deed", "deeds", multiple=True, help="An action of the rules, or action:number; may be repeated.")
@click.option("--followers", type=click.IntRange(0), help="So many followers, instead of those that are known.")
@format_option
@click.pass_obj
def what_if(deployment: Deployment, key: Key, deeds: tuple[str, ...], followers: int | None, form: Format) -> None:
    """Show what the score of the customer that KEY leads to would be after further deeds today."""
    imagined = [_deeds(each) for each in deeds]
    with Calls(deployment) as calls:
        name = f"customers/{customer_told(calls, key)}/score"
        request = SimulateScoreRequest(name=name, deeds=imagined, followers=followers)
        answer = calls.call(ADVOCACY, "SimulateScore", request, SimulateScoreResponse)
    if form == "json":
        print_json(as_json(answer))
        return
    fields = {"now": answer.current_score, "then": answer.simulated_score}
    fields["change"] = answer.simulated_score - answer.current_score
    print_fields(form, {name: str(value) for name, value in fields.items()})


def _deeds(text: str) -> HypotheticalDeeds:
    action, _, number = text.partition(":")
    if number and not number.isdigit():
        raise click.BadParameter(f"{text!r}; right would be share or share:5", param_hint="--deed")
    return HypotheticalDeeds(action=action, number=int(number or 1))
