"""Wires the service: which handlers its worker runs, and what its server answers with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from advocacy_scoring.adapters import codec
from advocacy_scoring.adapters.announcer import ScoreAnnouncer
from advocacy_scoring.adapters.documents import COLLECTIONS, PERSONAS, SCORES
from advocacy_scoring.adapters.interactions import InteractionReader
from advocacy_scoring.adapters.levels import read_assignment, read_customer
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
from chassis.stages.fold import Fold, FoldTopics
from chassis.stages.reconcile import Reconcile, ReconcileTopics
from rapport.advocacy.v1 import advocacy_pb2

NAME = "advocacy-scoring"


def worker(context: WorkerContext) -> Sequence[Handler]:
    """Return the two stages: personas from interactions, scores from personas."""
    rules = scoring_rules(context.settings)
    return [_fold(context, rules.value), _reconcile(context, rules)]


def server(context: ServerContext) -> Sequence[tuple[Any, object]]:
    """Return the API and what implements it."""
    service = advocacy_pb2.DESCRIPTOR.services_by_name["AdvocacyScoringService"]
    return [(service, AdvocacyScoring(context.documents(SCORES)))]


def _fold(context: WorkerContext, rules: Rules) -> Fold[Persona, Event]:
    topic, interactions = context.settings.topic, InteractionReader(rules)
    retries = topic(f"retry.{NAME}")
    return Fold(
        topics=FoldTopics(
            readers={
                topic("identified-interactions"): interactions,
                topic("identity-assignments"): read_assignment,
                retries: interactions,
            },
            touched=topic(f"touched.{NAME}"),
            retries=frozenset({retries}),
        ),
        logic=DeedFolding(rules.history_days),
        codec=codec.personas(),
        parts=context.documents(PERSONAS),
        publisher=context.publisher,
        dead_letters=context.dead_letters,
    )


def _reconcile(context: WorkerContext, rules: Loaded[Rules]) -> Reconcile[Persona, Score, None]:
    topic = context.settings.topic
    return Reconcile(
        topics=ReconcileTopics(touched=topic(f"touched.{NAME}"), levels={topic("customers"): read_customer}),
        compute=Scoring(rules.value, rules.version),
        announcer=ScoreAnnouncer(topic("advocacy-scores")),
        part_codec=codec.personas(),
        codec=codec.scores(),
        parts=context.documents(PERSONAS),
        results=context.documents(SCORES),
        publisher=context.publisher,
        dead_letters=context.dead_letters,
        counter=context.counter,
        clock=context.clock,
        partitions=context.settings.partitions,
    )


SERVICE = Service(name=NAME, collections=COLLECTIONS, worker=worker, server=server)
