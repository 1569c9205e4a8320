"""What people lay down about a customer over gRPC: consent, and contact fields by hand."""

from __future__ import annotations

import grpc
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.clock import milliseconds as milliseconds_at
from chassis.ports import Clock, Documents
from chassis.rpc.awaited import reused
from chassis.rpc.errors import RpcError, invalid
from chassis.rpc.requests import parse_name
from chassis.stages.lookup import Found
from chassis.stages.results import result
from customer_profile.adapters import answers, codec
from customer_profile.adapters.decisions import decision_of
from customer_profile.adapters.finding import CUSTOMER, found_under
from customer_profile.adapters.times import milliseconds
from customer_profile.application.laying_down import is_shown
from customer_profile.domain.decided import CONSENTS_KEPT, ConsentGiven, Decided, Decision, digest
from customer_profile.domain.decision_checks import mistake_in
from rapport.common.v1.common_pb2 import ErrorReason
from rapport.interactions.v1.decision_pb2 import Decision as DecisionMessage
from rapport.profile.v1 import profile_pb2 as pb
from wire.answering import not_computed, reason
from wire.decisions import DecisionLog


class LaidDown:
    """Carries out what people decide. For any number of threads."""

    def __init__(self, log: DecisionLog, *, records: Documents, personas: Documents, clock: Clock) -> None:
        self._log = log
        self._records = records
        self._personas = personas
        self._clock = clock

    def consent(self, request: pb.SetConsentRequest) -> bytes:
        """Lay down whether the customer agrees; return the record that shows it."""
        decision = DecisionMessage(event_id=request.request_id, owner=request.owner, reason=request.reason)
        given = decision.consent
        given.purpose, given.channel = request.purpose, request.channel
        given.granted, given.proof = request.granted, request.proof
        now = self._now()
        if request.HasField("decide_time"):
            if milliseconds(request.decide_time, "decide_time") > milliseconds_at(self._clock.now()):
                raise invalid("decide_time", "not in the future; now where absent")
            decision.decided_at.CopyFrom(request.decide_time)
        else:
            decision.decided_at.CopyFrom(now)
        if request.HasField("expire_time"):
            decision.expires_at.CopyFrom(_expiry(request.expire_time))
        return self._carry_out(request.name, request.etag, decision, is_dated=request.HasField("decide_time"))

    def field(self, request: pb.SetFieldRequest) -> bytes:
        """Lay down a field by hand, or take that back; return the record that shows it."""
        decision = DecisionMessage(event_id=request.request_id, owner=request.owner, reason=request.reason)
        decision.field.field, decision.field.value = request.field, request.value
        decision.decided_at.CopyFrom(self._now())
        if request.HasField("expire_time"):
            if not request.value:
                raise invalid("expire_time", "absent where the value is taken back")
            decision.expires_at.CopyFrom(_expiry(request.expire_time))
        return self._carry_out(request.name, request.etag, decision, is_dated=False)

    def _carry_out(self, name: str, etag: str, message: DecisionMessage, *, is_dated: bool) -> bytes:
        """Return the record that shows the decision; at once where it does already. The account is set here.

        Raises `RpcError`: INVALID_ARGUMENT; NOT_FOUND; ABORTED (ETAG_MISMATCH); ALREADY_EXISTS for another decision
        under a request id that was used; FAILED_PRECONDITION where no more purposes are kept; and as the log does.
        """
        (customer,) = parse_name(CUSTOMER, name)
        decision = _checked(message)
        found = found_under(self._records, customer)
        message.account_key = found.anchor()
        if not message.account_key:
            raise not_computed()
        if not _is_known(self._decided(message.account_key), decision, is_dated=is_dated):
            _check_etag(found, etag)
            self._log.append(message)
        return self._log.outcome(lambda: self._record_with(decision, message.account_key, customer))

    def _record_with(self, decision: Decision, account: str, customer: str) -> bytes | None:
        """The customer's record once it shows the account's decision; the persona is read first, as it is written."""
        decided = self._decided(account)
        if decided.find(decision.event_id) is None:
            return None
        found = found_under(self._records, customer)
        if found.document is None:
            return None
        record = codec.records().decode(result(found.document).body.state)
        if not is_shown(decision.what, decided, record, account, milliseconds_at(self._clock.now())):
            return None
        return answers.record(found, customer, FieldMask())

    def _decided(self, account: str) -> Decided:
        document = self._personas.load([account]).get(account)
        return codec.personas().state(document).decided if document else Decided()

    def _now(self) -> Timestamp:
        now = Timestamp()
        now.FromDatetime(self._clock.now())
        return now


def _expiry(time: Timestamp) -> Timestamp:
    milliseconds(time, "expire_time")
    return time


def _checked(message: DecisionMessage) -> Decision:
    decision = decision_of(message, 0)
    if decision is None:
        raise invalid("decision", "a consent or a field")
    mistake = mistake_in(decision)
    if mistake is not None:
        raise invalid(mistake.field, mistake.words)
    return decision


def _is_known(decided: Decided, decision: Decision, *, is_dated: bool) -> bool:
    """Whether the account has the decision already. Raises `RpcError` where it has another, or no room for this one."""
    known = decided.find(decision.event_id)
    if known is not None:
        if known.digest != digest(decision) or (is_dated and known.at != decision.at):
            raise reused("another decision was made under it; a new decision needs a new one")
        return True
    if isinstance(decision.what, ConsentGiven) and not decided.has_room_for(decision.what):
        raise RpcError(
            grpc.StatusCode.FAILED_PRECONDITION,
            reason(ErrorReason.ERROR_REASON_INVALID_FIELD),
            f"purpose: {CONSENTS_KEPT} purposes and channels are kept of an account, and this would be another",
            {"field": "purpose", "limit": str(CONSENTS_KEPT)},
        )
    return False


def _check_etag(found: Found, etag: str) -> None:
    if etag and etag != pb.CustomerRecord.FromString(found.message).etag:
        raise RpcError(
            grpc.StatusCode.ABORTED,
            reason(ErrorReason.ERROR_REASON_ETAG_MISMATCH),
            "etag: the record has changed since it was read; read it again",
            {"field": "etag"},
        )
