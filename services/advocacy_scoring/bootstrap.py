"""Wires the service: which handlers its worker runs, and what its server answers with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from advocacy_scoring.adapters import codec
from advocacy_scoring.adapters.announcer import ScoreAnnouncer
from advocacy_scoring.adapters.documents import COLLECTIONS, PERSONAS, SCORES
from advocacy_scoring.adapters.interactions import InteractionReader
from advocacy_scoring.adapters.rpc import AdvocacyScoring
from advocacy_scoring.application.folding import DeedFolding
from advocacy_scoring.application.scoring import Scoring
from advocacy_scoring.config import scoring_rules
from advocacy_scoring.domain.persona import Event, Persona
from advocacy_scoring.domain.rules import Rules
from advocacy_scoring.domain.score import Score
from chassis.ports import Handler
from chassis.rules import Rules as Loaded
from chassis.service import ServerContext, Service, WorkerContext
from chassis.settings import Settings
from chassis.stages.computing import Computation
from chassis.stages.fold import Fold
from chassis.stages.reconcile import Reconcile
from rapport.advocacy.v1 import advocacy_pb2
from wire.previewing import Previews
from wire.stages import fold_by_account, reconcile_by_customer

NAME = "advocacy-scoring"


def worker(context: WorkerContext) -> Sequence[Handler]:
    """Return the two stages: personas from interactions, scores from personas."""
    rules = scoring_rules(context.settings)
    return [_fold(context, rules.value), _reconcile(context, rules)]


def server(context: ServerContext) -> Sequence[tuple[Any, object]]:
    """Return the API and what implements it."""
    service = advocacy_pb2.DESCRIPTOR.services_by_name["AdvocacyScoringService"]
    rules = scoring_rules(context.settings)
    previews = Previews(context, lambda: _computation(context.settings, rules), personas=PERSONAS, results=SCORES)
    return [(service, AdvocacyScoring(context.documents(SCORES), previews))]


def _fold(context: WorkerContext, rules: Rules) -> Fold[Persona, Event]:
    return fold_by_account(
        context,
        read=InteractionReader(rules),
        logic=DeedFolding(rules.history_days),
        codec=codec.personas(),
        personas=context.documents(PERSONAS),
    )


def _reconcile(context: WorkerContext, rules: Loaded[Rules]) -> Reconcile[Persona, Score, None]:
    return reconcile_by_customer(
        context,
        computation=_computation(context.settings, rules),
        personas=context.documents(PERSONAS),
        results=context.documents(SCORES),
        is_clocked=True,
    )


def _computation(settings: Settings, rules: Loaded[Rules]) -> Computation[Persona, Score, None]:
    return Computation(
        compute=Scoring(rules.value, rules.version),
        announcer=ScoreAnnouncer(settings.topic("advocacy-scores")),
        part_codec=codec.personas(),
        codec=codec.scores(),
    )


SERVICE = Service(name=NAME, collections=COLLECTIONS, worker=worker, server=server)
