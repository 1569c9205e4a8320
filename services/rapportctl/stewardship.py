"""Having people's decisions about who is who carried out, and listing them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from rapport.identity.v1.decisions_pb2 import Constraint, Decision, Relationship, Suggestion, SuggestionState
from rapport.identity.v1.events_pb2 import ConstraintKind, RelationshipKind
from rapport.identity.v1.service_pb2 import IdentifierValue
from rapport.stewardship.v1 import stewardship_pb2 as pb
from rapportctl.calls import DEADLINE_SECONDS, STEWARDSHIP, Calls, NoAnswerError, RefusedError
from rapportctl.errors import RapportctlError

M = TypeVar("M", bound=Message)

PAGE = 200
BETWEEN_TRIES_SECONDS = 0.5
_UNDER_WAY = frozenset({"OUTCOME_PENDING", "SHUTTING_DOWN", "TOO_MANY_COMMANDS"})
"""Reasons of errors after which the same call with the same request id is right."""


class PendingError(RapportctlError):
    """The outcome of a command is not known; the same command with the same request id has it later."""

    def __init__(self, said: str, request_id: str) -> None:
        super().__init__(
            f"{said}; the command may yet be carried out: give it again with --request-id {request_id} for its outcome"
        )
        self.said = said


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """Who commands (a staff number or a role, not a name), why, and how long the outcome is waited for.

    A command that is given again with the same request id is carried out once.
    """

    owner: str
    reason: str
    request_id: str
    timeout_seconds: float = 60.0


class Stewardship:
    """Commands under a mandate; errors as in `Calls`, and `PendingError` where no outcome is known in time.

    Every command waits for its outcome and answers with the decision, which is empty where nothing had to change.
    `on_pending` is called each time that the outcome is asked for again.
    """

    def __init__(
        self,
        calls: Calls,
        mandate: Mandate,
        on_pending: Callable[[], None] = lambda: None,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._calls = calls
        self._mandate = mandate
        self._on_pending = on_pending
        self._now = now
        self._sleep = sleep

    def merge(self, customers: Sequence[str]) -> Decision:
        """Two or more customers are one person."""
        return self._command("Merge", pb.MergeRequest(names=_customers(customers)), pb.MergeResponse).decision

    def split(self, customer: str, accounts: Sequence[str]) -> Decision:
        """These accounts, some of the customer's, are another person."""
        request = pb.SplitRequest(name=_customer(customer), account_keys=accounts)
        return self._command("Split", request, pb.SplitResponse).decision

    def undo(self, decision: str, accounts: Sequence[str] = ()) -> Decision:
        """Take a decision ("decisions/...") back; for some accounts only, where any are named."""
        return self._command("Undo", pb.UndoRequest(name=decision, account_keys=accounts), pb.UndoResponse).decision

    def decide_suggestion(self, suggestion: str, *, accepted: bool) -> Decision:
        """Say whether the two accounts of a suggestion ("suggestions/...") are one person."""
        request = pb.DecideSuggestionRequest(name=suggestion, accepted=accepted)
        return self._command("DecideSuggestion", request, pb.DecideSuggestionResponse).decision

    def add_constraint(
        self, kind: ConstraintKind.ValueType, accounts: Sequence[str], expires: datetime | None
    ) -> pb.AddConstraintResponse:
        """Say that accounts are, or are not, one person, whatever the evidence; for ever, or until a time."""
        request = pb.AddConstraintRequest(kind=kind, account_keys=accounts)
        if expires is not None:
            request.expire_time.FromDatetime(expires)
        return self._command("AddConstraint", request, pb.AddConstraintResponse)

    def remove_constraint(self, constraint: str) -> Decision:
        """Let the evidence decide again, without the constraint ("constraints/...")."""
        request = pb.RemoveConstraintRequest(name=constraint)
        return self._command("RemoveConstraint", request, pb.RemoveConstraintResponse).decision

    def add_relationship(
        self, kind: RelationshipKind.ValueType, customer: str, *, other: str = "", organisation: str = ""
    ) -> Relationship:
        """Link a customer to another, or to an organisation, without making them one."""
        request = pb.AddRelationshipRequest(kind=kind, name=_customer(customer), organisation=organisation)
        if other:
            request.other_name = _customer(other)
        return self._command("AddRelationship", request, pb.AddRelationshipResponse).relationship

    def remove_relationship(self, relationship: str) -> None:
        """Take a relationship ("relationships/...") back."""
        request = pb.RemoveRelationshipRequest(name=relationship)
        self._command("RemoveRelationship", request, pb.RemoveRelationshipResponse)

    def block_identifier(self, identifier: IdentifierValue, *, unblock: bool) -> Decision:
        """Let an identifier tie nothing from now on; or tie again."""
        request = pb.BlockIdentifierRequest(identifier=identifier, unblock=unblock)
        return self._command("BlockIdentifier", request, pb.BlockIdentifierResponse).decision

    def reevaluate(self, customers: Sequence[str]) -> Decision:
        """Decide again about up to 100 customers under the rules as they are now."""
        request = pb.ReevaluateRequest(names=_customers(customers))
        return self._command("Reevaluate", request, pb.ReevaluateResponse).decision

    def _command(self, method: str, request: Any, response: type[M]) -> M:  # noqa: ANN401 - one of eleven requests
        """Give the command, and ask again with the same request id until its outcome is known."""
        mandate = self._mandate
        request.owner, request.reason, request.request_id = mandate.owner, mandate.reason, mandate.request_id
        end = self._now() + mandate.timeout_seconds
        while True:
            patience = min(DEADLINE_SECONDS, max(0.1, end - self._now()))
            try:
                return self._calls.call(STEWARDSHIP, method, request, response, patience)
            except NoAnswerError as error:
                if not _is_under_way(error):
                    raise PendingError(str(error), mandate.request_id) from None
            except RefusedError as error:
                if error.reason not in _UNDER_WAY:
                    raise
            if self._now() >= end:
                raise PendingError(f"no outcome after {mandate.timeout_seconds:g} s", mandate.request_id)
            self._on_pending()
            self._sleep(BETWEEN_TRIES_SECONDS)


