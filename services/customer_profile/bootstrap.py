"""Wires the service: which handlers its worker runs, and what its server answers with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.ports import Handler
from chassis.service import ServerContext, Service, WorkerContext
from chassis.settings import Settings
from chassis.stages.computing import Computation
from chassis.stages.fold import Fold
from chassis.stages.reconcile import Reconcile
from customer_profile.adapters import codec
from customer_profile.adapters.announcer import RecordAnnouncer
from customer_profile.adapters.documents import COLLECTIONS, PERSONAS, RECORDS, TIMELINE
from customer_profile.adapters.identity import Identity
from customer_profile.adapters.interactions import InteractionReader
from customer_profile.adapters.levels import ScoreReader, TierReader
from customer_profile.adapters.rpc import CustomerProfile
from customer_profile.application.folding import PersonaFolding
from customer_profile.application.history import History
from customer_profile.application.reconciling import Unifying
from customer_profile.config import profile_rules
from customer_profile.domain.interaction import Interaction
from customer_profile.domain.persona import Persona
from customer_profile.domain.record import Record
from rapport.identity.v1 import service_pb2
from rapport.profile.v1 import profile_pb2
from wire.previewing import Previews
from wire.stages import fold_by_account, reconcile_by_customer

NAME = "customer-profile"
IDENTITY = "identity-resolution"


def worker(context: WorkerContext) -> Sequence[Handler]:
    """Return the two stages: personas from interactions, records from personas."""
    return [_fold(context), _reconcile(context)]


def _fold(context: WorkerContext) -> Fold[Persona, Interaction]:
    rules = profile_rules(context.settings).value
    return fold_by_account(
        context,
        read=InteractionReader(rules.contact),
        logic=PersonaFolding(rules.ledger.entries_kept),
        codec=codec.personas(),
        personas=context.documents(PERSONAS),
        rows=context.documents(TIMELINE),
    )


def _reconcile(context: WorkerContext) -> Reconcile[Persona, Record, None]:
    return reconcile_by_customer(
        context,
        computation=_computation(context.settings),
        personas=context.documents(PERSONAS),
        results=context.documents(RECORDS),
        levels={"advocacy-scores": ScoreReader(codec.scores()), "tiers": TierReader(codec.tiers())},
    )


def _computation(settings: Settings) -> Computation[Persona, Record, None]:
    return Computation(
        compute=Unifying(codec.scores(), codec.tiers()),
        announcer=RecordAnnouncer(settings.topic("customer-records")),
        part_codec=codec.personas(),
        codec=codec.records(),
    )


def server(context: ServerContext) -> Sequence[tuple[Any, object]]:
    """Return the service's API and what implements it."""
    implementation = CustomerProfile(
        context.documents(RECORDS),
        History(context.documents(TIMELINE)),
        Identity(context.callers[IDENTITY]),
        Previews(context, lambda: _computation(context.settings), personas=PERSONAS, results=RECORDS),
        context.settings.pseudonym_key,
    )
    return [(profile_pb2.DESCRIPTOR.services_by_name["CustomerProfileService"], implementation)]


SERVICE = Service(
    name=NAME,
    collections=COLLECTIONS,
    worker=worker,
    server=server,
    calls={IDENTITY: [service_pb2.DESCRIPTOR.services_by_name["IdentityResolutionService"]]},
)
