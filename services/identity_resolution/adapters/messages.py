"""What the handlers publish: messages with their keys and CloudEvents headers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from chassis import cloudevents
from chassis.clock import moment
from chassis.ports import Document
from chassis.records import Headers, Message, Record
from chassis.rpc.requests import concat_repeated
from chassis.tombstones import tombstone
from identity_resolution.adapters.protos import timestamp
from identity_resolution.application.ports import Erasure, Submission
from identity_resolution.domain.customers import Cause, Customer
from identity_resolution.domain.decisions import Relationship
from identity_resolution.domain.evidence import Evidence, Pair
from identity_resolution.domain.policy import type_of
from rapport.common.v1.common_pb2 import Origin
from rapport.identity.v1 import events_pb2 as events
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction

SOURCE = "/rapport/identity-resolution"
EVIDENCE_PARTITION = 0
RAPPORT = "rapport"
"""The owner of commands that no person gave."""

_CAUSES = {
    Cause.NEW_ACCOUNT: events.ASSIGNMENT_CAUSE_NEW_ACCOUNT,
    Cause.MERGE: events.ASSIGNMENT_CAUSE_MERGE,
    Cause.SPLIT: events.ASSIGNMENT_CAUSE_SPLIT,
    Cause.UNDO: events.ASSIGNMENT_CAUSE_UNDO,
    Cause.REEVALUATION: events.ASSIGNMENT_CAUSE_REEVALUATION,
    Cause.CONSTRAINT: events.ASSIGNMENT_CAUSE_CONSTRAINT,
}
_IDENTIFIED_TYPE = "rapport.interactions.v1.IdentifiedInteraction"
_EVIDENCE_TYPE = "rapport.identity.v1.EvidenceEntry"
_INTERACTION_FIELD = IdentifiedInteraction.DESCRIPTOR.fields_by_name["interaction"].number


class AdmissionMessages:
    """Makes the messages of admission. Topics by full name; `source_topic` by the name that origins carry."""

    def __init__(self, identified_topic: str, evidence_topic: str, source_topic: str, epoch: int) -> None:
        self._identified_topic = identified_topic
        self._evidence_topic = evidence_topic
        self._source_topic = source_topic
        self._epoch = epoch
        self._frame = IdentifiedInteraction(origin=Origin(epoch=epoch, topic=source_topic))
        self._origin = self._frame.origin
        self.starting(datetime(1970, 1, 1, tzinfo=UTC))

    def starting(self, now: datetime) -> None:
        """What is made from here on is admitted at this time."""
        self._frame.admitted_at.FromDatetime(now)
        self._identified_headers = _without_id(_IDENTIFIED_TYPE, now)
        self._evidence_headers = _without_id(_EVIDENCE_TYPE, now)

    def forwarded(self, record: Record, submission: Submission) -> Message:
        """The interaction with its origin, for those who fold it.

        Its bytes stand in the message as they came, unknown fields included: fields of a message may come in any order,
        so the frame is serialized without the interaction, and the interaction's bytes are put behind it.
        """
        frame, value = self._frame, record.value or b""
        frame.account_key = submission.account
        self._origin.partition = partition = record.partition
        self._origin.offset = offset = record.offset
        framed = frame.SerializeToString() + concat_repeated(_INTERACTION_FIELD, (value,))
        headers = _with_id(self._identified_headers, f"{self._epoch}.{partition}.{offset}", record)
        return Message(self._identified_topic, submission.account.encode(), framed, headers)

    def evidence(self, record: Record, submission: Submission, evidence: Evidence) -> Message:
        """What the interaction shows that was not known of its account, for the log of evidence."""
        seconds, nanos = divmod(submission.occurred_at, 1_000_000_000)
        told = events.Evidence(
            account_key=evidence.account,
            claims=[events.IdentifierClaim(type=type_of(key), key=key) for key in evidence.identifiers],
            exclusives=[events.ExclusiveValue(field=field, token=token) for field, token in evidence.exclusives],
            pairs=[_pair(pair) for pair in evidence.pairs],
            event_id=evidence.event_id,
            occurred_at=Timestamp(seconds=seconds, nanos=nanos),
            origin=Origin(
                epoch=self._epoch, topic=self._source_topic, partition=record.partition, offset=record.offset
            ),
        )
        value = events.EvidenceEntry(evidence=told).SerializeToString()
        event = f"evidence/{self._epoch}.{record.partition}.{record.offset}"
        headers = _with_id(self._evidence_headers, event, record)
        return Message(self._evidence_topic, submission.account.encode(), value, headers, EVIDENCE_PARTITION)


def _pair(pair: Pair) -> events.PairEvidence:
    return events.PairEvidence(
        other_account_key=pair.other,
        weight=pair.weight,
        personal_weight=pair.personal,
        fields=[events.FieldWeight(field=field, level=level, weight=weight) for field, level, weight in pair.fields],
        model_version=pair.model,
    )


class Announcements:
    """Tells the world of decisions: customers whole, and for each account its customer. Topics by full name."""

    def __init__(
        self, customers_topic: str, assignments_topic: str, evidence_topic: str, relationships_topic: str
    ) -> None:
        self._customers_topic = customers_topic
        self._assignments_topic = assignments_topic
        self._evidence_topic = evidence_topic
        self._relationships_topic = relationships_topic

    def messages(self, customers: Collection[Document], memberships: Collection[Document]) -> list[Message]:
        """What is to be published of these documents; customers first, so that an assignment names a known one."""
        return [*map(self._customer, customers), *map(self._assignment, memberships)]

    def tombstones(self, customers: Collection[Erasure], accounts: Collection[Erasure]) -> list[Message]:
        """The last word on those that were erased: no value, under their keys. Readers keep what is newer than that."""
        found = [(self._customers_topic, each) for each in customers]
        found += [(self._assignments_topic, each) for each in accounts]
        return [tombstone(topic, each.key, each.version, moment(each.at), SOURCE) for topic, each in found]

    def relationships(
        self, holding: Mapping[str, Collection[Relationship]], erased: Collection[Erasure], version: int, at: int
    ) -> list[Message]:
        """What holds, by account and whole, in this version, `at` milliseconds since 1970; tombstones of the erased."""
        gone = {each.key: each for each in erased}
        return [
            tombstone(self._relationships_topic, key, gone[key].version, moment(gone[key].at), SOURCE)
            if key in gone and not held
            else self._related(key, held, version, at)
            for key, held in sorted(holding.items())
        ]

    def _related(self, key: str, held: Collection[Relationship], version: int, at: int) -> Message:
        told = events.AccountRelationships(
            account_key=key,
            version=version,
            relationships=[_relationship(key, each) for each in sorted(held, key=lambda each: each.id)],
            update_time=timestamp(at),
        )
        headers = cloudevents.headers(told.DESCRIPTOR.full_name, SOURCE, f"{key}/relationships/{version}", moment(at))
        return Message(self._relationships_topic, key.encode(), told.SerializeToString(), headers)

    def expiry(self, constraint: str, now: int) -> Message:
        """The command that a constraint holds no longer, under a request id that is always the same."""
        command = events.Command(
            request_id=f"expiry/{constraint}",
            owner=RAPPORT,
            reason="its time has passed",
            request_time=timestamp(now),
            remove_constraint=events.RemoveConstraintCommand(constraint_id=constraint, expired=True),
        )
        headers = cloudevents.headers(_EVIDENCE_TYPE, SOURCE, f"command/{command.request_id}", moment(now))
        value = events.EvidenceEntry(command=command).SerializeToString()
        return Message(self._evidence_topic, constraint.encode(), value, headers, EVIDENCE_PARTITION)

    def _customer(self, document: Document) -> Message:
        key, at = document["_id"], moment(document["at"])
        headers = cloudevents.headers("rapport.identity.v1.Customer", SOURCE, f"{key}/{document['told']}", at)
        return Message(self._customers_topic, key.encode(), document["message"], headers)

    def _assignment(self, document: Document) -> Message:
        key, at = document["_id"], moment(document["at"])
        assignment = events.Assignment(
            account_key=key,
            customer_id=document["customer"],
            version=document["version"],
            previous_customer_id=document["previous"],
            cause=_CAUSES[Cause(document["cause"])],
            assign_time=timestamp(document["at"]),
            decision_id=document["decision"],
        )
        headers = cloudevents.headers("rapport.identity.v1.Assignment", SOURCE, f"{key}/{document['version']}", at)
        return Message(self._assignments_topic, key.encode(), assignment.SerializeToString(), headers)


def _relationship(account: str, each: Relationship) -> events.AccountRelationship:
    return events.AccountRelationship(
        kind=events.RelationshipKind.Value(f"RELATIONSHIP_KIND_{each.kind.name}"),
        other_account_key=each.other if each.account == account else each.account,
        organisation=each.organisation,
    )


def _without_id(type_: str, now: datetime) -> tuple[tuple[str, bytes], ...]:
    """The headers that all messages of a batch share."""
    return tuple(header for header in cloudevents.headers(type_, SOURCE, "", now) if header[0] != "ce_id")


def _with_id(shared: tuple[tuple[str, bytes], ...], event: str, record: Record) -> Headers:
    """The headers of one message; a trace that its record belongs to goes on."""
    headers = (*shared, ("ce_id", event.encode()))
    if record.headers:
        return headers + tuple(header for header in record.headers if header[0] == "traceparent")
    return headers


def customer_message(customer: Customer) -> bytes:
    """The customer as it is published and served; accounts in the order of their keys."""
    message = events.Customer(
        name=f"customers/{customer.id}",
        customer_id=customer.id,
        state=events.CUSTOMER_STATE_MERGED if customer.merged_into else events.CUSTOMER_STATE_LIVE,
        merged_into=customer.merged_into,
        accounts=[
            events.AccountMembership(account_key=account, birth_id=born)
            for account, born in sorted(customer.accounts.items())
        ],
        absorbed=customer.absorbed,
        version=customer.told_version,
        update_time=timestamp(customer.told_at),
    )
    return message.SerializeToString()
