"""What passed between a person and the brand, as the API has it: conversations, reach, consents."""

from __future__ import annotations

from customer_profile.domain.consent import ConsentState
from customer_profile.domain.conversations import Conversations
from customer_profile.domain.reach import Figures, Reach
from rapport.profile.v1 import facets_pb2 as pb
from wire.announcing import set_time


def set_conversations(message: pb.Conversations, known: Conversations) -> None:
    """Fill in what was said to and fro."""
    message.total, message.open_count, message.replies = known.total, known.open_count, known.replies
    for each in known.open:
        waiting = message.open.add(conversation_id=each.conversation, channel=each.channel, unanswered=each.unanswered)
        set_time(waiting.waiting_since, each.waiting_since)
    if known.last_inbound_at is not None:
        set_time(message.last_inbound_at, known.last_inbound_at)
    if known.last_reply_at is not None:
        set_time(message.last_reply_at, known.last_reply_at)
    if known.replies:
        message.average_response.FromMilliseconds(known.average)
        message.median_response.FromMilliseconds(known.median)
        message.longest_response.FromMilliseconds(known.longest)
    trend = known.sentiment
    if trend.recent_count or trend.before_count:
        message.sentiment.recent, message.sentiment.recent_count = trend.recent, trend.recent_count
        message.sentiment.before, message.sentiment.before_count = trend.before, trend.before_count


def set_reach(message: pb.Reach, reach: Reach) -> None:
    """Fill in the public figures."""
    message.followers = reach.followers
    for account, figures in reach.accounts:
        set_figures(message.accounts.add(), account, figures)


def set_figures(message: pb.AccountReach, account: str, figures: Figures) -> None:
    """Fill in the public figures of an account."""
    message.account_key, message.followers, message.following = account, figures.followers, figures.following
    message.posts_last_year = figures.posts_last_year
    set_time(message.observed_at, figures.at)


def consent_message(state: ConsentState) -> pb.ConsentState:
    """Return what holds for a purpose on a channel."""
    message = pb.ConsentState(
        purpose=state.purpose,
        channel=state.channel,
        granted=state.granted,
        proof=state.proof,
        owner=state.owner,
        reason=state.reason,
        event_id=state.event_id,
        account_key=state.account,
    )
    set_time(message.decide_time, state.at)
    if state.expires_at:
        set_time(message.expire_time, state.expires_at)
    return message
