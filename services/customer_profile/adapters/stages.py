"""Wires the two stages of the worker by the rules in force, and what computes anew under other rules beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from chassis.partitions import SLOTS
from chassis.records import Record as LogRecord
from chassis.rules_in_force import Derived
from chassis.service import WorkerContext
from chassis.settings import Settings
from chassis.stages.computing import Computation
from chassis.stages.fold import Entry
from chassis.stages.owned import ByField
from chassis.stages.progress import Progress, reached
from chassis.stages.refolding import Refolding
from chassis.stages.retouching import Retouching
from chassis.stages.versions import Versions
from customer_profile.adapters import codec
from customer_profile.adapters.announcer import RecordAnnouncer
from customer_profile.adapters.decisions import read_decision
from customer_profile.adapters.documents import (
    PERSONAS,
    RECOMPUTATION,
    RECORDS,
    SEGMENT_CHANGES,
    TIMELINE,
    VERSIONS,
)
from customer_profile.adapters.in_force import BasisInForce
from customer_profile.adapters.interactions import InteractionReader
from customer_profile.adapters.levels import ScoreReader, TierReader
from customer_profile.adapters.trait_sampling import RowSampling
from customer_profile.application.folding import FoldingInForce, Happening, PersonaFolding
from customer_profile.application.reconciling import Unifying
from customer_profile.application.refolding import Draft, TraitRefolding
from customer_profile.config import profile_rules
from customer_profile.domain.basis import Basis
from customer_profile.domain.persona import Persona
from customer_profile.domain.record import Record
from customer_profile.domain.segments import Change
from wire import decisions
from wire.decisions import decision_reader
from wire.stages import fold_by_account, reconcile_by_customer

PERSONAS_STAGE, RECORDS_STAGE = "personas", "records"
"""Stages of computing anew, as their progress is kept."""


def folding(context: WorkerContext) -> Refolding[Persona, Draft]:
    """Return the first stage: personas and timelines from interactions and decisions."""
    in_force = BasisInForce(context.settings, context.documents, context.clock)
    reader = Derived(in_force.now, interactions_read)
    logic = Derived(in_force.now, folded)

    def read(record: LogRecord) -> Entry[Happening]:
        return reader()(record)

    fold = fold_by_account(
        context,
        read=read,
        logic=FoldingInForce(logic),
        codec=codec.personas(lambda: in_force.now().plan),
        personas=context.documents(PERSONAS),
        rows=context.documents(TIMELINE),
        more={decisions.TOPIC: decision_reader(context.settings.epoch, read_decision)},
        owned=[ByField(context.documents(TIMELINE), "account")],
    )
    return Refolding(
        fold,
        logic=TraitRefolding(lambda: in_force.now().plan, RowSampling),
        rules=in_force,
        documents=context.documents(PERSONAS),
        rows=context.documents(TIMELINE),
        first_topic=context.settings.topic("identified-interactions"),
        partitions=context.settings.partitions,
        clock=context.clock,
        progress=Progress(context.documents(RECOMPUTATION), PERSONAS_STAGE),
    )


def reconciling(context: WorkerContext) -> Retouching:
    """Return the second stage: records from personas and from what other services say."""
    in_force = BasisInForce(context.settings, context.documents, context.clock)
    progress = context.documents(RECOMPUTATION)
    kept = timedelta(days=profile_rules(context.settings).value.history.keep_days)
    reconcile = reconcile_by_customer(
        context,
        computation=computation(context.settings, in_force.now),
        personas=context.documents(PERSONAS),
        results=context.documents(RECORDS),
        levels={"advocacy-scores": ScoreReader(codec.scores()), "tiers": TierReader(codec.tiers())},
        is_clocked=True,
        history=context.documents(SEGMENT_CHANGES),
        versions=Versions(context.documents(VERSIONS), kept),
    )
    return Retouching(
        reconcile,
        rules=in_force,
        results=context.documents(RECORDS),
        publisher=context.publisher,
        touched=context.settings.topic(f"touched.{context.settings.service}"),
        partitions=context.settings.partitions,
        clock=context.clock,
        progress=Progress(progress, RECORDS_STAGE),
        is_ready=lambda version: reached(progress, PERSONAS_STAGE, version).done == SLOTS,
    )


def computation(settings: Settings, basis: Callable[[], Basis]) -> Computation[Persona, Record, Change]:
    """Return how records are computed, by what `basis` tells; for one thread."""
    return Computation(
        compute=Unifying(basis, codec.scores(), codec.tiers()),
        announcer=RecordAnnouncer(settings.topic("customer-records"), settings.topic("segment-changes")),
        part_codec=codec.personas(lambda: basis().plan),
        codec=codec.records(),
    )


def interactions_read(basis: Basis) -> InteractionReader:
    """Return what reads interactions by these rules."""
    return InteractionReader(basis.rules.contact, basis.rules.conversations, basis.plan)


def folded(basis: Basis) -> PersonaFolding:
    """Return how personas take in what happened by these rules."""
    return PersonaFolding(basis.rules.ledger.entries_kept, basis.rules.timeline.keep_days)
