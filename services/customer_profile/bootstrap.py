"""Wires the service: which handlers its worker runs, and what its server answers with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.ports import Handler
from chassis.rpc.awaited import Waiting
from chassis.rpc.following import Following, Watching
from chassis.rules_in_force import FreshRules, InForce
from chassis.service import Announced, ServerContext, Service, WorkerContext
from chassis.settings import Settings
from chassis.stages.computing import Computation
from customer_profile.adapters import codec, privacy
from customer_profile.adapters.announcer import SOURCE
from customer_profile.adapters.documents import (
    COLLECTIONS,
    PERSONAS,
    RECOMPUTATION,
    RECORDS,
    SEGMENT_CHANGES,
    TIMELINE,
    VERSIONS,
)
from customer_profile.adapters.identity import Identity
from customer_profile.adapters.in_force import BasisInForce
from customer_profile.adapters.rows import RowReader
from customer_profile.adapters.rpc import CustomerProfile
from customer_profile.adapters.rpc_administration import ProfileAdministration
from customer_profile.adapters.rpc_decisions import LaidDown
from customer_profile.adapters.rpc_history import Earlier, merged_into
from customer_profile.adapters.rpc_lists import Lists
from customer_profile.adapters.rpc_lookups import LookUps
from customer_profile.adapters.rpc_orders import Orders
from customer_profile.adapters.rpc_purchases import Histories, Models
from customer_profile.adapters.rpc_rules import Recomputations, RuleCalls
from customer_profile.adapters.rpc_timeline import Timelines
from customer_profile.adapters.rpc_watch import Watches
from customer_profile.adapters.stages import computation, folded, folding, interactions_read, reconciling
from customer_profile.application.completing import Completing
from customer_profile.application.earlier import EarlierRecords
from customer_profile.application.folding import Happening
from customer_profile.application.history import History
from customer_profile.application.recomputing import Recomputing
from customer_profile.config import rules_of
from customer_profile.domain.basis import Basis
from customer_profile.domain.persona import Persona
from customer_profile.domain.purchases.summary import PurchaseRules
from customer_profile.domain.record import Record
from customer_profile.domain.segments import Change
from rapport.identity.v1 import service_pb2
from rapport.profile.v1 import administration_pb2, profile_pb2
from wire import decisions
from wire.announced import announced_state
from wire.decisions import DecisionLog
from wire.holdings import DESCRIPTOR
from wire.previewing import Previews

NAME = "customer-profile"
IDENTITY = "identity-resolution"


def worker(context: WorkerContext) -> Sequence[Handler]:
    """Return the two stages: personas from interactions, records from personas; and beside them, erasures under way."""

    def bring_on() -> None:
        privacy.bring_on(context.documents, context.callers, context.clock)

    return [folding(context), Completing(reconciling(context), bring_on)]


def server(context: ServerContext) -> Sequence[tuple[Any, object]]:
    """Return the service's API and what implements it."""
    settings, clock, key = context.settings, context.clock, context.settings.pseudonym_key
    records = context.documents(RECORDS)
    fresh = FreshRules(BasisInForce(settings, context.documents, clock))
    # A quarter of the threads may follow something: look-ups find the others free.
    watching = Watching(at_once=max(1, settings.grpc_threads // 4))
    following = Following(
        context.documents(SEGMENT_CHANGES), clock, watching, "calls follow something already; follow the topics instead"
    )
    implementation = CustomerProfile(
        look_ups=LookUps(records, Identity(context.callers[IDENTITY]), _earlier(context, fresh)),
        lists=Lists(
            records,
            context.documents(PERSONAS),
            codec=codec.personas,
            rules=lambda: fresh.now().rules,
            clock=clock,
            token_key=key,
        ),
        timelines=Timelines(records, History(context.documents(TIMELINE)), key),
        orders=Orders(
            records, context.documents(PERSONAS), context.documents(TIMELINE), codec=codec.personas, token_key=key
        ),
        watches=Watches(records, following, watching, key, rules=lambda: fresh.now().rules),
        laid_down=_laid_down(context),
        previews=Previews(context, lambda: _computed_now(settings, fresh), personas=PERSONAS, results=RECORDS),
        exports=privacy.exports(context),
        erasures=privacy.erasures(context),
    )
    return [
        (profile_pb2.DESCRIPTOR.services_by_name["CustomerProfileService"], implementation),
        (administration_pb2.DESCRIPTOR.services_by_name["ProfileAdministrationService"], _administration(context)),
        (DESCRIPTOR, privacy.holdings(context.documents)),
    ]


def _administration(context: ServerContext) -> ProfileAdministration:
    settings, documents, clock = context.settings, context.documents, context.clock
    in_force = BasisInForce(settings, documents, clock)
    fresh = FreshRules(in_force)

    def purchases() -> PurchaseRules:
        return fresh.now().rules.purchases

    return ProfileAdministration(
        rules=RuleCalls(in_force.rules, rules_of),
        recomputations=Recomputations(documents(RECOMPUTATION), fresh),
        histories=Histories(
            documents(RECORDS), documents(PERSONAS), codec=codec.personas, basis=fresh.now, clock=clock
        ),
        models=Models(in_force.models, purchases, clock),
    )


def _laid_down(context: ServerContext) -> LaidDown:
    settings, clock = context.settings, context.clock
    # A quarter of the threads may wait for what becomes of decisions.
    waiting = Waiting(at_once=max(1, settings.grpc_threads // 4))
    log = DecisionLog(settings.topic(decisions.TOPIC), SOURCE, context.publisher, clock, waiting)
    return LaidDown(log, records=context.documents(RECORDS), personas=context.documents(PERSONAS), clock=clock)


def _computed_now(settings: Settings, in_force: InForce[Basis]) -> Computation[Persona, Record, Change]:
    basis = in_force.now()
    return computation(settings, lambda: basis)


def _earlier(context: ServerContext, in_force: InForce[Basis]) -> Earlier:
    settings, records = context.settings, context.documents(RECORDS)

    def recomputing() -> Recomputing[Persona, Record, Change, Happening]:
        basis = in_force.now()
        return Recomputing(
            computation=computation(settings, lambda: basis),
            logic=folded(basis),
            read=RowReader(interactions_read(basis)),
            timeline=context.documents(TIMELINE),
        )

    recorded = EarlierRecords(records, context.documents(VERSIONS), merged_into)
    return Earlier(records, recorded, recomputing, context.clock)


SERVICE = Service(
    name=NAME,
    collections=COLLECTIONS,
    worker=worker,
    server=server,
    calls={
        **privacy.CALLED,
        IDENTITY: [service_pb2.DESCRIPTOR.services_by_name["IdentityResolutionService"], *privacy.CALLED[IDENTITY]],
    },
    announced=Announced(RECORDS, "customer-records", announced_state(profile_pb2.CustomerRecord)),
)
