"""Wires the service: which handlers its worker runs, and what its server answers with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.ports import Handler
from chassis.rules import Rules as Loaded
from chassis.service import ServerContext, Service, WorkerContext
from chassis.settings import Settings
from chassis.stages.computing import Computation
from chassis.stages.fold import Fold
from chassis.stages.reconcile import Reconcile
from rapport.tier.v1 import tier_pb2
from vip_tier.adapters import codec
from vip_tier.adapters.announcer import TierAnnouncer
from vip_tier.adapters.documents import COLLECTIONS, PERSONAS, TIERS
from vip_tier.adapters.interactions import read_interaction
from vip_tier.adapters.levels import ScoreReader
from vip_tier.adapters.rpc import VipTier
from vip_tier.application.deciding import Deciding
from vip_tier.application.folding import TradeFolding
from vip_tier.config import vip_programme
from vip_tier.domain.holding import Change, Holding
from vip_tier.domain.persona import Persona, Trade
from vip_tier.domain.programme import Programme
from wire.previewing import Previews
from wire.stages import fold_by_account, reconcile_by_customer

NAME = "vip-tier"


def worker(context: WorkerContext) -> Sequence[Handler]:
    """Return the two stages: personas from purchases and returns, tiers from personas and scores."""
    return [_fold(context), _reconcile(context, vip_programme(context.settings))]


def server(context: ServerContext) -> Sequence[tuple[Any, object]]:
    """Return the API and what implements it."""
    service = tier_pb2.DESCRIPTOR.services_by_name["VipTierService"]
    programme = vip_programme(context.settings)
    previews = Previews(context, lambda: _computation(context.settings, programme), personas=PERSONAS, results=TIERS)
    return [(service, VipTier(context.documents(TIERS), previews))]


def _fold(context: WorkerContext) -> Fold[Persona, Trade]:
    return fold_by_account(
        context,
        read=read_interaction,
        logic=TradeFolding(),
        codec=codec.personas(),
        personas=context.documents(PERSONAS),
    )


def _reconcile(context: WorkerContext, programme: Loaded[Programme]) -> Reconcile[Persona, Holding, Change]:
    return reconcile_by_customer(
        context,
        computation=_computation(context.settings, programme),
        personas=context.documents(PERSONAS),
        results=context.documents(TIERS),
        levels={"advocacy-scores": ScoreReader(codec.scores())},
    )


def _computation(settings: Settings, programme: Loaded[Programme]) -> Computation[Persona, Holding, Change]:
    return Computation(
        compute=Deciding(programme.value, programme.version, codec.scores()),
        announcer=TierAnnouncer(programme.value, settings.topic("tiers"), settings.topic("tier-changes")),
        part_codec=codec.personas(),
        codec=codec.holdings(),
        wants_absorbed=True,
    )


SERVICE = Service(name=NAME, collections=COLLECTIONS, worker=worker, server=server)
