"""Wires the service: which handlers its worker runs, and what its server answers with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from chassis.ports import Handler
from chassis.service import ServerContext, Service, WorkerContext
from identity_resolution.adapters import documents
from identity_resolution.adapters.accounts import StoredAccounts
from identity_resolution.adapters.customers import StoredCustomers
from identity_resolution.adapters.evidence import read_evidence
from identity_resolution.adapters.intake import IntakeReader
from identity_resolution.adapters.journal import StoredJournal
from identity_resolution.adapters.messages import AdmissionMessages, Announcements
from identity_resolution.adapters.rpc import IdentityResolution
from identity_resolution.application.admit import Admit, AdmitPorts
from identity_resolution.application.decide import Decide, DecidePorts
from identity_resolution.config import identity_rules, make_keys
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
        context.documents(documents.CUSTOMERS),
        context.documents(documents.MEMBERSHIPS),
        context.documents(documents.IDENTIFIERS),
        make_keys(rules, context.settings.pseudonym_key),
    )
    return [(service_pb2.DESCRIPTOR.services_by_name["IdentityResolutionService"], implementation)]


def _admit(context: WorkerContext, rules: IdentityRules) -> Admit:
    settings = context.settings
    keys = make_keys(rules, settings.pseudonym_key)
    ports = AdmitPorts(
        reader=IntakeReader(keys, timedelta(seconds=rules.intake.future_tolerance_seconds)),
        forwarder=AdmissionMessages(
            settings.topic("identified-interactions"), settings.topic(EVIDENCE), INTERACTIONS, settings.epoch
        ),
        accounts=StoredAccounts(context.documents(documents.ACCOUNTS)),
        publisher=context.publisher,
        dead_letters=context.dead_letters,
        clock=context.clock,
    )
    return Admit(settings.topic(INTERACTIONS), ports, rules.intake, settings.epoch)


def _decide(context: WorkerContext, rules: IdentityRules) -> Decide:
    settings = context.settings
    ports = DecidePorts(
        reader=read_evidence,
        customers=StoredCustomers(
            context.documents(documents.CUSTOMERS),
            context.documents(documents.MEMBERSHIPS),
            context.documents(documents.IDENTIFIERS),
        ),
        journal=StoredJournal(context.documents(documents.JOURNAL)),
        announcer=Announcements(settings.topic("customers"), settings.topic("identity-assignments")),
        publisher=context.publisher,
        dead_letters=context.dead_letters,
        counter=context.counter,
        clock=context.clock,
    )
    return Decide(settings.topic(EVIDENCE), ports, rules.caps, settings.epoch)


SERVICE = Service(name=NAME, collections=documents.COLLECTIONS, worker=worker, server=server)
