"""Saying how customers belong together that are not one person."""

from __future__ import annotations

from dataclasses import replace

from identity_resolution.domain.acts.commanded import Commanded, CommandRefused, Result
from identity_resolution.domain.decisions import DecisionKind, Relationship
from identity_resolution.domain.evidence import AddRelationship, RemoveRelationship


def add_relationship(work: Commanded, act: AddRelationship) -> Result:
    """Make a relationship to a customer or to an organisation."""
    if bool(act.other) == bool(act.organisation):
        raise CommandRefused("INVALID_FIELD", field="organisation")
    customers = work.customers_of([act.account, act.other] if act.other else [act.account])
    if act.other and len(customers) < 2:
        raise CommandRefused("INVALID_FIELD", field="other_name")
    entered, command = work.work.entered, work.command
    relationship = Relationship(
        entered.id,
        act.kind,
        act.account,
        act.other,
        act.organisation,
        command.owner,
        command.reason,
        entered.at,
        entered.version,
    )
    work.work.staging.relate(relationship)
    return Result(DecisionKind.CONSTRAINT, made=relationship.id)


def remove_relationship(work: Commanded, act: RemoveRelationship) -> Result:
    """End a relationship."""
    relationship = work.work.staging.relationships.get(act.relationship)
    if relationship is None or relationship.is_over:
        raise CommandRefused("RESOURCE_NOT_FOUND", field="name")
    work.work.staging.relate(replace(relationship, is_over=True, version=work.work.entered.version))
    return Result(DecisionKind.CONSTRAINT)
