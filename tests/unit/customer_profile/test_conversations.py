"""Conversations: what waits, how long answers took, how the person sounds; any order of arrival gives the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_profile.domain.conversations import OPEN_SHOWN, Conversations, OpenConversation, summary
from customer_profile.domain.sentiment import WEEKS_KEPT, SentimentTrend, Weeks, take_in, trend
from customer_profile.domain.talk import ASKS, CLOSES, REMARKS, REPLIES, TURNS_KEPT, Said, Talk

DAY, WEEK = 86_400_000, 7 * 86_400_000
PATIENCE = 30
ACCOUNTS = ("instagram:a", "instagram:b", "email:c")
Told = tuple[str, str, int, Said]
"""Account, event id, time, and what was said."""


@st.composite
def told(draw: st.DrawFn) -> list[Told]:
    """Turns of a few conversations, named and unnamed, and of what was said in public; many at the same time."""
    found: list[Told] = []
    for number in range(draw(st.integers(0, 14))):
        account = draw(st.sampled_from(ACCOUNTS))
        at = draw(st.integers(0, 8)) * DAY * 10
        act = draw(st.sampled_from((ASKS, ASKS, REPLIES, REPLIES, REMARKS, CLOSES)))
        event_id = f"e{number:02}"
        known = [each for each in found if each[0] == account and each[3].act != REPLIES]
        if act == REPLIES and known and draw(st.booleans()):
            named = draw(st.sampled_from(known))[1]
            said = draw(st.sampled_from((Said(act, named, True, named), Said(act, "c9", answers=named))))
        elif act == ASKS and draw(st.booleans()):
            said = Said(act, event_id, is_public=True)
        else:
            said = Said(act, draw(st.sampled_from(("", "c1", "c2"))))
        found.append((account, event_id, at, said))
    return found


def talks(turns: Sequence[Told]) -> dict[str, Talk]:
    found: dict[str, Talk] = {}
    for account, event_id, at, said in turns:
        found.setdefault(account, Talk()).take_in(event_id, at, said)
    return found


def slowly(turns: Sequence[Told], now: int) -> Conversations:
    """The same figures by going through all that was said, sorted, once for each conversation."""
    ordered = sorted(turns, key=lambda each: (each[2], each[3].act, each[1]))

    def place(turn: Told) -> tuple[str, str, bool]:
        account, _, _, said = turn
        for other in turns:
            if said.answers and (other[0], other[1]) == (account, said.answers):
                said = other[3]
                break
        named = bool(said.thread) and not said.is_public
        return account.partition(":")[0] if named else account, said.thread, said.is_public

    responses, waiting = [], []
    for where in {place(turn) for turn in turns}:
        asked: list[int] = []
        for turn in ordered:
            if place(turn) != where or turn[3].act == REMARKS:
                continue
            if turn[3].act == ASKS:
                asked.append(turn[2])
                continue
            if turn[3].act == REPLIES and asked:
                responses.append(turn[2] - asked[0])
            asked = []
        if asked and asked[-1] + PATIENCE * DAY > now:
            waiting.append(OpenConversation(asked[0], where[0].partition(":")[0], where[1], len(asked)))
    responses.sort()
    middle = responses[(len(responses) - 1) // 2 : len(responses) // 2 + 1] if responses else [0]
    return Conversations(
        total=len({place(turn) for turn in turns}),
        open_count=len(waiting),
        open=tuple(sorted(waiting)),
        last_inbound_at=max((turn[2] for turn in turns if turn[3].act != REPLIES), default=None),
        last_reply_at=max((turn[2] for turn in turns if turn[3].act == REPLIES), default=None),
        replies=len(responses),
        average=int(mean(responses)) if responses else 0,
        median=int(mean(middle)),
        longest=max(responses, default=0),
    )


@given(told(), st.integers(0, 12), st.data())
def test_pr5_what_was_said_in_any_order_comes_to_what_a_look_through_all_of_it_finds(
    turns: list[Told], day: int, data: st.DataObject
) -> None:
    """Open conversations, replies and response times, exact, over several accounts."""
    arrived = data.draw(st.permutations(turns))
    found, _ = summary(talks(arrived), day * 10 * DAY, PATIENCE)
    assert found == slowly(turns, day * 10 * DAY)


@given(told(), st.integers(0, 12))
def test_conversations_change_with_the_clock_when_it_was_said_and_at_no_other_time(turns: list[Told], day: int) -> None:
    """Between now and the due time they are the same; at the due time one of them is given up."""
    now = day * 10 * DAY
    known = talks(turns)
    found, due = summary(known, now, PATIENCE)
    assert due == 0 or due > now
    for later in range(now + DAY, due or now + 200 * DAY, DAY):
        assert summary(known, later, PATIENCE)[0] == found
    if due:
        assert summary(known, due, PATIENCE)[0] == replace(
            found,
            open_count=(left := summary(known, due, PATIENCE)[0]).open_count,
            open=left.open,
        )
        assert left.open_count < found.open_count


def one(*turns: tuple[int, Said], account: str = "email:c", now: int = 0) -> Conversations:
    return summary(talks([(account, f"e{n}", at, said) for n, (at, said) in enumerate(turns)]), now, PATIENCE)[0]


def test_a_conversation_waits_from_the_first_word_that_was_not_answered() -> None:
    """A remark does not wait; the person's last word ends it; an answer before the question answers nothing."""
    ask, remark, reply, close = (Said(act, "c1") for act in (ASKS, REMARKS, REPLIES, CLOSES))
    assert one((1, remark)).open_count == 0
    assert one((0, reply), (1, ask), (2, remark), (3, ask)).open == (OpenConversation(1, "email", "c1", 2),)
    assert one((1, ask), (3, ask), (5, reply), (6, reply), (7, ask)).replies == 1
    assert one((1, ask), (3, ask), (5, reply)).average == 4
    assert one((1, ask), (2, close)).open_count == 0


