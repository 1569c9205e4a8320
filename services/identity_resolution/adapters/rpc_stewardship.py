"""Answers stewards: has what they command carried out, and tells what stands for review."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from google.protobuf.message import Message

from chassis.clock import milliseconds
from chassis.ports import Clock, Documents
from chassis.rpc.errors import invalid
from identity_resolution.adapters import asked, collections
from identity_resolution.adapters.asked import Asked
from identity_resolution.adapters.command_log import CommandLog
from identity_resolution.adapters.commands import LONGEST_ORGANISATION, anchor, command
from identity_resolution.adapters.lists import Lists
from identity_resolution.adapters.markers import Hash
from identity_resolution.adapters.merge_previews import MergePreviews
from identity_resolution.adapters.people import People
from identity_resolution.adapters.protos import CONSTRAINT_KINDS, RELATIONSHIP_KINDS, decision_message, timestamp
from identity_resolution.adapters.refusals import not_carried_out
from identity_resolution.adapters.suggested import Suggested
from identity_resolution.adapters.trial import Trials
from identity_resolution.domain.acts.erasing import ACCOUNTS, MERGED
from identity_resolution.domain.evidence import Reevaluate
from rapport.identity.v1 import decisions_pb2 as decisions
from rapport.identity.v1 import events_pb2 as events
from rapport.stewardship.v1 import stewardship_pb2 as pb

LATEST_SECONDS = 253_402_300_799
"""The last second of the year 9999, the latest that a protobuf timestamp may be."""

M = TypeVar("M", bound=Message)


class Stewardship:
    """Implements StewardshipService; stewardship.proto says what each call promises. For any number of threads."""

    def __init__(
        self,
        documents: Callable[[str], Documents],
        log: CommandLog,
        *,
        people: People,
        asked: Asked,
        lists: Lists,
        suggested: Suggested,
        previews: MergePreviews,
        trials: Trials,
        clock: Clock,
        hashed: Hash,
    ) -> None:
        self._documents = {
            name: documents(name)
            for name in (collections.DECISIONS, collections.CONSTRAINTS, collections.RELATIONSHIPS)
        }
        self._log = log
        self._people = people
        self._asked = asked
        self._lists = lists
        self._trials = trials
        self._clock = clock
        self._hash = hashed
        self.list_decisions = lists.list_decisions
        self.list_constraints = lists.list_constraints
        self.list_relationships = lists.list_relationships
        self.list_suggestions = suggested.list_suggestions
        self.preview_merge = previews.preview_merge

    def merge(self, request: pb.MergeRequest, context: object) -> pb.MergeResponse:
        """Make customers one."""
        places = asked.customers(request.names, least=2)
        given = command(request, merge=events.MergeCommand(customer_ids=places))
        return pb.MergeResponse(decision=self._decision(given, places))

    def split(self, request: pb.SplitRequest, context: object) -> pb.SplitResponse:
        """Make accounts of a customer another one."""
        id_ = asked.customer(request.name)
        accounts = self._asked.accounts(request.account_keys, least=1)
        given = command(request, split=events.SplitCommand(customer_id=id_, account_keys=accounts))
        return pb.SplitResponse(decision=self._decision(given, {id_: "name", **accounts}))

    def undo(self, request: pb.UndoRequest, context: object) -> pb.UndoResponse:
        """Take a decision back."""
        id_ = asked.resource("decisions/{decision}", request.name)
        accounts = self._asked.accounts(request.account_keys)
        given = command(request, undo=events.UndoCommand(decision_id=id_, account_keys=accounts))
        return pb.UndoResponse(decision=self._decision(given, accounts))

    def decide_suggestion(self, request: pb.DecideSuggestionRequest, context: object) -> pb.DecideSuggestionResponse:
        """Accept or reject a suggestion."""
        id_ = asked.resource("suggestions/{suggestion}", request.name)
        act = events.DecideSuggestionCommand(suggestion_id=id_, accepted=request.accepted)
        return pb.DecideSuggestionResponse(decision=self._decision(command(request, decide_suggestion=act), {}))

    def add_constraint(self, request: pb.AddConstraintRequest, context: object) -> pb.AddConstraintResponse:
        """Lay down that accounts are, or are not, one person."""
        if request.kind not in CONSTRAINT_KINDS.values():
            raise invalid("kind", "must-link or cannot-link")
        accounts = self._asked.accounts(request.account_keys, least=2)
        act = events.AddConstraintCommand(kind=request.kind, account_keys=accounts)
        if request.HasField("expire_time"):
            if not milliseconds(self._clock.now()) // 1000 < request.expire_time.seconds <= LATEST_SECONDS:
                raise invalid("expire_time", "a time to come, before the year 10000; absent, it never expires")
            act.expire_time.CopyFrom(request.expire_time)
        outcome = self._log.carry_out(command(request, add_constraint=act), accounts)
        return pb.AddConstraintResponse(
            constraint=self._made(collections.CONSTRAINTS, outcome.made, decisions.Constraint),
            decision=self._made(collections.DECISIONS, outcome.decision, decisions.Decision),
        )

    def remove_constraint(self, request: pb.RemoveConstraintRequest, context: object) -> pb.RemoveConstraintResponse:
        """Take a constraint back."""
        id_ = asked.resource("constraints/{constraint}", request.name)
        given = command(request, remove_constraint=events.RemoveConstraintCommand(constraint_id=id_))
        return pb.RemoveConstraintResponse(decision=self._decision(given, {}))

    def add_relationship(self, request: pb.AddRelationshipRequest, context: object) -> pb.AddRelationshipResponse:
        """Link a customer to another, or to an organisation."""
        if request.kind not in RELATIONSHIP_KINDS.values():
            raise invalid("kind", "household, employer, agency or executive")
        if bool(request.other_name) == bool(request.organisation):
            raise invalid("organisation", "set it or other_name, and not both")
        act = events.AddRelationshipCommand(kind=request.kind)
        places = {asked.customer(request.name): "name"}
        if request.other_name:
            places.setdefault(asked.customer(request.other_name, "other_name"), "other_name")
            if len(places) == 1:
                raise invalid("other_name", "another customer than `name`")
        else:
            act.organisation = asked.text(request.organisation, "organisation", LONGEST_ORGANISATION)
        command(request)
        accounts = [anchor(customer, id_) for id_, customer in self._people.customers(places).items()]
        act.account_key = accounts[0]
        act.other_account_key = accounts[1] if request.other_name else ""
        fields = dict(zip(accounts, places.values(), strict=True))
        outcome = self._log.carry_out(command(request, add_relationship=act), fields)
        made = self._made(collections.RELATIONSHIPS, outcome.made, decisions.Relationship)
        if made is not None:
            self._lists.name_customers([made])
        return pb.AddRelationshipResponse(relationship=made)

    def remove_relationship(
        self, request: pb.RemoveRelationshipRequest, context: object
    ) -> pb.RemoveRelationshipResponse:
        """Take a relationship back."""
        id_ = asked.resource("relationships/{relationship}", request.name)
        act = events.RemoveRelationshipCommand(relationship_id=id_)
        self._log.carry_out(command(request, remove_relationship=act), {})
        return pb.RemoveRelationshipResponse()

    def block_identifier(self, request: pb.BlockIdentifierRequest, context: object) -> pb.BlockIdentifierResponse:
        """Have an identifier tie nothing, or tie again."""
        key = self._asked.identifier(request.identifier, "identifier")
        act = events.BlockIdentifierCommand(identifier_key=key, unblock=request.unblock)
        return pb.BlockIdentifierResponse(decision=self._decision(command(request, block_identifier=act), {}))

    def reevaluate(self, request: pb.ReevaluateRequest, context: object) -> pb.ReevaluateResponse:
        """Decide again about customers, or say what would come of it."""
        places = asked.customers(request.names)
        if not request.dry_run:
            given = command(request, reevaluate=events.ReevaluateCommand(customer_ids=places))
            return pb.ReevaluateResponse(decision=self._decision(given, places))
        outcome, decision = self._trials.of(Reevaluate(tuple(places)))
        if outcome.error:
            raise not_carried_out(outcome.error, dict(outcome.details), places)
        if decision is None:
            return pb.ReevaluateResponse()
        message = decision_message(decision)
        message.ClearField("name")
        return pb.ReevaluateResponse(decision=message)

    def erase_customer(self, request: pb.EraseCustomerRequest, context: object) -> pb.EraseCustomerResponse:
        """Forget a customer."""
        id_ = asked.customer(request.name)
        given = command(request, erase=events.EraseCommand(customer_id=id_))
        outcome = self._log.carry_out(given, {id_: "name"})
        details = dict(outcome.details)
        return pb.EraseCustomerResponse(
            customer_hash=self._hash(id_),
            account_count=int(details[ACCOUNTS]),
            erase_time=timestamp(outcome.at),
            was_merged=MERGED in details,
        )

    def _decision(self, given: events.Command, places: Mapping[str, str]) -> decisions.Decision | None:
        """The decision that a command led to; None where nothing had to change."""
        outcome = self._log.carry_out(given, places)
        return self._made(collections.DECISIONS, outcome.decision, decisions.Decision)

    def _made(self, collection: str, id_: str, type_: type[M]) -> M | None:
        """What a decision left behind, of this type; None where it left nothing."""
        document = self._documents[collection].load([id_]).get(id_) if id_ else None
        return type_.FromString(document["message"]) if document is not None else None
