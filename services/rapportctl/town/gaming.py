"""People who game what the brand pays for: rings, farms, bursts and copied texts, done with their own accounts.

Groups of six, of each kind in turn. A ring's members answer each other; a farm's answer the same few authors, who are
paying clients and do nothing wrong themselves; those who burst do a day's work within the hour; copies are one text,
all but the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from rapport.interactions.v1 import interaction_pb2 as pb
from rapportctl.town import chance
from rapportctl.town.events import TownEvent
from rapportctl.town.people import Population
from rapportctl.town.person import Person, TownAccount
from rapportctl.town.settings import TownSettings

KINDS = ("ring", "farm", "burst", "duplicate")
GROUP = 6

_CHANNEL = "instagram"
_POSTS, _CLIENTS, _BURST = 5, 5, 30
_MINUTE_MS = 60_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = "i was sceptical at first but now my entire family only wears this brand ask {} for a code"

_Member = tuple[Person, TownAccount]


class Gaming:
    """What the gamers of a town do, beside what they do like everybody; `kinds` has whose kind is which, by number."""

    def __init__(self, settings: TownSettings, population: Population) -> None:
        self._settings = settings
        self._draw = chance.draw_of(settings.seed, chance.GAMING)
        self._made = 0
        self._groups, self._honest = self._chosen(population) if settings.gaming_share else ([], [])
        self.kinds = {
            person.number: KINDS[place % len(KINDS)]
            for place, members in enumerate(self._groups)
            for person, _ in members
        }

    def events(self) -> list[TownEvent]:
        """All of it, in the order in which it occurred."""
        does: dict[str, Callable[[Sequence[_Member]], Iterator[TownEvent]]] = {
            "ring": self._ring,
            "farm": self._farm,
            "burst": self._burst,
            "duplicate": self._duplicate,
        }
        done = [event for members in self._groups for event in does[self.kinds[members[0][0].number]](members)]
        return sorted(done, key=lambda event: event.occurred_at)

    def _chosen(self, population: Population) -> tuple[list[list[_Member]], list[_Member]]:
        """The groups, of people from all over the town, and everybody else who could be in one."""
        able = [
            (person, account) for person in population for account in person.accounts if account.channel == _CHANNEL
        ]
        able = list({person.number: (person, account) for person, account in able}.values())
        order = sorted((self._draw(), place) for place in range(len(able)))
        number = int(self._settings.gaming_share * len(able)) // GROUP
        shuffled = [able[place] for _, place in order]
        groups = [shuffled[place * GROUP : (place + 1) * GROUP] for place in range(number)]
        return groups, shuffled[number * GROUP :]

    def _ring(self, members: Sequence[_Member]) -> Iterator[TownEvent]:
        yield from self._served(members, members)

    def _farm(self, members: Sequence[_Member]) -> Iterator[TownEvent]:
        first = int(self._draw() * max(1, len(self._honest) - _CLIENTS))
        yield from self._served(self._honest[first : first + _CLIENTS], members)

    def _served(self, authors: Sequence[_Member], members: Sequence[_Member]) -> Iterator[TownEvent]:
        """Posts of the authors, of which each member answers nine in ten."""
        for author in authors:
            for _ in range(_POSTS):
                at_ms = self._when()
                post = self._event(author, at_ms)
                assert post.interaction is not None
                post_id = post.interaction.mention.post_id = f"m-{post.interaction.event_id}"
                yield post
                for member in members:
                    if member != author and self._draw() < 0.9:
                        yield self._comment(member, at_ms + int(self._draw() * 120 * _MINUTE_MS), post_id, "Love this!")

    def _burst(self, members: Sequence[_Member]) -> Iterator[TownEvent]:
        for member in members:
            at_ms = self._when()
            for place in range(_BURST):
                yield self._comment(member, at_ms + place * _MINUTE_MS, f"any-{place}", "Great!")

    def _duplicate(self, members: Sequence[_Member]) -> Iterator[TownEvent]:
        text, at_ms = _TEXT.format(members[0][1].id), self._when()
        for place, member in enumerate(members):
            yield self._comment(member, at_ms + place * 20 * _MINUTE_MS, "brand-1", text)

    def _comment(self, member: _Member, at_ms: int, post_id: str, text: str) -> TownEvent:
        event = self._event(member, at_ms)
        assert event.interaction is not None
        comment = event.interaction.comment
        comment.post_id = post_id
        content = comment.content
        content.text, content.language = text, "en"
        content.visibility, content.sentiment = pb.VISIBILITY_PUBLIC, pb.SENTIMENT_POSITIVE
        return event

    def _event(self, member: _Member, at_ms: int) -> TownEvent:
        """An interaction of the member's account, of no kind yet."""
        _, account = member
        at_ms = min(at_ms, self._settings.duration_ms - 1)
        at = _EPOCH + timedelta(milliseconds=self._settings.start_ms + at_ms)
        self._made += 1
        event_id = f"{self._settings.seed}-{self._settings.start_ms // 1000:x}-g{self._made}"
        interaction = pb.Interaction(event_id=event_id, source="social")
        interaction.occurred_at.FromDatetime(at)
        interaction.account.channel, interaction.account.id = account.channel, account.id
        return TownEvent(account.channel, account.id, at, interaction)

    def _when(self) -> int:
        """A moment, with time left for what follows where the town lasts long enough."""
        return int(self._draw() * max(1, self._settings.duration_ms - 180 * _MINUTE_MS))