def test_a_reply_belongs_with_what_it_names_also_where_that_came_later() -> None:
    """A reply in public names the event; one with a conversation of its own still answers what it names."""
    comment, reply = Said(ASKS, "e1", is_public=True), Said(REPLIES, "ticket", answers="e1")
    known = talks([("tiktok:a", "e2", 9, reply), ("tiktok:a", "e1", 4, comment)])
    found, _ = summary(known, 9, PATIENCE)
    assert (found.total, found.open_count, found.replies, found.average) == (1, 0, 1, 5)
    alone, _ = summary(talks([("tiktok:a", "e2", 9, reply)]), 9, PATIENCE)
    assert (alone.total, alone.replies, alone.last_reply_at) == (1, 0, 9)


def test_a_conversation_that_its_channel_names_may_be_held_from_two_accounts_there() -> None:
    """Of one channel; unnamed ones, and the same name on another channel, are apart."""
    asked, answered = Said(ASKS, "c1"), Said(REPLIES, "c1")
    turns = [("email:a", "e1", 1, asked), ("email:b", "e1", 3, answered), ("sms:c", "e1", 3, answered)]
    found, _ = summary(talks(turns), 9, PATIENCE)
    assert (found.total, found.replies, found.open_count) == (2, 1, 0)
    turns = [("email:a", "e1", 1, Said(ASKS)), ("email:b", "e1", 3, Said(REPLIES))]
    found, _ = summary(talks(turns), 9, PATIENCE)
    assert (found.total, found.replies, found.open_count) == (2, 0, 1)


def test_the_longest_waiting_are_shown_and_the_list_is_bounded() -> None:
    """All of them are counted."""
    known = {f"email:{n:02}": talks([("x", "e", 100 - n, Said(ASKS, ""))])["x"] for n in range(OPEN_SHOWN + 5)}
    found, _ = summary(known, 200, PATIENCE)
    assert (found.open_count, len(found.open)) == (OPEN_SHOWN + 5, OPEN_SHOWN)
    assert [each.waiting_since for each in found.open] == sorted(100 - n for n in range(5, OPEN_SHOWN + 5))


