"""What becomes of the tweets of Customer Support on Twitter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from examples.common import CsvFile, Report
from examples.twitter_support import COLUMNS, interactions
from rapport.interactions.v1 import interaction_pb2 as pb
from tests.unit.examples.files import TWEETS, tweet, write_csv


def convert(
    folder: Path, rows: Sequence[Sequence[str]], limit: int | None = None
) -> tuple[dict[str, pb.Interaction], Report]:
    report = Report()
    file = CsvFile(write_csv(folder / "tweets.csv", TWEETS, rows), COLUMNS)
    made = list(interactions(file, report, limit))
    by_id = {each.event_id: each for each in made}
    assert len(by_id) == len(made)
    return by_id, report


def test_a_persons_tweet_is_a_support_message(tmp_path: Path) -> None:
    """It stands on the person's account, at its time, in public, with its text as it was typed."""
    made, report = convert(tmp_path, [tweet(8, "115712", text='bags &amp; "bulbs",\nnow')])
    message = made["tweet-8"]
    assert (message.account.channel, message.account.id, list(message.identifiers)) == ("x", "115712", [])
    assert message.occurred_at.ToJsonString() == "2017-10-31T22:10:47Z"
    assert message.support_message.conversation_id == "8"
    assert message.support_message.content.text == 'bags & "bulbs",\nnow'
    assert message.support_message.content.visibility == pb.VISIBILITY_PUBLIC
    assert report.made == {"tweets read": 1, "support messages": 1}


def test_a_brands_answer_stands_on_the_account_of_the_person_answered(tmp_path: Path) -> None:
    """The reply is the person's, names the message that it answers, and may stand before it in the file."""
    made, _ = convert(tmp_path, [tweet(6, "sprintcare", answers=8), tweet(8, "115712")])
    reply = made["tweet-6"]
    assert (reply.account.channel, reply.account.id) == ("x", "115712")
    assert (reply.brand_reply.in_reply_to, reply.brand_reply.conversation_id) == ("tweet-8", "8")


def test_a_thread_is_one_conversation(tmp_path: Path) -> None:
    """Every tweet of a thread bears the id of the tweet that began it, in whatever order they stand."""
    made, _ = convert(
        tmp_path, [tweet(3, "1", answers=4), tweet(5, "1"), tweet(4, "brand", answers=5), tweet(2, "brand", answers=3)]
    )
    ids = {
        event_id: each.support_message.conversation_id or each.brand_reply.conversation_id
        for event_id, each in made.items()
    }
    assert ids == {"tweet-2": "5", "tweet-3": "5", "tweet-4": "5", "tweet-5": "5"}


def test_a_brand_that_goes_on_still_answers_the_person(tmp_path: Path) -> None:
    """A brand's tweet below its own tweet belongs to the person before that."""
    made, _ = convert(tmp_path, [tweet(1, "7"), tweet(2, "brand", answers=1), tweet(3, "brand", answers=2)])
    assert made["tweet-3"].account.id == "7"
    assert made["tweet-3"].brand_reply.in_reply_to == "tweet-1"


def test_a_person_who_answers_another_speaks_for_themselves(tmp_path: Path) -> None:
    """The message of a second person in a thread stands on the second person's account."""
    made, _ = convert(tmp_path, [tweet(1, "7"), tweet(2, "8", answers=1), tweet(3, "brand", answers=2)])
    assert [made[f"tweet-{number}"].account.id for number in (1, 2, 3)] == ["7", "8", "8"]


def test_a_brands_tweet_to_nobody_is_left_out_and_counted(tmp_path: Path) -> None:
    """What a brand tweets of its own accord is nobody's interaction."""
    made, report = convert(tmp_path, [tweet(1, "brand"), tweet(2, "brand", answers=1)])
    assert made == {}
    assert sum(report.left_out.values()) == 2


def test_an_answer_to_a_tweet_that_is_missing_is_left_out_and_counted(tmp_path: Path) -> None:
    """Without the tweet answered nobody knows whom the brand spoke to."""
    made, report = convert(tmp_path, [tweet(1, "brand", answers=99)])
    assert made == {}
    assert report.left_out == {"answers to tweets that are not in the file": 1}


def test_a_thread_that_begins_outside_the_file_is_still_one(tmp_path: Path) -> None:
    """Two messages below a tweet that is missing are one conversation, under the missing tweet's id."""
    made, _ = convert(tmp_path, [tweet(1, "7", answers=99), tweet(2, "7", answers="99.0")])
    assert [each.support_message.conversation_id for each in made.values()] == ["99", "99"]


def test_tweets_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    """A file in which tweets answer each other is damaged, and still ends."""
    made, _ = convert(tmp_path, [tweet(1, "7", answers=2), tweet(2, "7", answers=1), tweet(3, "brand", answers=3)])
    assert set(made) == {"tweet-1", "tweet-2"}


def test_a_limit_looks_at_the_first_rows_only(tmp_path: Path) -> None:
    """What lies behind the limit is unknown: an answer to it is left out."""
    made, report = convert(tmp_path, [tweet(1, "brand", answers=2), tweet(2, "7")], limit=1)
    assert made == {}
    assert report.made == {"tweets read": 1}


@pytest.mark.parametrize(
    "row",
    [
        ("x", *tweet(1, "7")[1:]),
        tweet(1, " "),
        (*tweet(1, "7")[:2], "maybe", *tweet(1, "7")[3:]),
        tweet(1, "7", at="yesterday"),
        tweet(1, "7", answers="some"),
    ],
    ids=["no id", "no author", "neither in nor out", "no time", "answers no number"],
)
def test_a_row_that_cannot_be_read_is_told_by_its_number(tmp_path: Path, row: Sequence[str]) -> None:
    """The others go on; the row is told once, although the file is read twice."""
    made, report = convert(tmp_path, [tweet(5, "7"), row])
    assert set(made) == {"tweet-5"}
    assert (report.unreadable, [line for line, _ in report.mistakes]) == (1, [3])
