"""Turns scores into what the world sees: the messages of advocacy-scores and detractor-alerts."""

from __future__ import annotations

from typing import Any

from advocacy_scoring.adapters.findings import SOURCE, evidence_message
from advocacy_scoring.domain.announced import State
from advocacy_scoring.domain.audience import Amplifier
from advocacy_scoring.domain.decay import start_of
from advocacy_scoring.domain.gathering import Component, TopEvent
from advocacy_scoring.domain.score import Score
from advocacy_scoring.domain.word_of_mouth import Severe
from chassis.records import Message
from chassis.stages.computing import Stamp, View
from rapport.advocacy.v1 import advocacy_pb2 as pb
from rapport.advocacy.v1 import alert_pb2, breakdown_pb2
from wire.announcing import Channel, stamped


class ScoreAnnouncer:
    """Implements the chassis' `Announcer`; `scores` and `alerts` are the full names of the topics."""

    def __init__(self, scores: str, alerts: str) -> None:
        self._scores = Channel(scores, pb.Score.DESCRIPTOR.full_name, SOURCE)
        self._alerts = Channel(alerts, alert_pb2.DetractorAlert.DESCRIPTOR.full_name, SOURCE)

    def state(self, state: State, view: View[Any, State], stamp: Stamp) -> bytes:
        """Return the score with its breakdown, and why it is announced."""
        message = _envelope(stamp)
        fill(message, state.score)
        message.causes.extend(breakdown_pb2.Cause.ValueType(cause.value) for cause in state.announced.causes)
        return message.SerializeToString(deterministic=True)

    def closed(self, merged_into: str, stamp: Stamp) -> bytes:
        """Return the last state of a merged-away customer: who it is, and who has its accounts now."""
        message = _envelope(stamp)
        message.merged_into = merged_into
        return message.SerializeToString(deterministic=True)

    def change(self, change: Severe, stamp: Stamp) -> bytes:
        """Return what care is told of a deed against the brand."""
        message = alert_pb2.DetractorAlert(
            customer_id=stamp.group,
            sequence=stamp.sequence,
            account_key=change.account,
            event_id=change.event_id,
            action=change.action,
            weight_milli=change.weight_milli,
            audience=change.audience,
            followers=change.followers,
        )
        message.occur_time.FromMilliseconds(change.occurred_ms)
        return message.SerializeToString(deterministic=True)

    def messages(self, stamp: Stamp, value: bytes, *, is_change: bool) -> Message:
        """Return the record that carries the value."""
        channel, number = (self._alerts, stamp.sequence) if is_change else (self._scores, stamp.version)
        return channel.message(stamp, value, number)


def fill(message: pb.Score, score: Score) -> None:
    """Set all that was computed."""
    message.score = score.score
    message.standing = pb.Standing.ValueType(score.standing.value)
    message.as_of.FromMilliseconds(start_of(score.as_of_day))
    message.raw_milli = score.raw_milli
    message.deeds_milli = score.deeds_milli
    message.components.extend(map(_component, score.components))
    message.top_events.extend(map(_top_event, score.top_events))
    message.rules_version = score.rules_version
    message.actions = score.actions
    message.followers = score.amplifier.followers
    message.amplifier.CopyFrom(_amplifier(score.amplifier, score.deeds_milli))
    message.confidence = score.confidence
    message.trend = breakdown_pb2.Trend.ValueType(score.trend.value)
    message.good_audience, message.bad_audience = score.heard
    message.is_employee = score.is_employee
    message.employee_score = score.employee_score
    message.evidence.extend(evidence_message(account, each) for account, each in score.evidence)
    message.notes.update(score.notes)
    message.country = score.country


def _envelope(stamp: Stamp) -> pb.Score:
    return stamped(pb.Score(), stamp, f"customers/{stamp.group}/score")


def _component(component: Component) -> pb.Component:
    return pb.Component(
        action=component.action,
        count=component.times,
        raw_milli=component.raw_milli,
        discounted_milli=component.discounted_milli,
        capped_milli=component.capped_milli,
        decayed_milli=component.decayed_milli,
        contribution_milli=component.contribution_milli,
    )


def _top_event(event: TopEvent) -> pb.TopEvent:
    message = pb.TopEvent(
        event_id=event.event_id, account_key=event.account, action=event.action, weight_milli=event.weight_milli
    )
    message.occurred_at.FromMilliseconds(event.occurred_ms)
    return message


def _amplifier(amplifier: Amplifier, deeds_milli: int) -> breakdown_pb2.Amplifier:
    reach, resonance, relevance = amplifier.parts(deeds_milli)
    message = breakdown_pb2.Amplifier(
        followers=amplifier.followers,
        band=breakdown_pb2.AudienceBand.ValueType(amplifier.band.value),
        posts=amplifier.posts,
        relevance_milli=amplifier.relevance_milli,
        niches=amplifier.niches,
        reach_bonus_milli=amplifier.reach_bonus,
        resonance_bonus_milli=amplifier.resonance_bonus,
        relevance_bonus_milli=amplifier.relevance_bonus,
        reach_milli=reach,
        resonance_milli=resonance,
        relevance_contribution_milli=relevance,
    )
    if amplifier.rate_ppm >= 0:
        message.engagement_rate_ppm = amplifier.rate_ppm
        message.shrunk_rate_ppm = amplifier.shrunk_ppm
    return message
