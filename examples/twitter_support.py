"""Customer Support on Twitter: people's tweets to brands as support messages, the brands' answers as replies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from html import unescape
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import click

from examples.common import HELP, CsvFile, Report, Row, file_argument, out_option, run
from rapport.interactions.v1.interaction_pb2 import VISIBILITY_PUBLIC, Content, Interaction
from rapportctl.helptext import Command

COLUMNS = ("tweet_id", "author_id", "inbound", "created_at", "text", "in_response_to_tweet_id")
SOURCE = "/rapport/examples/twitter-support"
CHANNEL, SYSTEM = "x", "twitter-support"

_CREATED_AT = "%a %b %d %H:%M:%S %z %Y"
_IS_FROM_A_PERSON = {"True": True, "False": False}


class Tweet(NamedTuple):
    """One row. `answers` is the id of the tweet that it answers, None where it answers none."""

    id: int
    author: str
    is_from_a_person: bool
    at: datetime
    text: str
    answers: int | None


class Threads:
    """Which tweet answers which, and who wrote those that people wrote: what must be known of the whole file."""

    def __init__(self) -> None:
        self._answers: dict[int, int] = {}
        self._person: dict[int, str] = {}
        self._names: dict[str, str] = {}

    def add(self, tweet: int, person: str | None, answers: int | None) -> None:
        """Take a tweet in; `person` is None where a brand wrote it."""
        if answers is not None:
            self._answers[tweet] = answers
        if person is not None:
            self._person[tweet] = self._names.setdefault(person, person)

    def root(self, tweet: int) -> int:
        """Return the tweet that began the thread, as far up as is known; it may lie outside the file."""
        return list(self._upwards(tweet))[-1]

    def answered(self, tweet: int) -> tuple[int, str] | None:
        """Return the nearest tweet above that a person wrote, and the person; None where none is known.

        A brand that goes on after its own tweet still answers the person before that.
        """
        above = islice(self._upwards(tweet), 1, None)
        return next(((each, self._person[each]) for each in above if each in self._person), None)

    def _upwards(self, tweet: int) -> Iterator[int]:
        seen = {tweet}
        yield tweet
        while (above := self._answers.get(tweet)) is not None and above not in seen:
            seen.add(tweet := above)
            yield tweet


def interactions(file: CsvFile, report: Report, limit: int | None = None) -> Iterator[Interaction]:
    """Yield an interaction for each tweet that a person wrote, or that answers a person's; reads the file twice.

    A tweet may stand before or after the one that it answers. `limit` is the number of rows that are looked at.
    """
    threads = _threads(islice(file.rows("threads"), limit))
    for row in islice(file.rows("tweets"), limit):
        report.made["tweets read"] += 1
        try:
            tweet = _tweet(row.values)
        except ValueError:
            report.mistake(row.line, "tweet_id, author_id, inbound, created_at or in_response_to_tweet_id is wrong")
            continue
        interaction = _support_message(tweet, threads) if tweet.is_from_a_person else _brand_reply(tweet, threads)
        if interaction is None:
            why = (
                "tweets of brands to nobody" if tweet.answers is None else "answers to tweets that are not in the file"
            )
            report.leave_out(why, 1)
            continue
        report.made["support messages" if tweet.is_from_a_person else "brand replies"] += 1
        yield interaction


def _threads(rows: Iterator[Row]) -> Threads:
    threads = Threads()
    for _, (id_, author, inbound, _, _, answers) in rows:
        try:
            threads.add(int(id_), author if _IS_FROM_A_PERSON[inbound] else None, _number(answers))
        except (ValueError, KeyError):
            continue  # told when the tweets are read
    return threads


def _tweet(values: tuple[str, ...]) -> Tweet:
    """Read a row; raises ValueError."""
    id_, author, inbound, created_at, text, answers = values
    if not author.strip() or inbound not in _IS_FROM_A_PERSON:
        raise ValueError("no author, or neither True nor False")
    at = datetime.strptime(created_at, _CREATED_AT)  # noqa: DTZ007 - the format has the zone
    return Tweet(int(id_), author, _IS_FROM_A_PERSON[inbound], at, unescape(text), _number(answers))


def _number(text: str) -> int | None:
    """Read the id of a tweet, which some copies of the data set write as "3.0"."""
    return int(text.removesuffix(".0")) if text else None


def _support_message(tweet: Tweet, threads: Threads) -> Interaction:
    interaction = _start(tweet, tweet.author)
    message = interaction.support_message
    message.conversation_id = str(threads.root(tweet.id))
    message.content.CopyFrom(_content(tweet))
    return interaction


def _brand_reply(tweet: Tweet, threads: Threads) -> Interaction | None:
    answered = threads.answered(tweet.id)
    if answered is None:
        return None
    interaction = _start(tweet, person=answered[1])
    reply = interaction.brand_reply
    reply.conversation_id = str(threads.root(tweet.id))
    reply.in_reply_to = _event_id(answered[0])
    reply.content.CopyFrom(_content(tweet))
    return interaction


def _start(tweet: Tweet, person: str) -> Interaction:
    """Begin an interaction of a person's account. Its number is the data set's own and ties it to nothing else."""
    interaction = Interaction(event_id=_event_id(tweet.id), source=SYSTEM)
    interaction.occurred_at.FromSeconds(int(tweet.at.timestamp()))
    interaction.account.channel = CHANNEL
    interaction.account.id = person
    return interaction


def _event_id(tweet: int) -> str:
    return f"tweet-{tweet}"


def _content(tweet: Tweet) -> Content:
    return Content(text=tweet.text, visibility=VISIBILITY_PUBLIC)


@click.command(
    cls=Command,
    context_settings=HELP,
    examples=[
        "python -m examples.twitter_support twcs.csv --limit 5000",
        "python -m examples.twitter_support twcs.csv --out - | rapportctl publish -",
    ],
)
@file_argument
@click.option("--limit", metavar="ROWS", type=click.IntRange(min=1), help="Look at the first rows only.")
@out_option
def main(file: Path, limit: int | None, out: str | None) -> None:
    """Send Customer Support on Twitter (CSV, also .gz) as support messages and brand replies.

    Where to comes from the environment, as for rapportctl. Sent again, nothing counts twice. README.md says where to
    find the file and on what terms, what is left out, and what comes of it.
    """
    run(lambda table, report: interactions(table, report, limit), file, COLUMNS, out, SOURCE)


if __name__ == "__main__":
    main()
