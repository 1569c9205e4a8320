"""A customer's conversations: what waits for an answer of the brand, and how long answers took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from customer_profile.domain import sentiment
from customer_profile.domain.interaction import channel_of
from customer_profile.domain.sentiment import SentimentTrend
from customer_profile.domain.talk import REPLIES, UNNAMED, Course, Talk, Thread, Turn, course, in_order

OPEN_SHOWN = 20
_DAY_MS = 86_400_000


class OpenConversation(NamedTuple):
    """A conversation in which the person waits, since a time in milliseconds since 1970, UTC.

    `conversation` is as the channel names it; of something said in public, the event id.
    """

    waiting_since: int
    channel: str
    conversation: str
    unanswered: int


@dataclass(frozen=True, slots=True)
class Conversations:
    """All that was said to and fro. Times in milliseconds since 1970, UTC, None before the first.

    `open` are those that wait, the longest waiting first, at most `OPEN_SHOWN` of the `open_count`. `replies` are those
    that answered something: `average`, `median` and `longest` say how long, in milliseconds, the person had waited.
    """

    total: int = 0
    open_count: int = 0
    open: tuple[OpenConversation, ...] = ()
    last_inbound_at: int | None = None
    last_reply_at: int | None = None
    replies: int = 0
    average: int = 0
    median: int = 0
    longest: int = 0
    sentiment: SentimentTrend = field(default_factory=SentimentTrend)


Key = tuple[str, Thread]
"""Of a conversation: the channel where that names it, the account otherwise; and the thread there."""


def summary(talks: Mapping[str, Talk], now: int, closed_after_days: int) -> tuple[Conversations, int]:
    """Return a customer's conversations over all accounts at a time, and when the clock changes them; 0 for never.

    A conversation counts as closed so many days after the person last said something that was not answered. The order
    of accounts and turns does not matter. What fell to the bound of an account counts in all but the median and the
    times.
    """
    talks = {account: talk for account, talk in talks.items() if talk.turns or talk.weeks or talk.sums.turns}
    if not talks:
        return Conversations(), 0
    threads = _threads(talks)
    courses = {key: course(turns) for key, turns in threads.items()}
    waiting, closing = _waiting(courses, now, closed_after_days * _DAY_MS)
    trend, turning = sentiment.trend((talk.weeks for talk in talks.values()), now)
    responses = sorted([waited for each in courses.values() for waited in each.responses])
    sums = [talk.sums for talk in talks.values()]
    replies = len(responses) + sum([each.replies for each in sums])
    waited = sum(responses) + sum([each.waited for each in sums])
    turns = [turn for talk in talks.values() for turn in talk.turns.values()]
    found = Conversations(
        total=len(threads) + sum([each.threads for each in sums]),
        open_count=len(waiting),
        open=tuple(waiting[:OPEN_SHOWN]),
        last_inbound_at=max([turn.at for turn in turns if turn.act != REPLIES], default=None),
        last_reply_at=max([turn.at for turn in turns if turn.act == REPLIES], default=None),
        replies=replies,
        average=waited // replies if replies else 0,
        median=_median(responses),
        longest=max(*responses[-1:], *[each.longest for each in sums], 0),
        sentiment=trend,
    )
    return found, min((due for due in (closing, turning) if due), default=0)


def _threads(talks: Mapping[str, Talk]) -> dict[Key, list[tuple[str, Turn]]]:
    """The turns of each conversation, in order. One that its channel names may be held from several accounts there."""
    found: dict[Key, list[tuple[str, Turn]]] = {}
    for account, talk in talks.items():
        for thread, turns in talk.threads().items():
            name, is_public = thread
            key = account if is_public or name == UNNAMED else channel_of(account), thread
            if key in found:
                found[key] = sorted((*found[key], *turns), key=in_order)
            else:
                found[key] = turns
    return found


def _waiting(courses: Mapping[Key, Course], now: int, patience: int) -> tuple[list[OpenConversation], int]:
    """Those who wait now, the longest waiting first, and when the next of them is given up; 0 for never."""
    found: list[OpenConversation] = []
    due = 0
    for (place, (name, _)), went in courses.items():
        closes_at = went.asked_at + patience
        if went.waiting_since is None or closes_at <= now:
            continue
        found.append(OpenConversation(went.waiting_since, channel_of(place), name, went.unanswered))
        due = min(due or closes_at, closes_at)
    return sorted(found), due


def _median(ordered: list[int]) -> int:
    """The middle one, or the mean of the middle two rounded down; 0 of none."""
    if not ordered:
        return 0
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) // 2