class Decisions:
    """What people and evidence decided, and what waits for a decision; errors as in `Calls`.

    Lists are fetched page by page, each when it is needed.
    """

    def __init__(self, calls: Calls, page_size: int = PAGE) -> None:
        self._calls = calls
        self._page_size = page_size

    def decisions(self, customer: str) -> Iterator[Decision]:
        """The decisions that changed a customer, newest first."""
        request = pb.ListDecisionsRequest(parent=_customer(customer))
        return self._pages("ListDecisions", request, pb.ListDecisionsResponse, lambda page: page.decisions)

    def suggestions(self, state: SuggestionState.ValueType, customer: str = "") -> Iterator[Suggestion]:
        """Suggestions in a state, the most probable first; those of one customer, or of all."""
        request = pb.ListSuggestionsRequest(state=state, customer=_customer(customer) if customer else "")
        return self._pages("ListSuggestions", request, pb.ListSuggestionsResponse, lambda page: page.suggestions)

    def constraints(self, customer: str = "") -> Iterator[Constraint]:
        """The constraints on a customer, or all."""
        request = pb.ListConstraintsRequest(parent=_customer(customer) if customer else "")
        return self._pages("ListConstraints", request, pb.ListConstraintsResponse, lambda page: page.constraints)

    def relationships(self, customer: str) -> Iterator[Relationship]:
        """The relationships of a customer."""
        request = pb.ListRelationshipsRequest(parent=_customer(customer))
        return self._pages("ListRelationships", request, pb.ListRelationshipsResponse, lambda page: page.relationships)

    def preview_merge(self, customers: Sequence[str]) -> pb.PreviewMergeResponse:
        """What record, score and tier would be if these customers were one."""
        request = pb.PreviewMergeRequest(names=_customers(customers))
        return self._calls.call(STEWARDSHIP, "PreviewMerge", request, pb.PreviewMergeResponse)

    def preview_reevaluation(self, customers: Sequence[str]) -> Decision:
        """What deciding again about up to 100 customers would change; empty where nothing."""
        request = pb.ReevaluateRequest(names=_customers(customers), dry_run=True)
        return self._calls.call(STEWARDSHIP, "Reevaluate", request, pb.ReevaluateResponse).decision

    def _pages(
        self,
        method: str,
        request: Any,  # noqa: ANN401 - one of four requests
        response: type[M],
        items: Callable[[M], Any],
    ) -> Iterator[Any]:
        request.page_size = self._page_size
        while True:
            page: Any = self._calls.call(STEWARDSHIP, method, request, response)
            yield from items(page)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token


def _is_under_way(error: NoAnswerError) -> bool:
    if error.reason:
        return error.reason in _UNDER_WAY
    return error.code is grpc.StatusCode.DEADLINE_EXCEEDED


def _customer(id_: str) -> str:
    return f"customers/{id_}"


def _customers(ids: Sequence[str]) -> list[str]:
    return [_customer(id_) for id_ in ids]
