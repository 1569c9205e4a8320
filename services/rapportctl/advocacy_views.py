"""What advocacy scoring tells looks like to a person: rows and fields of tables."""

from __future__ import annotations

from typing import Any

from rapport.advocacy.v1.advocacy_pb2 import ExplainScoreResponse
from rapport.advocacy.v1.breakdown_pb2 import Amplifier, AudienceBand, Cause, Suspicion, Trend
from rapport.advocacy.v1.queries_pb2 import Listed
from rapport.advocacy.v1.referral_pb2 import Referral, ReferralRejection, ReferralState
from rapportctl.shadow import Mover
from rapportctl.views import moment, score_fields

LISTED_COLUMNS = ("customer", "score", "band", "followers", "heard_by", "niches", "country", "trend", "confidence")
REFERRAL_COLUMNS = ("referral", "side", "state", "why", "other", "referred", "bought")
MOVER_COLUMNS = ("customer", "now", "then", "change", "because")
ADVICE_SHOWN = 6


def explained_fields(answer: ExplainScoreResponse) -> dict[str, Any]:
    """A score computed for a day, with what amplifies it, what is suspicious, and what would raise it."""
    score = answer.score
    fields = score_fields(score)
    for name in ("merged into", "version", "updated"):
        fields.pop(name)
    return fields | {
        "employee score": score.employee_score if score.is_employee else "",
        "heard by": f"{score.good_audience:,} of a good experience, {score.bad_audience:,} of a bad one",
        "amplified": amplifier_lines(score.amplifier),
        "confidence": f"{score.confidence} of 100",
        "trend": _word(Trend.Name(score.trend), "TREND_"),
        "announced because": [_word(Cause.Name(each), "CAUSE_") for each in score.causes],
        "suspicious": [
            f"{_word(Suspicion.Name(each.suspicion), 'SUSPICION_')}: {each.deeds:,} deeds of {each.account_key}"
            f"{f' with {each.others:,} others' if each.others else ''}: {', '.join(each.examples)}"
            for each in score.evidence
        ],
        "notes": [f"{name.replace('_', ' ')}: {number:,}" for name, number in sorted(score.notes.items())],
        "would raise it": [
            f"{each.action}: {each.points:+d} points" + ("" if each.room_milli > 0 else " (today's cap is reached)")
            for each in answer.advice[:ADVICE_SHOWN]
        ],
        "missing to the next standing": f"{answer.missing_milli / 1000:,.1f}" if answer.missing_milli else "",
    }


def amplifier_lines(amplifier: Amplifier) -> list[str]:
    """What reach, resonance and relevance add."""
    rate = "unknown"
    if amplifier.HasField("shrunk_rate_ppm"):
        rate = f"{amplifier.engagement_rate_ppm / 10_000:.2f} % of followers react ({amplifier.posts:,} posts)"
    band = _word(AudienceBand.Name(amplifier.band), "AUDIENCE_BAND_") if amplifier.band else "no audience known"
    return [
        f"reach: {_bonus(amplifier.reach_bonus_milli)}  ({band}, {amplifier.followers:,} followers)",
        f"resonance: {_bonus(amplifier.resonance_bonus_milli)}  ({rate})",
        f"relevance: {_bonus(amplifier.relevance_bonus_milli)}  ({', '.join(amplifier.niches) or 'no niche'})",
    ]


def listed_row(listed: Listed) -> dict[str, Any]:
    """A customer in a list."""
    return {
        "customer": listed.customer_id,
        "score": listed.score,
        "band": _word(AudienceBand.Name(listed.band), "AUDIENCE_BAND_") if listed.band else "",
        "followers": listed.followers,
        "heard_by": listed.bad_audience,
        "niches": ", ".join(listed.niches),
        "country": listed.country,
        "trend": _word(Trend.Name(listed.trend), "TREND_"),
        "confidence": listed.confidence,
    }


def referral_row(referral: Referral) -> dict[str, Any]:
    """A referral of a customer."""
    rejection = referral.rejection
    return {
        "referral": referral.name.rpartition("/")[2],
        "side": "gave" if referral.is_giver else "took",
        "state": _word(ReferralState.Name(referral.state), "REFERRAL_STATE_"),
        "why": _word(ReferralRejection.Name(rejection), "REFERRAL_REJECTION_") if rejection else "",
        "other": referral.other_account_key,
        "referred": moment(referral.refer_time),
        "bought": moment(referral.purchase_time),
    }


def mover_row(mover: Mover) -> dict[str, Any]:
    """A customer whose score other rules would move."""
    return {
        "customer": mover.customer,
        "now": mover.current,
        "then": mover.proposed,
        "change": f"{mover.change:+d}",
        "because": ", ".join(f"{part} {change / 1000:+,.1f}" for part, change in mover.because),
    }


def _bonus(milli: int) -> str:
    return f"{milli / 10:+.1f} %"


def _word(name: str, prefix: str) -> str:
    return name.removeprefix(prefix).replace("_", " ").lower()
