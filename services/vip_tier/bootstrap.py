"""Wires the service: which handlers its worker runs, and what its server answers with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.ports import Handler
from chassis.rules import Rules as Loaded
from chassis.service import ServerContext, Service, WorkerContext
from chassis.stages.fold import Fold, FoldTopics
from chassis.stages.reconcile import Reconcile, ReconcileTopics
from rapport.tier.v1 import tier_pb2
from vip_tier.adapters import codec
from vip_tier.adapters.announcer import TierAnnouncer
from vip_tier.adapters.documents import COLLECTIONS, PERSONAS, TIERS
from vip_tier.adapters.interactions import read_interaction
from vip_tier.adapters.levels import ScoreReader, read_assignment, read_customer
from vip_tier.adapters.rpc import VipTier
from vip_tier.application.deciding import Deciding
from vip_tier.application.folding import TradeFolding
from vip_tier.config import vip_programme
from vip_tier.domain.holding import Change, Holding
from vip_tier.domain.persona import Persona, Trade
from vip_tier.domain.programme import Programme

NAME = "vip-tier"


def worker(context: WorkerContext) -> Sequence[Handler]:
    """Return the two stages: personas from purchases and returns, tiers from personas and scores."""
    return [_fold(context), _reconcile(context, vip_programme(context.settings))]


def server(context: ServerContext) -> Sequence[tuple[Any, object]]:
    """Return the API and what implements it."""
    service = tier_pb2.DESCRIPTOR.services_by_name["VipTierService"]
    return [(service, VipTier(context.documents(TIERS)))]


def _fold(context: WorkerContext) -> Fold[Persona, Trade]:
    topic = context.settings.topic
    retries = topic(f"retry.{NAME}")
    return Fold(
        topics=FoldTopics(
            readers={
                topic("identified-interactions"): read_interaction,
                topic("identity-assignments"): read_assignment,
                retries: read_interaction,
            },
            touched=topic(f"touched.{NAME}"),
            retries=frozenset({retries}),
        ),
        logic=TradeFolding(),
        codec=codec.personas(),
        parts=context.documents(PERSONAS),
        publisher=context.publisher,
        dead_letters=context.dead_letters,
    )


def _reconcile(context: WorkerContext, programme: Loaded[Programme]) -> Reconcile[Persona, Holding, Change]:
    topic, scores = context.settings.topic, codec.scores()
    return Reconcile(
        topics=ReconcileTopics(
            touched=topic(f"touched.{NAME}"),
            levels={topic("customers"): read_customer, topic("advocacy-scores"): ScoreReader(scores)},
        ),
        compute=Deciding(programme.value, programme.version, scores),
        announcer=TierAnnouncer(programme.value, topic("tiers"), topic("tier-changes")),
        part_codec=codec.personas(),
        codec=codec.holdings(),
        parts=context.documents(PERSONAS),
        results=context.documents(TIERS),
        publisher=context.publisher,
        dead_letters=context.dead_letters,
        counter=context.counter,
        clock=context.clock,
        partitions=context.settings.partitions,
        wants_absorbed=True,
    )


SERVICE = Service(name=NAME, collections=COLLECTIONS, worker=worker, server=server)
