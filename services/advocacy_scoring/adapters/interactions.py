"""Reads identified interactions: the hot path of the service, so it looks only at what decides how one counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from advocacy_scoring.adapters import kinds
from advocacy_scoring.adapters.likeness import sketch
from advocacy_scoring.adapters.parties import Parties
from advocacy_scoring.adapters.sentiment import SentimentJudge
from advocacy_scoring.domain.deed import Deed
from advocacy_scoring.domain.persona import ABOUT_ANYTHING, Audience, Engaged, Event, Trace
from advocacy_scoring.domain.referrals import PURCHASE, REFERRAL, RETURN
from advocacy_scoring.domain.rules import Rules
from advocacy_scoring.domain.subjects import Subjects
from chassis.records import Record
from chassis.stages.fold import Entry
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import AccountFigures, Content, Interaction
from wire.reading import parsed, source_and_position

MOST_FOLLOWERS = 2_000_000_000
"""More than any account has on any channel, and more than there are people on most of them."""


class InteractionReader:
    """Decodes a record of identified-interactions, or one of them that is replayed.

    `rules` tells those in force: of them only the words of niches and what the brand's own posts are called matter
    here.
    """

    def __init__(self, rules: Callable[[], Rules], judge: SentimentJudge, parties: Parties) -> None:
        self._rules = rules
        self._judge = judge
        self._parties = parties
        self._subjects = Subjects(())
        self._read_of: Rules | None = None
        # There are few combinations of what deeds are told apart by: each is put in words once.
        self._signatures: dict[tuple[str, int, str, int, int, str], str] = {}

    def __call__(self, record: Record) -> Entry[Event] | None:
        """Return the event and where it entered the system; None where advocacy has no use for it.

        Raises `InvalidRecord`.
        """
        identified = parsed(IdentifiedInteraction, record)
        interaction = identified.interaction
        kind = interaction.WhichOneof("kind")
        # What the brand says stands on the account of the person it says it to.
        if kind is None or kind == "brand_reply":
            return None
        source, place = source_and_position(record, identified)
        rules = self._rules()
        if rules is not self._read_of:
            self._subjects, self._read_of = Subjects(rules.relevance.niches), rules
        event = self._event(identified.account_key, interaction, kind)
        return Entry(identified.account_key, source, place, event, event.occurred_ms)

    def _event(self, account: str, interaction: Interaction, kind: str) -> Event:
        deed = getattr(interaction, kind)
        content: Content | None = deed.content if kind in kinds.WITH_CONTENT else None
        occurred_at = interaction.occurred_at
        at_ms = occurred_at.seconds * 1000 + occurred_at.nanos // 1_000_000
        signature = self._signature(kind, deed, content)
        notes: list[str] = []
        audience = _audience(interaction.figures, at_ms, notes) if interaction.HasField("figures") else None
        observed = self._parties.observed(deed) if kind == "observation" else ("", "", "")
        return Event(
            interaction.event_id,
            at_ms,
            signature,
            audience,
            _engaged(kind, content, audience, notes),
            self._niches(content),
            kind == "purchase",
            *observed,
            tuple(notes),
            self._trace(account, interaction, kind, at_ms, signature),
        )

    def _signature(self, kind: str, deed: Any, content: Content | None) -> str:  # noqa: ANN401 - one of many kinds
        rating = deed.rating if kind == "review" else deed.score if kind == "survey_answer" else 0
        name = "unfollow" if kind == "follow" and deed.ended else kind
        if content is None:
            facts = (name, 0, "", 0, rating, "")
        else:
            sentiment, basis = kinds.SENTIMENTS.get(content.sentiment, ""), ""
            if not sentiment and not content.intent and (content.text or rating):
                sentiment, basis = self._judge(content.text, content.language, rating if kind == "review" else 0)
            facts = (name, content.intent, sentiment, content.visibility, rating, basis)
        try:
            return self._signatures[facts]
        except KeyError:
            named = Deed(
                name,
                kinds.INTENTS.get(facts[1], ""),
                facts[2],
                kinds.VISIBILITIES.get(facts[3], ""),
                min(max(rating, 0), 10),
                facts[5],
            )
            signature = self._signatures[facts] = named.signature
            return signature

    def _niches(self, content: Content | None) -> tuple[str, ...]:
        if content is None or not (content.text or content.topics):
            return ()
        return (ABOUT_ANYTHING, *self._subjects.of(content.text, content.topics))

    def _trace(self, account: str, interaction: Interaction, kind: str, at_ms: int, signature: str) -> Trace | None:
        """What is compared with other accounts: words of one's own, and what is done with what others made."""
        event_id = interaction.event_id
        if kind == "referral":
            return Trace(
                REFERRAL,
                account,
                event_id,
                at_ms,
                code=interaction.referral.code,
                other=self._parties.referred(interaction.referral, interaction.account.channel),
            )
        if kind == "purchase":
            bought = interaction.purchase
            shown = self._parties.shown(interaction.identifiers, interaction.account.channel)
            return Trace(
                PURCHASE, account, event_id, at_ms, code=bought.referral_code, order=bought.order_id, shown=shown
            )
        if kind == "purchase_return":
            return Trace(RETURN, account, event_id, at_ms, order=interaction.purchase_return.order_id)
        if kind not in kinds.COMPARED:
            return None
        deed = getattr(interaction, kind)
        gaming = self._rules().gaming
        post, target = kinds.post_and_target(interaction.account.channel, kind, deed, gaming.brand_posts)
        words = sketch(deed.content.text, gaming.duplicate_words) if kind in kinds.WITH_CONTENT else b""
        if not (post or target or words):
            return None
        return Trace(kind, account, event_id, at_ms, signature, post, target, words)


def _audience(figures: AccountFigures, at_ms: int, notes: list[str]) -> Audience:
    followers = min(max(figures.followers, 0), MOST_FOLLOWERS)
    if followers != figures.followers:
        notes.append("followers_clamped")
    return Audience(at_ms, followers, min(max(figures.following, 0), MOST_FOLLOWERS), max(figures.posts_last_year, 0))


def _engaged(kind: str, content: Content | None, audience: Audience | None, notes: list[str]) -> Engaged | None:
    """How others took it, no more of them than could see it."""
    if content is None or kind not in kinds.AUTHORED or not content.HasField("engagement"):
        return None
    told = content.engagement
    interactions = max(told.likes, 0) + max(told.comments, 0) + max(told.shares, 0)
    seen = max(told.views, audience.followers if audience else 0)
    if seen and interactions > seen:
        notes.append("engagement_clamped")
        interactions = seen
    return Engaged(interactions)
