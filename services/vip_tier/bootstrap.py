"""Wires the service: which handlers its worker runs, and what its server answers with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.ports import Handler
from chassis.rpc.awaited import Waiting
from chassis.rpc.following import Watching
from chassis.rules import Rules as Loaded
from chassis.service import Announced, ServerContext, Service, WorkerContext
from chassis.settings import Settings
from chassis.stages.computing import Computation
from chassis.stages.fold import Fold
from chassis.stages.reconcile import Reconcile
from rapport.tier.v1 import tier_pb2
from vip_tier.adapters import codec
from vip_tier.adapters.advocacy import CALLED, Scores
from vip_tier.adapters.announcer import SOURCE, TierAnnouncer
from vip_tier.adapters.carrying_out import TierDecisions
from vip_tier.adapters.deciders import Deciders
from vip_tier.adapters.decisions import decided_of
from vip_tier.adapters.documents import CHANGES, COLLECTIONS, PERSONAS, TIERS
from vip_tier.adapters.histories import Histories
from vip_tier.adapters.holdings import kept
from vip_tier.adapters.interactions import InteractionReader
from vip_tier.adapters.levels import ScoreReader, SegmentReader
from vip_tier.adapters.programme_previews import ProgrammePreviews
from vip_tier.adapters.rpc import VipTier
from vip_tier.adapters.told import ToldChanges
from vip_tier.application.deciding import Deciding
from vip_tier.application.folding import Happening, TierFolding
from vip_tier.config import vip_programmes
from vip_tier.domain.holding import Change, Holding
from vip_tier.domain.persona import Persona
from vip_tier.domain.programme import Programmes
from wire import decisions
from wire.announced import announced_state
from wire.decisions import DecisionLog, decision_reader
from wire.holdings import DESCRIPTOR, Holdings
from wire.previewing import Previews
from wire.stages import fold_by_account, reconcile_by_customer

NAME = "vip-tier"


def worker(context: WorkerContext) -> Sequence[Handler]:
    """Return the two stages: personas from what happened and was decided, tiers from these, levels and the clock."""
    programmes = vip_programmes(context.settings)
    return [_fold(context, programmes.value), _reconcile(context, programmes)]


def server(context: ServerContext) -> Sequence[tuple[Any, object]]:
    """Return the APIs, of tiers and of what is held, and what implements them."""
    service = tier_pb2.DESCRIPTOR.services_by_name["VipTierService"]
    settings, clock = context.settings, context.clock
    programmes = vip_programmes(settings)
    personas, tiers = context.documents(PERSONAS), context.documents(TIERS)
    # A quarter of the threads may wait for outcomes, and a quarter follow changes: look-ups find the others free.
    waiting = max(1, settings.grpc_threads // 4)

    def make() -> Computation[Persona, Holding, Change]:
        return _computation(settings, programmes)

    log = DecisionLog(settings.topic(decisions.TOPIC), SOURCE, context.publisher, clock, Waiting(at_once=waiting))
    implementation = VipTier(
        tiers,
        previews=Previews(context, make, personas=PERSONAS, results=TIERS),
        histories=Histories(
            programmes.value, make, personas=personas, results=tiers, scores=Scores(context.callers), clock=clock
        ),
        told=ToldChanges(context.documents(CHANGES), tiers, clock, Watching(at_once=waiting)),
        programmes=ProgrammePreviews(make, personas=personas, results=tiers, clock=clock),
        deciders=Deciders(TierDecisions(log, personas=personas, tiers=tiers, clock=clock), programmes.value, clock),
    )
    return [(service, implementation), (DESCRIPTOR, Holdings(lambda: kept(context.documents)))]


def _fold(context: WorkerContext, programmes: Programmes) -> Fold[Persona, Happening]:
    return fold_by_account(
        context,
        read=InteractionReader(programmes),
        logic=TierFolding(),
        codec=codec.personas(),
        personas=context.documents(PERSONAS),
        more={decisions.TOPIC: decision_reader(context.settings.epoch, lambda message, _: decided_of(message))},
    )


def _reconcile(context: WorkerContext, programmes: Loaded[Programmes]) -> Reconcile[Persona, Holding, Change]:
    return reconcile_by_customer(
        context,
        computation=_computation(context.settings, programmes),
        personas=context.documents(PERSONAS),
        results=context.documents(TIERS),
        levels={
            "advocacy-scores": ScoreReader(codec.scores()),
            "customer-records": SegmentReader(codec.segments()),
        },
        is_clocked=True,
        history=context.documents(CHANGES),
    )


def _computation(settings: Settings, programmes: Loaded[Programmes]) -> Computation[Persona, Holding, Change]:
    return Computation(
        compute=Deciding(programmes.value, programmes.version, codec.scores(), codec.segments()),
        announcer=TierAnnouncer(programmes.value, settings.topic("tiers"), settings.topic("tier-changes")),
        part_codec=codec.personas(),
        codec=codec.holdings(),
        wants_absorbed=True,
    )


SERVICE = Service(
    name=NAME,
    collections=COLLECTIONS,
    worker=worker,
    server=server,
    calls=CALLED,
    announced=Announced(TIERS, "tiers", announced_state(tier_pb2.Tier)),
)
