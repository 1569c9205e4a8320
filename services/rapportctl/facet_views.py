"""What the parts of a record that follow from rules, talk and decisions look like to a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rapport.profile.v1.facets_pb2 import ConsentState, Conversations, TraitValue
from rapport.profile.v1.profile_pb2 import CustomerRecord
from rapportctl.views import moment, record_fields


def whole_record(record: CustomerRecord) -> dict[str, Any]:
    """Everything of a record, the versions last."""
    fields = record_fields(record)
    versions = {name: fields.pop(name) for name in ("version", "updated")}
    return {**fields, **facet_fields(record), "rules": record.rules_version, **versions}


def facet_fields(record: CustomerRecord) -> dict[str, Any]:
    """Stage, segments, traits, conversations and consents of a record, as far as it has them."""
    stage = record.lifecycle
    talk = record.conversations
    return {
        "stage": f"{stage.stage}  (since {moment(stage.since)})" if stage.stage else "",
        "segments": [f"{each.segment}  (since {moment(each.enter_time)})" for each in record.segments],
        "traits": {name: _trait(record.traits[name]) for name in sorted(record.traits)},
        "conversations": _conversations(talk) if talk.total else "",
        "waiting for an answer": [
            f"{each.conversation_id or each.channel}  ({moment(each.waiting_since)}, {each.unanswered} unanswered)"
            for each in talk.open
        ],
        "sentiment": _sentiment(talk),
        "consents": [_consent(each) for each in record.consents],
    }


def _trait(value: TraitValue) -> str:
    words = str(getattr(value, value.WhichOneof("value") or "number"))
    return f"{words} or more" if value.truncated else words


def _conversations(talk: Conversations) -> str:
    words = f"{talk.total:,}, {talk.open_count:,} open"
    if talk.replies:
        median = timedelta(seconds=talk.median_response.seconds)
        words += f"; {talk.replies:,} answered, half of them within {median}"
    return words


def _sentiment(talk: Conversations) -> str:
    trend = talk.sentiment
    if not talk.HasField("sentiment"):
        return ""
    return f"{trend.recent:+.2f} ({trend.recent_count:,} judged), before {trend.before:+.2f} ({trend.before_count:,})"


def _consent(state: ConsentState) -> str:
    verdict = "agrees" if state.granted else "does not agree"
    return f"{state.purpose} on {state.channel or 'all channels'}: {verdict}  ({moment(state.decide_time)})"
