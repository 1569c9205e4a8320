"""Scores computed when they are asked for: exact on any day, with what would raise them, or with further deeds."""

from __future__ import annotations

from collections.abc import Mapping

from advocacy_scoring.adapters.announcer import fill
from advocacy_scoring.adapters.reading import Customer, Customers, asked_day
from advocacy_scoring.application.ports import RulesInForce
from advocacy_scoring.domain.advice import advice, missing
from advocacy_scoring.domain.gathering import gather
from advocacy_scoring.domain.imagined import Imagined, imagine
from advocacy_scoring.domain.persona import Persona
from advocacy_scoring.domain.rules import Rules
from advocacy_scoring.domain.score import Score, evaluate, evaluate_deeds
from chassis.ports import Clock
from chassis.rpc.errors import invalid
from chassis.rpc.requests import check_batch
from rapport.advocacy.v1 import advocacy_pb2 as pb
from rapport.advocacy.v1 import queries_pb2

PATTERN = "customers/{customer}/score"
MOST_SORTS = 50
MOST_DEEDS = 1000
IMAGINED = "imagined"
"""In place of the account that did what has not happened."""


class Explanations:
    """ExplainScore and SimulateScore. For any number of threads."""

    def __init__(self, customers: Customers, rules: RulesInForce, clock: Clock) -> None:
        self._customers = customers
        self._rules = rules
        self._clock = clock

    def explain_score(self, request: queries_pb2.ExplainScoreRequest, context: object) -> pb.ExplainScoreResponse:
        """The score for a day, and what would raise it."""
        customer = self._customers.named(PATTERN, request.name)
        day = asked_day(self._clock, request.as_of_time if request.HasField("as_of_time") else None)
        rules, version, staff = self._rules.now()
        deeds = gather(rules, customer.personas)
        score = evaluate_deeds(rules, version, customer.personas, day, deeds=deeds, staff=staff)
        return pb.ExplainScoreResponse(
            score=_message(customer, score),
            advice=[
                queries_pb2.Advice(action=each.action, points=each.points, room_milli=each.room_milli)
                for each in advice(rules, deeds, score)
            ],
            missing_milli=missing(rules, score),
        )

    def simulate_score(self, request: queries_pb2.SimulateScoreRequest, context: object) -> pb.SimulateScoreResponse:
        """What the score would be after further deeds, or with more followers."""
        customer = self._customers.named(PATTERN, request.name)
        day = asked_day(self._clock, request.as_of_time if request.HasField("as_of_time") else None)
        rules, version, staff = self._rules.now()
        current = evaluate(rules, version, customer.personas, day, staff)
        more = 0
        if request.HasField("followers"):
            more = request.followers - current.amplifier.followers
            if more < 0:
                raise invalid("followers", f"{current.amplifier.followers}, as many as now, or more")
        personas: Mapping[str, Persona] = customer.personas | {IMAGINED: _imagined(rules, request, day, more)}
        simulated = evaluate(rules, version, personas, day, staff)
        return pb.SimulateScoreResponse(
            current_score=current.points, simulated_score=simulated.points, score=_message(customer, simulated)
        )


def _imagined(rules: Rules, request: queries_pb2.SimulateScoreRequest, day: int, more: int) -> Persona:
    check_batch(request.deeds, MOST_SORTS, "deeds")
    if not request.deeds and not more:
        raise invalid("deeds", f"1 to {MOST_SORTS}, or more followers")
    for place, each in enumerate(request.deeds):
        if each.action not in rules.by_name:
            raise invalid(f"deeds[{place}].action", f"one of {', '.join(rules.by_name)}")
        if not 1 <= each.number <= MOST_DEEDS:
            raise invalid(f"deeds[{place}].number", f"1 to {MOST_DEEDS}")
        if not 0 <= each.days_ago <= rules.history_days:
            raise invalid(f"deeds[{place}].days_ago", f"0 to {rules.history_days}")
    deeds = [Imagined(each.action, each.number, each.days_ago) for each in request.deeds]
    try:
        return imagine(rules, deeds, day, more)
    except ValueError as error:
        raise invalid("deeds", str(error)) from None


def _message(customer: Customer, score: Score) -> pb.Score:
    message = pb.Score(name=f"customers/{customer.id_}/score", customer_id=customer.id_)
    if customer.asked != customer.id_:
        message.merged_from = customer.asked
    fill(message, score)
    return message