@pytest.mark.parametrize("rounds", [200, 1000])
def test_what_falls_to_the_bound_stays_in_the_sums(rounds: int) -> None:
    """Replies, mean and longest are those of all; who waits meanwhile goes on waiting, and is answered in the end."""
    talk = Talk()
    talk.take_in("first", 0, Said(ASKS, "old"))
    for number in range(rounds):
        talk.take_in(f"a{number}", 10 * number, Said(ASKS, f"c{number}"))
        talk.take_in(f"b{number}", 10 * number + number % 7, Said(REPLIES, f"c{number}"))
    assert len(talk.turns) <= TURNS_KEPT
    assert (talk.sums.turns > 0) == (2 * rounds + 1 > TURNS_KEPT)
    found, _ = summary({"email:a": talk}, 10 * rounds, PATIENCE)
    assert (found.total, found.replies, found.longest) == (rounds + 1, rounds, 6)
    assert found.average == sum(number % 7 for number in range(rounds)) // rounds
    assert [each.conversation for each in found.open] == ["old"]
    talk.take_in("last", 10 * rounds, Said(REPLIES, "old"))
    found, _ = summary({"email:a": talk}, 10 * rounds, PATIENCE)
    assert (found.open_count, found.longest) == (0, 10 * rounds)


def test_one_endless_conversation_and_endless_unanswered_ones_are_bounded_too() -> None:
    """The first keeps its figures; of the second the oldest are given up."""
    talk, crowd = Talk(), Talk()
    for number in range(3000):
        talk.take_in(f"a{number}", 10 * number, Said(ASKS if number % 2 == 0 else REPLIES))
        crowd.take_in(f"a{number}", 10 * number, Said(ASKS, f"a{number}", is_public=True))
    found, _ = summary({"email:a": talk}, 0, PATIENCE)
    assert (found.total, found.replies, found.average, found.median) == (1, 1500, 10, 10)
    found, _ = summary({"email:a": crowd}, 0, PATIENCE)
    assert len(crowd.turns) <= TURNS_KEPT
    assert (found.total, found.open_count) == (3000, len(crowd.turns))


MONDAY = 4 * DAY + 52 * WEEK


def judged(*each: tuple[int, int]) -> Weeks:
    weeks: Weeks = {}
    for at, sentiment in each:
        take_in(weeks, at, sentiment)
    return weeks


@given(st.lists(st.tuples(st.integers(0, 80 * WEEK), st.sampled_from((-1, 0, 1))), max_size=30), st.integers(40, 90))
def test_the_sentiment_of_weeks_is_the_mean_of_what_was_judged_in_them(each: list[tuple[int, int]], week: int) -> None:
    """Split over accounts in any way; due at the start of a week, and only where that changes it."""
    now = week * WEEK + 3 * DAY
    accounts = [judged(*each[::2]), judged(*each[1::2])]
    found, due = trend(accounts, now)
    age = [((now + 3 * DAY) // WEEK - (at + 3 * DAY) // WEEK, sentiment) for at, sentiment in each]
    recent = [sentiment for weeks, sentiment in age if weeks < 13]
    before = [sentiment for weeks, sentiment in age if 13 <= weeks < 26]
    means = [round(mean(side), 6) if side else 0.0 for side in (recent, before)]
    assert found == SentimentTrend(means[0], means[1], len(recent), len(before))
    if due:
        assert (due + 3 * DAY) % WEEK == 0 and due > now
        assert trend(accounts, due - 1)[0] == found
        assert trend(accounts, due)[0] != found
    else:
        assert trend(accounts, now + 100 * WEEK)[0] == found == SentimentTrend()


def test_the_weeks_of_an_account_are_bounded_and_the_oldest_fall() -> None:
    """In whatever order they come."""
    each = [(MONDAY + number * WEEK, 1) for number in range(WEEKS_KEPT + 30)]
    weeks, backwards = judged(*each), judged(*each[::-1])
    assert weeks == backwards
    assert len(weeks) == WEEKS_KEPT
    assert trend([weeks], each[-1][0])[0].recent_count == 13
