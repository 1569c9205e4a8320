"""Turns scores into what the world sees: the messages of advocacy-scores, which lookups answer with too."""

from __future__ import annotations

from typing import Any

from advocacy_scoring.domain.decay import start_of
from advocacy_scoring.domain.score import Component, Score, TopEvent
from chassis.records import Message
from chassis.stages.computing import Stamp, View
from rapport.advocacy.v1 import advocacy_pb2 as pb
from wire.announcing import Channel, stamped

SOURCE = "/rapport/advocacy-scoring"


class ScoreAnnouncer:
    """Implements the chassis' `Announcer`; `topic` is the full name of advocacy-scores."""

    def __init__(self, topic: str) -> None:
        self._scores = Channel(topic, pb.Score.DESCRIPTOR.full_name, SOURCE)

    def state(self, state: Score, view: View[Any, Score], stamp: Stamp) -> bytes:
        """Return the score with its breakdown."""
        message = _envelope(stamp)
        message.score = state.score
        message.standing = pb.Standing.ValueType(state.standing.value)
        message.as_of.FromMilliseconds(start_of(state.as_of_day))
        message.raw_milli = state.raw_milli
        message.components.extend(map(_component, state.components))
        message.top_events.extend(map(_top_event, state.top_events))
        message.rules_version = state.rules_version
        message.actions = state.actions
        message.followers = state.followers
        return message.SerializeToString(deterministic=True)

    def closed(self, merged_into: str, stamp: Stamp) -> bytes:
        """Return the last state of a merged-away customer: who it is, and who has its accounts now."""
        message = _envelope(stamp)
        message.merged_into = merged_into
        return message.SerializeToString(deterministic=True)

    def change(self, change: None, stamp: Stamp) -> bytes:
        """Never called: scores announce states, not changes."""
        raise NotImplementedError("a customer's score announces no changes")

    def messages(self, stamp: Stamp, value: bytes, *, is_change: bool) -> Message:
        """Return the record of advocacy-scores that carries the value."""
        return self._scores.message(stamp, value, stamp.version)


def _envelope(stamp: Stamp) -> pb.Score:
    return stamped(pb.Score(), stamp, f"customers/{stamp.group}/score")


def _component(component: Component) -> pb.Component:
    return pb.Component(
        action=component.action,
        count=component.times,
        raw_milli=component.raw_milli,
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
