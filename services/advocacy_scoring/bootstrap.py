"""Wires the service: which handlers its worker runs, and what its server answers with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from advocacy_scoring.adapters import codec, findings, relationships, sentiment, traces
from advocacy_scoring.adapters.announcer import ScoreAnnouncer
from advocacy_scoring.adapters.documents import COLLECTIONS, PERSONAS, RULES, SCORES, TOLD, TRACES
from advocacy_scoring.adapters.holdings import kept
from advocacy_scoring.adapters.interactions import InteractionReader
from advocacy_scoring.adapters.likeness import copies
from advocacy_scoring.adapters.parties import Parties
from advocacy_scoring.adapters.reading import Customers
from advocacy_scoring.adapters.rpc import AdvocacyScoring
from advocacy_scoring.adapters.rpc_explain import Explanations
from advocacy_scoring.adapters.rpc_lists import Lists
from advocacy_scoring.adapters.rpc_referrals import Referrals
from advocacy_scoring.adapters.rpc_rules import RuleCalls
from advocacy_scoring.application.folding import DeedFolding
from advocacy_scoring.application.folding import Told as ToldOfAccount
from advocacy_scoring.application.ports import RuleSet, RulesInForce
from advocacy_scoring.application.scoring import Scoring
from advocacy_scoring.application.sweeping import Sweep, Sweeping, Told
from advocacy_scoring.config import rules_file, rules_of, scoring_rules
from advocacy_scoring.domain.announced import State
from advocacy_scoring.domain.persona import Persona
from advocacy_scoring.domain.word_of_mouth import Severe
from chassis.ports import Clock, Documents, Handler
from chassis.rules_in_force import FreshRules, Promoted, StoredRules
from chassis.service import Announced, ServerContext, Service, WorkerContext
from chassis.settings import Settings
from chassis.stages.computing import Computation
from chassis.stages.fold import Fold
from chassis.stages.owned import ByField, ByFinding, ByKey
from chassis.stages.retouching import Retouching
from rapport.advocacy.v1 import advocacy_pb2
from wire.announced import announced_state
from wire.holdings import DESCRIPTOR, Holdings
from wire.previewing import Previews
from wire.stages import fold_by_account, reconcile_by_customer

NAME = "advocacy-scoring"


def worker(context: WorkerContext) -> Sequence[Handler]:
    """Return the two stages: personas from interactions, with a sweep beside; scores from personas."""
    rules = stored_rules(context.settings, context.documents, context.clock)
    topic = context.settings.topic
    folding = Sweeping(
        _fold(context, rules), _sweep(context, rules), rules, context.clock, topic("identified-interactions")
    )
    reconcile = reconcile_by_customer(
        context,
        computation=_computation(context.settings, rules),
        personas=context.documents(PERSONAS),
        results=context.documents(SCORES),
        is_clocked=True,
    )
    rescoring = Retouching(
        reconcile,
        rules=rules,
        results=context.documents(SCORES),
        publisher=context.publisher,
        touched=topic(f"touched.{NAME}"),
        partitions=context.settings.partitions,
        clock=context.clock,
    )
    return [folding, rescoring]


def server(context: ServerContext) -> Sequence[tuple[Any, object]]:
    """Return the APIs, of scores and of what is held, and what implements them."""
    service = advocacy_pb2.DESCRIPTOR.services_by_name["AdvocacyScoringService"]
    stored = stored_rules(context.settings, context.documents, context.clock)
    rules = FreshRules(stored)
    scores = context.documents(SCORES)
    customers = Customers(scores, context.documents(PERSONAS))
    previews = Previews(context, lambda: _computation(context.settings, rules), personas=PERSONAS, results=SCORES)
    implementation = AdvocacyScoring(
        scores,
        previews,
        explanations=Explanations(customers, rules, context.clock),
        lists=Lists(scores),
        referrals=Referrals(customers),
        rules=RuleCalls(customers, scores, stored, rules_of, context.clock),
    )
    return [(service, implementation), (DESCRIPTOR, Holdings(lambda: kept(context.documents)))]


def stored_rules(settings: Settings, documents: Callable[[str], Documents], clock: Clock) -> StoredRules[RuleSet]:
    """The rules in force. Raises `RulesError` for a file that cannot be used, even where others were promoted."""
    own = Promoted(rules_file(settings).read_text(encoding="utf-8"), scoring_rules(settings).version)
    parties = Parties(settings.pseudonym_key)

    def read(promoted: Promoted) -> RuleSet:
        rules = rules_of(promoted.text).value
        return rules, promoted.version, parties.companies(rules.employees.companies)

    return StoredRules(documents(RULES), own, read, clock)


def reader(settings: Settings, rules: RulesInForce) -> InteractionReader:
    """What decodes identified interactions."""
    return InteractionReader(lambda: rules.now()[0], sentiment.judge, Parties(settings.pseudonym_key))


def _fold(context: WorkerContext, rules: RulesInForce) -> Fold[Persona, ToldOfAccount]:
    return fold_by_account(
        context,
        read=reader(context.settings, rules),
        logic=DeedFolding(traces.document),
        codec=codec.personas(),
        personas=context.documents(PERSONAS),
        rows=context.documents(TRACES),
        more={
            findings.TOPIC: findings.FindingsReader(context.settings.epoch),
            relationships.TOPIC: relationships.RelationshipsReader(
                Parties(context.settings.pseudonym_key), context.settings.epoch
            ),
        },
        owned=[
            ByFinding(context.documents(TRACES), partial(traces.of_account, context.documents(TRACES))),
            ByField(context.documents(TRACES), "other"),
            ByKey(context.documents(TOLD)),
            findings.SaidFindings(context.settings.topic(findings.TOPIC), context.publisher, context.clock),
        ],
    )


def _sweep(context: WorkerContext, rules: RulesInForce) -> Sweep:
    message = partial(findings.message, context.settings.topic(findings.TOPIC))
    return Sweep(
        rules=rules,
        traces=partial(traces.between, context.documents(TRACES)),
        personas=context.documents(PERSONAS),
        codec=codec.personas(),
        results=context.documents(SCORES),
        told=Told(context.documents(TOLD), message, codec.digest),
        copies=copies,
        publisher=context.publisher,
    )


def _computation(settings: Settings, rules: RulesInForce) -> Computation[Persona, State, Severe]:
    return Computation(
        compute=Scoring(rules),
        announcer=ScoreAnnouncer(settings.topic("advocacy-scores"), settings.topic("detractor-alerts")),
        part_codec=codec.personas(),
        codec=codec.scores(),
    )


SERVICE = Service(
    name=NAME,
    collections=COLLECTIONS,
    worker=worker,
    server=server,
    announced=Announced(SCORES, "advocacy-scores", announced_state(advocacy_pb2.Score)),
)
