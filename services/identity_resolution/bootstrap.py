"""Wires the service: which handlers its worker runs, and what its server answers with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from chassis.ports import Handler
from chassis.pseudonym import Pseudonymizer
from chassis.service import ServerContext, Service, WorkerContext
from identity_resolution.adapters import collections, documents
from identity_resolution.adapters.accounts import StoredAccounts
from identity_resolution.adapters.blocks import StoredBlocks
from identity_resolution.adapters.customers import StoredCustomers
from identity_resolution.adapters.decided import StoredConstraints
from identity_resolution.adapters.details import StoredDetails
from identity_resolution.adapters.evidence import read_entry
from identity_resolution.adapters.intake import IntakeReader
from identity_resolution.adapters.journal import StoredJournal
from identity_resolution.adapters.messages import AdmissionMessages, Announcements
from identity_resolution.adapters.rpc import IdentityResolution
from identity_resolution.application.admit import Admit, AdmitPorts
from identity_resolution.application.decide import Decide, DecidePorts
from identity_resolution.application.observing import Observer
from identity_resolution.config import identity_rules, make_exclusive, make_keys, make_observer, make_policy
from identity_resolution.domain.rules import IdentityRules
from rapport.identity.v1 import service_pb2

NAME = "identity-resolution"
INTERACTIONS = "interactions"
EVIDENCE = "identity-evidence"


def worker(context: WorkerContext) -> Sequence[Handler]:
    """Return the two handlers: admission of interactions, and decisions on the evidence that it finds."""
    rules = identity_rules(context.settings).value
    return [_admit(context, rules), _decide(context, rules)]


def server(context: ServerContext) -> Sequence[tuple[Any, object]]:
    """Return the API and what implements it."""
    rules = identity_rules(context.settings).value
    implementation = IdentityResolution(
        context.documents(collections.CUSTOMERS),
        context.documents(collections.MEMBERSHIPS),
        context.documents(collections.IDENTIFIERS),
        make_keys(rules, context.settings.pseudonym_key),
    )
    return [(service_pb2.DESCRIPTOR.services_by_name["IdentityResolutionService"], implementation)]


def _admit(context: WorkerContext, rules: IdentityRules) -> Admit:
    settings = context.settings
    keys = make_keys(rules, settings.pseudonym_key)
    tolerance = timedelta(seconds=rules.intake.future_tolerance_seconds)
    ports = AdmitPorts(
        reader=IntakeReader(keys, rules.matching.fields, tolerance),
        forwarder=AdmissionMessages(
            settings.topic("identified-interactions"), settings.topic(EVIDENCE), INTERACTIONS, settings.epoch
        ),
        accounts=StoredAccounts(context.documents(collections.ACCOUNTS)),
        observer=_observer(context, rules),
        exclusive=make_exclusive(rules, settings.pseudonym_key),
        publisher=context.publisher,
        dead_letters=context.dead_letters,
        clock=context.clock,
    )
    return Admit(settings.topic(INTERACTIONS), ports, rules.intake, settings.epoch)


def _observer(context: WorkerContext, rules: IdentityRules) -> Observer:
    hashed = Pseudonymizer(context.settings.pseudonym_key).hash
    details = StoredDetails(context.documents(collections.DETAILS))
    blocks = StoredBlocks(context.documents(collections.BLOCKS), hashed, rules.matching.candidates_per_key)
    return make_observer(rules, details, blocks)


def _decide(context: WorkerContext, rules: IdentityRules) -> Decide:
    settings = context.settings
    evidence = settings.topic(EVIDENCE)
    ports = DecidePorts(
        reader=read_entry,
        customers=StoredCustomers(context.documents),
        constraints=StoredConstraints(context.documents(collections.CONSTRAINTS)),
        journal=StoredJournal(context.documents(collections.JOURNAL)),
        announcer=Announcements(settings.topic("customers"), settings.topic("identity-assignments"), evidence),
        publisher=context.publisher,
        dead_letters=context.dead_letters,
        counter=context.counter,
        clock=context.clock,
    )
    return Decide(evidence, ports, make_policy(rules, make_keys(rules, settings.pseudonym_key)), settings.epoch)


SERVICE = Service(name=NAME, collections=documents.COLLECTIONS, worker=worker, server=server)
