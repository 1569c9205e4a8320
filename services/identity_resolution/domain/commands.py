"""Carries out what people command: their word outranks the rules, and stays when the same evidence comes again."""

from __future__ import annotations

from dataclasses import replace

from identity_resolution.domain.acts.commanded import Commanded, CommandRefused, Result
from identity_resolution.domain.acts.constraining import add_constraint, decide_suggestion, remove_constraint
from identity_resolution.domain.acts.erasing import erase
from identity_resolution.domain.acts.merging import merge, split, undo
from identity_resolution.domain.acts.reevaluating import block, reevaluate
from identity_resolution.domain.acts.relating import add_relationship, remove_relationship
from identity_resolution.domain.concluding import conclude_command
from identity_resolution.domain.decisions import Outcome
from identity_resolution.domain.evidence import (
    AddConstraint,
    AddRelationship,
    BlockIdentifier,
    Command,
    DecideSuggestion,
    Erase,
    Merge,
    Reevaluate,
    RemoveConstraint,
    RemoveRelationship,
    Split,
    Undo,
)
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.staging import Entered, Staging, Work


def carry_out(staging: Staging, command: Command, entered: Entered, policy: Policy) -> None:
    """Take a command into the staging, with its outcome; one whose request id has an outcome changes nothing.

    The staging must know all that `named` says of the command. One that is not carried out has an outcome that says
    why, and changes nothing else.
    """
    if command.request_id in staging.outcomes:
        return
    staging.begin()
    work = Work(staging, entered, policy)
    outcome = Outcome(command.request_id, command.digest, entered.at, entered.version)
    try:
        result = _act(Commanded(work, command))
    except CommandRefused as refused:
        outcome = replace(outcome, error=refused.reason, details=refused.details)
    else:
        decision = ""
        if result.kind is not None:
            decision = conclude_command(work, command, result.kind, result.constraints, result.released)
        outcome = replace(outcome, decision=decision, made=result.made, details=result.details)
    _note(staging, outcome)


def turn_down(staging: Staging, command: Command, entered: Entered, reason: str, **details: str) -> None:
    """Note of a command that it is not carried out, with the reason of the API and its details."""
    outcome = Outcome(command.request_id, command.digest, entered.at, entered.version)
    _note(staging, replace(outcome, error=reason, details=tuple(sorted(details.items()))))


def _note(staging: Staging, outcome: Outcome) -> None:
    staging.changes.outcomes[outcome.request_id] = outcome
    staging.outcomes[outcome.request_id] = outcome


def _act(work: Commanded) -> Result:  # noqa: PLR0911 - one answer an act
    match work.command.act:
        case Merge() as act:
            return merge(work, act)
        case Split() as act:
            return split(work, act)
        case Undo() as act:
            return undo(work, act)
        case AddConstraint() as act:
            return add_constraint(work, act)
        case RemoveConstraint() as act:
            return remove_constraint(work, act)
        case DecideSuggestion() as act:
            return decide_suggestion(work, act)
        case Reevaluate() as act:
            return reevaluate(work, act)
        case BlockIdentifier() as act:
            return block(work, act)
        case AddRelationship() as act:
            return add_relationship(work, act)
        case RemoveRelationship() as act:
            return remove_relationship(work, act)
        case Erase() as act:
            return erase(work, act)
