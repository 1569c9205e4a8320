"""What is replayed for a call: the ledger of a customer, and why it holds its tier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chassis.clock import milliseconds
from chassis.ports import Clock, Documents
from chassis.rpc.errors import invalid
from chassis.rpc.pages import page_position, page_token
from chassis.rpc.requests import page_size, parse_name
from chassis.stages.computing import Computation, gather
from chassis.stages.lookup import find
from chassis.stages.results import result
from rapport.tier.v1 import tier_pb2 as pb
from vip_tier.adapters.advocacy import Scores
from vip_tier.adapters.messages import change_message, entry_message, next_message, set_time, shortfalls
from vip_tier.application.deciding import Deciding
from vip_tier.domain.calendar import NEVER
from vip_tier.domain.facts import facts_of
from vip_tier.domain.holding import Change, Holding, Receipt
from vip_tier.domain.missing import missing
from vip_tier.domain.outlook import projected
from vip_tier.domain.past import past_of
from vip_tier.domain.persona import Persona
from vip_tier.domain.programme import Programmes
from vip_tier.domain.replay import Replayed
from vip_tier.domain.situation import Situation
from vip_tier.domain.statement import statement, transfers_of
from wire.answering import not_computed, not_found

STEPS_SHOWN = 100
LEDGER_PAGE, LEDGER_PAGE_MOST = 100, 1_000
CUSTOMER = "customers/{customer}"

Make = Callable[[], Computation[Persona, Holding, Change]]


@dataclass(frozen=True, slots=True)
class History:
    """A customer's history under a programme, replayed up to now, with what it was replayed from."""

    customer: str
    message: bytes
    holding: Holding
    situation: Situation
    replayed: Replayed


class Histories:
    """Replays customers as the stream does, and answers with what comes of it. For any number of threads.

    `make` returns the computation that the stream uses, for one call; `scores` tells what a score is made of.
    """

    def __init__(
        self, programmes: Programmes, make: Make, *, personas: Documents, results: Documents, scores: Scores,
        clock: Clock,
    ) -> None:  # fmt: skip
        self._programmes = programmes
        self._make = make
        self._personas = personas
        self._results = results
        self._scores = scores
        self._clock = clock

    def explain(self, request: pb.ExplainTierRequest) -> pb.ExplainTierResponse:
        """Why the customer holds the tier, and what the next one takes."""
        (customer,) = parse_name(f"{CUSTOMER}/tier", request.name)
        history = self._history(customer, request.programme)
        replayed, rules = history.replayed, history.replayed.course.rules
        answer = pb.ExplainTierResponse(steps=self._steps(history))
        answer.tier.ParseFromString(history.message)
        standing = history.holding.standing(rules.programme)
        if standing is not None:
            # The replay knows of a score only that it crossed a threshold.
            replayed.course.window.score = standing.figures.advocacy_score
        if standing is not None and standing.next_tier:
            answer.next.CopyFrom(next_message(standing.next_tier, standing.missing))
            facts = facts_of(history.situation.personas)
            when = projected(rules, standing.missing, replayed.ledger, facts, history.situation.now_ms)
            if when and when < NEVER:
                set_time(answer.projected_time, when)
        tenure, window = replayed.course.tenure, replayed.course.window
        if tenure.end_ms < NEVER and tenure.must_be_earned_again(rules):
            lacking = missing(rules.tiers[tenure.rank], window.figures_at(tenure.end_ms))
            answer.missing_for_renewal.extend(shortfalls(lacking))
        if rules.uses_score:
            score, missing_services = self._scores.explain(history.customer)
            answer.missing_services.extend(missing_services)
            if score is not None:
                answer.score.CopyFrom(score)
        return answer

    def list_ledger(self, request: pb.ListLedgerRequest) -> pb.ListLedgerResponse:
        """A page of the customer's ledger, oldest first."""
        (customer,) = parse_name(CUSTOMER, request.parent, "parent")
        size = page_size(request.page_size, LEDGER_PAGE, LEDGER_PAGE_MOST)
        start = int((page_position(request.page_token, request) or [0])[0])
        history = self._history(customer, request.programme)
        ledger = history.replayed.ledger
        transfers = transfers_of(history.holding, history.situation.absorbed)
        lines = statement(ledger.postings, transfers, is_itemized=request.itemize_transfers)
        page = lines[start : start + size]
        more = start + size < len(lines)
        return pb.ListLedgerResponse(
            entries=[entry_message(line) for line in page],
            next_page_token=page_token([start + size], request) if more else "",
            points=pb.Points(active=ledger.active, pending=ledger.pending),
        )

    def _history(self, customer: str, programme: str) -> History:
        name = programme or self._programmes.main
        if name not in self._programmes.editions:
            raise invalid("programme", f"one of {', '.join(self._programmes.editions)}")
        found = find(self._results, [customer]).get(customer)
        if found is None:
            raise not_found()
        if not found.message or found.document is None:
            raise not_computed()
        computation = self._make()
        deciding = computation.compute
        assert isinstance(deciding, Deciding)
        item = result(found.document)
        view = gather(computation, [item], self._personas, self._results).view(item, self._clock.now())
        if view.previous is None:
            raise not_computed()
        situation = deciding.situation(view)
        past = past_of(self._programmes, situation, view.previous)
        replayed = past.replay(self._programmes, name, situation.accounts, milliseconds(view.now))
        return History(found.group, found.message, view.previous, situation, replayed)

    def _steps(self, history: History) -> list[pb.TierChange]:
        """The steps of the history as changes, each from the tier before; they have no sequence."""
        holding, rules = history.holding, history.replayed.course.rules
        before, figures = "", history.replayed.steps[0].figures
        steps: list[pb.TierChange] = []
        for step in history.replayed.steps:
            receipt = Receipt(rules.programme, holding.programme_version, figures, step.figures, step.event_ids)
            change = Change(
                before, step.tier, step.reason, step.at_ms, receipt, step.deadline_ms, step.points, step.missing
            )
            steps.append(change_message(history.customer, 0, change, ()))
            before, figures = step.tier, step.figures
        return steps[-STEPS_SHOWN:]
