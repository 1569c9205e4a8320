"""Wires the service: which handlers its worker runs, and what its server answers with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.ports import Handler
from chassis.service import ServerContext, Service, WorkerContext
from chassis.stages.fold import Fold, FoldTopics
from chassis.stages.reconcile import Reconcile, ReconcileTopics
from customer_profile.adapters import codec
from customer_profile.adapters.announcer import RecordAnnouncer
from customer_profile.adapters.documents import COLLECTIONS, PERSONAS, RECORDS, TIMELINE
from customer_profile.adapters.identity import Identity
from customer_profile.adapters.interactions import InteractionReader
from customer_profile.adapters.levels import ScoreReader, TierReader, read_assignment, read_customer
from customer_profile.adapters.rpc import CustomerProfile
from customer_profile.application.folding import PersonaFolding
from customer_profile.application.history import History
from customer_profile.application.lookups import Records
from customer_profile.application.reconciling import Unifying
from customer_profile.config import profile_rules
from customer_profile.domain.interaction import Interaction
from customer_profile.domain.persona import Persona
from customer_profile.domain.record import Record
from rapport.identity.v1 import service_pb2
from rapport.profile.v1 import profile_pb2

NAME = "customer-profile"
IDENTITY = "identity-resolution"


def worker(context: WorkerContext) -> Sequence[Handler]:
    """Return the two stages: personas from interactions, records from personas."""
    return [_fold(context), _reconcile(context)]


def _fold(context: WorkerContext) -> Fold[Persona, Interaction]:
    topic, rules = context.settings.topic, profile_rules(context.settings).value
    interactions = InteractionReader(rules.contact)
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
        logic=PersonaFolding(rules.ledger.entries_kept),
        codec=codec.personas(),
        parts=context.documents(PERSONAS),
        publisher=context.publisher,
        dead_letters=context.dead_letters,
        rows=context.documents(TIMELINE),
    )


def _reconcile(context: WorkerContext) -> Reconcile[Persona, Record, None]:
    topic = context.settings.topic
    scores, tiers = codec.scores(), codec.tiers()
    return Reconcile(
        topics=ReconcileTopics(
            touched=topic(f"touched.{NAME}"),
            levels={
                topic("customers"): read_customer,
                topic("advocacy-scores"): ScoreReader(scores),
                topic("tiers"): TierReader(tiers),
            },
        ),
        compute=Unifying(scores, tiers),
        announcer=RecordAnnouncer(topic("customer-records")),
        part_codec=codec.personas(),
        codec=codec.records(),
        parts=context.documents(PERSONAS),
        results=context.documents(RECORDS),
        publisher=context.publisher,
        dead_letters=context.dead_letters,
        counter=context.counter,
        clock=context.clock,
        partitions=context.settings.partitions,
    )


def server(context: ServerContext) -> Sequence[tuple[Any, object]]:
    """Return the service's API and what implements it."""
    implementation = CustomerProfile(
        Records(context.documents(RECORDS)),
        History(context.documents(TIMELINE)),
        Identity(context.callers[IDENTITY]),
        context.settings.pseudonym_key,
    )
    return [(profile_pb2.DESCRIPTOR.services_by_name["CustomerProfileService"], implementation)]


SERVICE = Service(
    name=NAME,
    collections=COLLECTIONS,
    worker=worker,
    server=server,
    calls={IDENTITY: service_pb2.DESCRIPTOR.services_by_name["IdentityResolutionService"]},
)
