"""Wires the service: which handlers its worker runs, and what its server answers with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from chassis.ports import Handler
from chassis.rpc.awaited import Waiting
from chassis.rpc.following import Following, Watching
from chassis.service import ServerContext, Service, WorkerContext
from chassis.settings import Settings
from chassis.stages.computing import Computation
from chassis.stages.fold import Fold
from chassis.stages.reconcile import Reconcile
from chassis.stages.versions import Versions
from customer_profile.adapters import codec, privacy
from customer_profile.adapters.announcer import SOURCE, RecordAnnouncer
from customer_profile.adapters.decisions import read_decision
from customer_profile.adapters.documents import COLLECTIONS, PERSONAS, RECORDS, SEGMENT_CHANGES, TIMELINE, VERSIONS
from customer_profile.adapters.identity import Identity
from customer_profile.adapters.interactions import InteractionReader
from customer_profile.adapters.levels import ScoreReader, TierReader
from customer_profile.adapters.rows import RowReader
from customer_profile.adapters.rpc import CustomerProfile
from customer_profile.adapters.rpc_decisions import LaidDown
from customer_profile.adapters.rpc_history import Earlier, merged_into
from customer_profile.adapters.rpc_lists import Lists
from customer_profile.adapters.rpc_lookups import LookUps
from customer_profile.adapters.rpc_orders import Orders
from customer_profile.adapters.rpc_timeline import Timelines
from customer_profile.adapters.rpc_watch import Watches
from customer_profile.application.completing import Completing
from customer_profile.application.earlier import EarlierRecords
from customer_profile.application.folding import Happening, PersonaFolding
from customer_profile.application.history import History
from customer_profile.application.recomputing import Recomputing
from customer_profile.application.reconciling import Unifying
from customer_profile.config import profile_rules
from customer_profile.domain.basis import Basis
from customer_profile.domain.persona import Persona
from customer_profile.domain.record import Record
from customer_profile.domain.segments import Change
from rapport.identity.v1 import service_pb2
from rapport.profile.v1 import profile_pb2
from wire import decisions
from wire.decisions import DecisionLog, decision_reader
from wire.holdings import DESCRIPTOR
from wire.previewing import Previews
from wire.stages import fold_by_account, reconcile_by_customer

NAME = "customer-profile"
IDENTITY = "identity-resolution"


def worker(context: WorkerContext) -> Sequence[Handler]:
    """Return the two stages: personas from interactions, records from personas; and beside them, erasures under way."""

    def bring_on() -> None:
        privacy.erasing(context.documents, context.callers, context.clock).advance_all()

    return [_fold(context), Completing(_reconcile(context), bring_on)]


def _fold(context: WorkerContext) -> Fold[Persona, Happening]:
    rules = profile_rules(context.settings).value
    return fold_by_account(
        context,
        read=InteractionReader(rules.contact, rules.conversations),
        logic=PersonaFolding(rules.ledger.entries_kept, rules.timeline.keep_days),
        codec=codec.personas(),
        personas=context.documents(PERSONAS),
        rows=context.documents(TIMELINE),
        more={decisions.TOPIC: decision_reader(context.settings.epoch, read_decision)},
    )


def _reconcile(context: WorkerContext) -> Reconcile[Persona, Record, Change]:
    kept = timedelta(days=profile_rules(context.settings).value.history.keep_days)
    return reconcile_by_customer(
        context,
        computation=_computation(context.settings),
        personas=context.documents(PERSONAS),
        results=context.documents(RECORDS),
        levels={"advocacy-scores": ScoreReader(codec.scores()), "tiers": TierReader(codec.tiers())},
        is_clocked=True,
        history=context.documents(SEGMENT_CHANGES),
        versions=Versions(context.documents(VERSIONS), kept),
    )


def _computation(settings: Settings) -> Computation[Persona, Record, Change]:
    rules = profile_rules(settings)
    basis = Basis(rules.value, rules.version)
    return Computation(
        compute=Unifying(lambda: basis, codec.scores(), codec.tiers()),
        announcer=RecordAnnouncer(settings.topic("customer-records"), settings.topic("segment-changes")),
        part_codec=codec.personas(),
        codec=codec.records(),
    )


def server(context: ServerContext) -> Sequence[tuple[Any, object]]:
    """Return the service's API and what implements it."""
    settings, clock, key = context.settings, context.clock, context.settings.pseudonym_key
    records = context.documents(RECORDS)
    rules = profile_rules(settings).value
    # A quarter of the threads may follow something: look-ups find the others free.
    watching = Watching(at_once=max(1, settings.grpc_threads // 4))
    following = Following(
        context.documents(SEGMENT_CHANGES), clock, watching, "calls follow something already; follow the topics instead"
    )
    implementation = CustomerProfile(
        look_ups=LookUps(records, Identity(context.callers[IDENTITY]), _earlier(context)),
        lists=Lists(
            records, context.documents(PERSONAS), codec=codec.personas, rules=lambda: rules, clock=clock, token_key=key
        ),
        timelines=Timelines(records, History(context.documents(TIMELINE)), key),
        orders=Orders(
            records, context.documents(PERSONAS), context.documents(TIMELINE), codec=codec.personas, token_key=key
        ),
        watches=Watches(records, following, watching, key),
        laid_down=_laid_down(context),
        previews=Previews(context, lambda: _computation(settings), personas=PERSONAS, results=RECORDS),
        exports=privacy.exports(context),
        erasures=privacy.erasures(context),
    )
    return [
        (profile_pb2.DESCRIPTOR.services_by_name["CustomerProfileService"], implementation),
        (DESCRIPTOR, privacy.holdings(context.documents)),
    ]


def _laid_down(context: ServerContext) -> LaidDown:
    settings, clock = context.settings, context.clock
    # A quarter of the threads may wait for what becomes of decisions.
    waiting = Waiting(at_once=max(1, settings.grpc_threads // 4))
    log = DecisionLog(settings.topic(decisions.TOPIC), SOURCE, context.publisher, clock, waiting)
    return LaidDown(log, records=context.documents(RECORDS), personas=context.documents(PERSONAS), clock=clock)


def _earlier(context: ServerContext) -> Earlier:
    settings, records = context.settings, context.documents(RECORDS)
    rules = profile_rules(settings).value

    def recomputing() -> Recomputing[Persona, Record, Change, Happening]:
        return Recomputing(
            computation=_computation(settings),
            logic=PersonaFolding(rules.ledger.entries_kept, rules.timeline.keep_days),
            read=RowReader(InteractionReader(rules.contact, rules.conversations)),
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
)
