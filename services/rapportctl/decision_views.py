"""What consents and contact values look like to a person."""

from __future__ import annotations

from typing import Any

from rapport.profile.v1.facets_pb2 import ConsentState
from rapport.profile.v1.profile_pb2 import FieldValue, Survivorship
from rapportctl.views import moment

CONSENT_COLUMNS = ("purpose", "channel", "agrees", "decided", "until", "proof", "owner", "reason")
VALUE_COLUMNS = ("value", "confidence", "by", "source", "observed", "times", "owner", "reason", "until")


def consent_row(state: ConsentState) -> dict[str, Any]:
    """What holds for a purpose on a channel."""
    return {
        "purpose": state.purpose,
        "channel": state.channel or "all",
        "agrees": "yes" if state.granted else "no",
        "decided": moment(state.decide_time),
        "until": moment(state.expire_time),
        "proof": state.proof,
        "owner": state.owner,
        "reason": state.reason,
    }


def value_row(value: FieldValue) -> dict[str, Any]:
    """A value of a field, with what speaks for it."""
    rule = Survivorship.Name(value.survivorship).removeprefix("SURVIVORSHIP_").lower().replace("_", " ")
    return {
        "value": value.value,
        "confidence": f"{value.confidence:.2f}",
        "by": rule,
        "source": value.source or ("a person" if value.owner else "unknown"),
        "observed": moment(value.observed_at),
        "times": value.times_observed,
        "owner": value.owner,
        "reason": value.reason,
        "until": moment(value.expire_time),
    }
