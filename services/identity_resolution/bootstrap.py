"""Wires the service: which handlers its worker runs, and what its server answers with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from chassis.ports import Documents, Handler
from chassis.pseudonym import Pseudonymizer
from chassis.rpc.awaited import Waiting
from chassis.service import ServerContext, Service, WorkerContext
from identity_resolution.adapters import collections, documents
from identity_resolution.adapters.accounts import StoredAccounts
from identity_resolution.adapters.asked import Asked
from identity_resolution.adapters.blocks import StoredBlocks
from identity_resolution.adapters.command_log import CommandLog
from identity_resolution.adapters.comparisons import Comparisons
from identity_resolution.adapters.customers import StoredCustomers
from identity_resolution.adapters.decided import StoredConstraints
from identity_resolution.adapters.details import StoredDetails
from identity_resolution.adapters.evidence import read_entry
from identity_resolution.adapters.file_engine import FileEngine, Training
from identity_resolution.adapters.holdings import kept
from identity_resolution.adapters.intake import IntakeReader
from identity_resolution.adapters.journal import StoredJournal
from identity_resolution.adapters.lists import Lists
from identity_resolution.adapters.markers import StoredMarkers
from identity_resolution.adapters.merge_previews import MergePreviews
from identity_resolution.adapters.messages import AdmissionMessages, Announcements
from identity_resolution.adapters.people import People
from identity_resolution.adapters.previews import CALLED, Previews
from identity_resolution.adapters.rpc import IdentityResolution
from identity_resolution.adapters.rpc_explain import Explanations
from identity_resolution.adapters.rpc_stewardship import Stewardship
from identity_resolution.adapters.similarity import rapidfuzz_similarity
from identity_resolution.adapters.suggested import Suggested
from identity_resolution.adapters.trial import Trials
from identity_resolution.application.admit import Admit, AdmitPorts
from identity_resolution.application.decide import Decide, DecidePorts
from identity_resolution.application.forgetting import Forgetting
from identity_resolution.config import (
    identity_rules,
    make_exclusive,
    make_keys,
    make_observer,
    make_policy,
    matching_model,
)
from identity_resolution.domain.matching.comparing import Comparer
from identity_resolution.domain.matching.model import Model
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.rules import IdentityRules
from rapport.identity.v1 import service_pb2
from rapport.stewardship.v1 import stewardship_pb2
from wire.holdings import DESCRIPTOR, Holdings

__all__ = ["NAME", "SERVICE", "FileEngine", "Model", "Training", "file_engine", "server", "worker"]

NAME = "identity-resolution"
INTERACTIONS = "interactions"
EVIDENCE = "identity-evidence"
ASSIGNMENTS = "identity-assignments"
RELATIONSHIPS = "identity-relationships"


def worker(context: WorkerContext) -> Sequence[Handler]:
    """Return the two handlers: admission of interactions, and decisions on the evidence that it finds."""
    rules = identity_rules(context.settings).value
    return [_admit(context, rules), _decide(context, rules)]


def server(context: ServerContext) -> Sequence[tuple[Any, object]]:
    """Return the APIs: of who is who, of people's decisions about it, and of what is held; and what implements them."""
    rules = identity_rules(context.settings).value
    # Of one collection all reads are joined: it is opened once.
    opened = cache(context.documents)
    keys = make_keys(rules, context.settings.pseudonym_key)
    reading = _Reading(
        documents=opened,
        people=People(opened(collections.CUSTOMERS), opened(collections.MEMBERSHIPS)),
        asked=Asked(keys),
        policy=make_policy(rules, keys),
    )
    return [
        (service_pb2.DESCRIPTOR.services_by_name["IdentityResolutionService"], _who_is_who(context, rules, reading)),
        (stewardship_pb2.DESCRIPTOR.services_by_name["StewardshipService"], _stewardship(context, reading)),
        (DESCRIPTOR, _holdings(context, rules, opened)),
    ]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What both APIs read requests and documents with."""

    documents: Callable[[str], Documents]
    people: People
    asked: Asked
    policy: Policy


def _who_is_who(context: ServerContext, rules: IdentityRules, reading: _Reading) -> IdentityResolution:
    model = matching_model(rules.matching)
    comparer = Comparer(rules.matching, model, rapidfuzz_similarity())
    explanations = Explanations(
        reading.people,
        reading.documents(collections.DECISIONS),
        Comparisons(reading.documents(collections.DETAILS), comparer, model),
        policy=reading.policy,
        asked=reading.asked,
        token_key=context.settings.pseudonym_key,
    )
    return IdentityResolution(
        reading.documents(collections.CUSTOMERS),
        reading.documents(collections.IDENTIFIERS),
        reading.people,
        reading.asked,
        explanations,
    )


def _stewardship(context: ServerContext, reading: _Reading) -> Stewardship:
    settings, documents, people = context.settings, reading.documents, reading.people
    log = CommandLog(
        settings.topic(EVIDENCE),
        context.publisher,
        documents(collections.OUTCOMES),
        context.clock,
        Waiting(at_once=max(1, settings.grpc_threads // 2)),
    )
    return Stewardship(
        documents,
        log,
        people=people,
        asked=reading.asked,
        lists=Lists(documents, people, settings.pseudonym_key),
        suggested=Suggested(documents, people, settings.pseudonym_key),
        previews=MergePreviews(people, Previews(context.callers), reading.policy),
        trials=Trials(documents, Pseudonymizer(settings.pseudonym_key).hash, reading.policy, context.clock),
        clock=context.clock,
        hashed=Pseudonymizer(settings.pseudonym_key).hash,
    )


def _holdings(context: ServerContext, rules: IdentityRules, documents: Callable[[str], Documents]) -> Holdings:
    hashed = Pseudonymizer(context.settings.pseudonym_key).hash
    return Holdings(lambda: kept(documents, rules.matching, hashed))


def _admit(context: WorkerContext, rules: IdentityRules) -> Admit:
    settings = context.settings
    keys = make_keys(rules, settings.pseudonym_key)
    hashed = Pseudonymizer(settings.pseudonym_key).hash
    tolerance = timedelta(seconds=rules.intake.future_tolerance_seconds)
    accounts = StoredAccounts(context.documents(collections.ACCOUNTS))
    details = StoredDetails(context.documents(collections.DETAILS))
    blocks = StoredBlocks(context.documents(collections.BLOCKS), hashed, rules.matching.candidates_per_key)
    ports = AdmitPorts(
        reader=IntakeReader(keys, rules.matching.fields, tolerance),
        forwarder=AdmissionMessages(
            settings.topic("identified-interactions"), settings.topic(EVIDENCE), INTERACTIONS, settings.epoch
        ),
        accounts=accounts,
        observer=make_observer(rules, details, blocks),
        exclusive=make_exclusive(rules, settings.pseudonym_key),
        publisher=context.publisher,
        dead_letters=context.dead_letters,
        clock=context.clock,
        erasures=Forgetting(
            settings.topic(ASSIGNMENTS),
            rules.matching,
            markers=StoredMarkers(context.documents(collections.MARKERS), hashed),
            accounts=accounts,
            details=details,
            blocks=blocks,
            dead_letters=context.dead_letters,
        ),
    )
    return Admit(settings.topic(INTERACTIONS), ports, rules.intake, settings.epoch)


def _decide(context: WorkerContext, rules: IdentityRules) -> Decide:
    settings = context.settings
    evidence = settings.topic(EVIDENCE)
    ports = DecidePorts(
        reader=read_entry,
        customers=StoredCustomers(context.documents, Pseudonymizer(settings.pseudonym_key).hash),
        constraints=StoredConstraints(context.documents(collections.CONSTRAINTS)),
        journal=StoredJournal(context.documents(collections.JOURNAL)),
        announcer=Announcements(
            settings.topic("customers"), settings.topic(ASSIGNMENTS), evidence, settings.topic(RELATIONSHIPS)
        ),
        publisher=context.publisher,
        dead_letters=context.dead_letters,
        counter=context.counter,
        clock=context.clock,
    )
    return Decide(evidence, ports, make_policy(rules, make_keys(rules, settings.pseudonym_key)), settings.epoch)


def file_engine(rules: Path | None, now: datetime) -> FileEngine:
    """Return what links files and trains models, under the rules of this file or else the service's own.

    Raises `RulesError`.
    """
    return FileEngine(rules, now)


SERVICE = Service(
    name=NAME,
    collections=documents.COLLECTIONS,
    worker=worker,
    server=server,
    calls={name: [called] for name, called in CALLED.items()},
)
