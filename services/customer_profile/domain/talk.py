"""What was said to and fro between an account and the brand: dated turns, from which conversations follow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from customer_profile.domain import sentiment
from customer_profile.domain.sentiment import Weeks

ASKS, REMARKS, REPLIES, CLOSES = range(4)
"""The person says what waits for an answer, or what waits for none; the brand replies; the person ends it. Of turns at
one time, the lesser comes first: an answer follows what it answers, and nothing follows the end."""

TURNS_KEPT = 500
"""Of one account, turn by turn, about 50 bytes each. Who writes every day fills that in more than a year."""

UNNAMED = ""
"""The thread of what names no conversation: an account's only one."""


class Said(NamedTuple):
    """A turn as it was said, in a thread: a conversation as the channel names it, or `UNNAMED`.

    Where it `is_public`, the thread is the event id of what was said in public instead. `answers` is the event id that
    a reply names, or empty.
    """

    act: int
    thread: str = UNNAMED
    is_public: bool = False
    answers: str = ""


class Turn(NamedTuple):
    """A turn as an account keeps it, under its event id; `at` in milliseconds since 1970, UTC."""

    at: int
    act: int
    thread: str
    is_public: bool
    answers: str


Thread = tuple[str, bool]
"""Which conversation of an account a turn belongs to: its name, and whether it is public."""


@dataclass(slots=True)
class Sums:
    """What fell to the bound, and is known as sums only. Lengths of time in milliseconds."""

    turns: int = 0
    threads: int = 0
    replies: int = 0
    waited: int = 0
    longest: int = 0


@dataclass(slots=True)
class Talk:
    """What was said to and fro on an account, and how the person sounded week by week.

    Turns commute: in any order they give the same talk, as long as none has fallen to the bound.
    """

    turns: dict[str, Turn] = field(default_factory=dict)
    weeks: Weeks = field(default_factory=dict)
    sums: Sums = field(default_factory=Sums)

    def take_in(self, event_id: str, at: int, said: Said) -> None:
        """Take in a turn; the oldest turn into sums where there are too many."""
        self.turns[event_id] = Turn(at, *said)
        if len(self.turns) > TURNS_KEPT:
            self._roll_up()

    def judge(self, at: int, judged: int) -> None:
        """Take in how the person sounded."""
        sentiment.take_in(self.weeks, at, judged)

    def threads(self) -> dict[Thread, list[tuple[str, Turn]]]:
        """Return the turns of each conversation, in order, each with its event id.

        A reply belongs with what it names as answered, if that is known, whatever conversation it names itself.
        """
        threads: dict[Thread, list[tuple[str, Turn]]] = {}
        for event_id, turn in self.turns.items():
            answered = self.turns.get(turn.answers, turn) if turn.answers else turn
            thread = answered.thread, answered.is_public
            if thread in threads:
                threads[thread].append((event_id, turn))
            else:
                threads[thread] = [(event_id, turn)]
        for turns in threads.values():
            if len(turns) > 1:
                turns.sort(key=in_order)
        return threads

    def _roll_up(self) -> None:
        """Turn the oldest into sums: a quarter at once, so that looking through all of them stays cheap by turn.

        What waits for an answer among them stays, since the answer is still to come, unless most of them wait.
        """
        oldest = {event_id for event_id, _ in self._oldest()}
        before = self.threads()
        for turns in before.values():
            old = [each for each in turns if each[0] in oldest]
            if not old:
                continue
            went = course(old)
            self._forget(old[: len(old) - went.since_answer])
            self.sums.replies += len(went.responses)
            self.sums.waited += sum(went.responses)
            self.sums.longest = max(self.sums.longest, *went.responses, 0)
        if len(self.turns) > TURNS_KEPT - TURNS_KEPT // 8:
            self._forget(self._oldest())
        self.sums.threads += max(0, len(before) - len(self.threads()))

    def _oldest(self) -> list[tuple[str, Turn]]:
        return sorted(self.turns.items(), key=in_order)[: len(self.turns) - TURNS_KEPT + TURNS_KEPT // 4]

    def _forget(self, turns: list[tuple[str, Turn]]) -> None:
        for event_id, _ in turns:
            del self.turns[event_id]
        self.sums.turns += len(turns)


class Course(NamedTuple):
    """How a conversation went: how long the person waited for each reply that answered something, in milliseconds.

    `waiting_since` is None where nobody waits; `unanswered` are the things said since then, the last at `asked_at`;
    `since_answer` are the turns after the last one at which nobody waited.
    """

    responses: list[int]
    waiting_since: int | None
    unanswered: int
    asked_at: int
    since_answer: int


def course(turns: Iterable[tuple[str, Turn]]) -> Course:
    """Return the course of a conversation whose turns come in order, each with its event id."""
    responses: list[int] = []
    waiting_since: int | None = None
    unanswered = asked_at = since_answer = 0
    for _, turn in turns:
        act = turn.act
        if act == ASKS:
            asked_at = turn.at
            if waiting_since is None:
                waiting_since = asked_at
            unanswered += 1
        elif act != REMARKS:
            if act == REPLIES and waiting_since is not None:
                responses.append(turn.at - waiting_since)
            waiting_since, unanswered = None, 0
        since_answer = since_answer + 1 if waiting_since is not None else 0
    return Course(responses, waiting_since, unanswered, asked_at, since_answer)


def in_order(each: tuple[str, Turn]) -> tuple[int, int, str]:
    """Return what turns are put in order by: time, then act, then event id."""
    event_id, turn = each
    return turn.at, turn.act, event_id
