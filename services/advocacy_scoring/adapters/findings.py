"""Findings on their topic: keyed by account, read by the fold like every other event of the account."""

from __future__ import annotations

from datetime import datetime

from advocacy_scoring.domain.findings import (
    Evidence,
    Findings,
    Mark,
    Referral,
    ReferralState,
    Rejection,
    Suspicion,
)
from chassis import cloudevents
from chassis.clock import milliseconds
from chassis.errors import InvalidRecord
from chassis.ports import Clock, Publisher
from chassis.positions import position
from chassis.records import Message, Record
from chassis.stages.fold import Entry
from chassis.tombstones import tombstone
from rapport.advocacy.v1 import breakdown_pb2, findings_pb2, referral_pb2
from wire.reading import parsed, require_key

TOPIC = "advocacy-findings"
SOURCE = "/rapport/advocacy-scoring"


class FindingsReader:
    """Decodes a record of advocacy-findings. `epoch` is the deployment's: the place of a record is its origin."""

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch

    def __call__(self, record: Record) -> Entry[Findings] | None:
        """Return what was found, and where it stands in the log; None for a tombstone. Raises `InvalidRecord`.

        An account that was erased is so by its assignment's tombstone; this one only takes the place of what was found.
        """
        if record.value is None:
            return None
        message = parsed(findings_pb2.AccountFindings, record)
        require_key(record, message.account_key)
        try:
            place = position(self._epoch, record.offset)
            found = _findings(message)
        except ValueError as error:
            raise InvalidRecord("INVALID_FIELD", str(error)) from None
        return Entry(
            message.account_key, f"{TOPIC}-{record.partition}", place, found, message.find_time.ToMilliseconds()
        )


class SaidFindings:
    """What the topic says of accounts, as something that goes with them. `topic` is the full name."""

    def __init__(self, topic: str, publisher: Publisher, clock: Clock) -> None:
        self._topic = topic
        self._publisher = publisher
        self._clock = clock

    def forget(self, key: str) -> None:
        """Put a tombstone in the place of what was found last. Raises `Unavailable`."""
        now = self._clock.now()
        self._publisher.publish([tombstone(self._topic, key, milliseconds(now), now, SOURCE)])


def message(topic: str, account: str, found: Findings, now: datetime) -> Message:
    """The record that tells the account what was found. `topic` is the full name."""
    told = findings_pb2.AccountFindings(
        account_key=account,
        marks=[
            findings_pb2.Mark(suspicion=_suspicion(m), signature=m.signature, day=m.day, number=m.number)
            for m in found.marks
        ],
        evidence=[evidence_message(account, each) for each in found.evidence],
        referrals=map(_referral_message, found.referrals),
    )
    told.find_time.FromDatetime(now)
    kind = findings_pb2.AccountFindings.DESCRIPTOR.full_name
    headers = cloudevents.headers(kind, SOURCE, f"{account}-{told.find_time.ToMilliseconds()}", now)
    return Message(topic, account.encode(), told.SerializeToString(deterministic=True), headers)


def evidence_message(account: str, each: Evidence) -> breakdown_pb2.Evidence:
    """What a suspicion rests on, as it is published."""
    return breakdown_pb2.Evidence(
        account_key=account,
        suspicion=_suspicion(each),
        since_day=each.since_day,
        deeds=each.deeds,
        others=each.others,
        examples=each.examples,
    )


def _suspicion(each: Mark | Evidence) -> breakdown_pb2.Suspicion.ValueType:
    return breakdown_pb2.Suspicion.ValueType(each.suspicion.value)


def _referral_message(each: Referral) -> findings_pb2.FoundReferral:
    return findings_pb2.FoundReferral(
        id=each.id_,
        is_giver=each.is_giver,
        state=referral_pb2.ReferralState.ValueType(each.state.value),
        rejection=referral_pb2.ReferralRejection.ValueType(each.rejection.value),
        other_account_key=each.other,
        referred_ms=each.referred_ms,
        purchased_ms=each.purchased_ms,
        purchase_event_id=each.event_id,
    )


def _findings(told: findings_pb2.AccountFindings) -> Findings:
    return Findings(
        tuple(Mark(Suspicion(m.suspicion), m.signature, m.day, m.number) for m in told.marks),
        tuple(
            Evidence(Suspicion(e.suspicion), e.since_day, e.deeds, e.others, tuple(e.examples)) for e in told.evidence
        ),
        tuple(
            Referral(
                r.id,
                r.is_giver,
                ReferralState(r.state),
                Rejection(r.rejection),
                r.other_account_key,
                r.referred_ms,
                r.purchased_ms,
                r.purchase_event_id,
            )
            for r in told.referrals
        ),
    )
