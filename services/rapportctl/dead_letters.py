"""Dead letters: counting them, showing one, and giving them back to whom they are for.

Identity resolution's come from producers and go back to `interactions`; another service's come from its fold and go to
its retry topic, as the others have taken in those events already, with where they were read first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from chassis import dead_letters as headers
from chassis.letter_origin import origin_headers
from chassis.records import Headers, Record
from rapportctl.deployment import Deployment
from rapportctl.errors import NotFoundError
from rapportctl.kafka.reading import decode_value, header_texts
from rapportctl.kafka.sending import Sender
from rapportctl.registry import Topic

IDENTITY = "identity-resolution"
INTERACTIONS = "interactions"
FOLDED = ("identified-interactions", "decisions")
OWN_HEADERS = "rapport-"
"""How the headers begin that a dead letter got beside its own."""

_NO_TOPIC = Topic("", "", "", "", "", (), is_keyed=True, config={})


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter and where it lies: partition and offset of the service's dead-letter topic."""

    service: str
    record: Record
    facts: Mapping[str, str]

    @property
    def reason(self) -> str:
        """The code of what was wrong with it."""
        return self.facts.get(headers.REASON, "UNKNOWN")

    @property
    def detail(self) -> str:
        """What would have been right."""
        return self.facts.get(headers.DETAIL, "")

    @property
    def source_topic(self) -> str:
        """Full name of the topic that it was read from; empty where it does not say."""
        return self.facts.get(headers.SOURCE_TOPIC, "")

    @property
    def source_key(self) -> bytes | None:
        """The key that the record had before it became a dead letter."""
        return next((value for name, value in reversed(self.record.headers) if name == headers.SOURCE_KEY), None)

    @property
    def own_headers(self) -> Headers:
        """The headers that it had before it became a dead letter."""
        return [(name, value) for name, value in self.record.headers if not name.startswith(OWN_HEADERS)]

    @property
    def fingerprint(self) -> bytes:
        """What letters with the same key and bytes have in common."""
        digest = blake2b(self.source_key or b"", digest_size=16)
        digest.update(b"\0" + (self.record.value or b""))
        return digest.digest()


@dataclass(slots=True)
class Kind:
    """The dead letters of one service with one reason: how many, and the newest."""

    service: str
    reason: str
    count: int
    newest: Letter


@dataclass(slots=True)
class Replay:
    """What a replay did, or with `dry_run` would do.

    `destinations` counts what was sent by topic, without prefix. `same` were the same key and bytes as one already
    sent; `elsewhere` did not come from what the service folds, by the topic that they came from, and were left.
    """

    destinations: Counter[str] = field(default_factory=Counter)
    same: int = 0
    elsewhere: Counter[str] = field(default_factory=Counter)


def topic_of(service: str) -> str:
    """The name of a service's dead-letter topic, without the prefix."""
    return f"dead-letters.{service}"


def read_letters(deployment: Deployment, service: str) -> Iterator[Letter]:
    """All dead letters of a service that the topic still has, oldest first in each partition; no erased ones.

    Raises `RapportctlError` without Kafka, and `NotFoundError` where the topic is missing.
    """
    with deployment.reader(deployment.topic(topic_of(service))) as reader:
        for record in reader.all():
            if record.value is not None or record.headers:
                yield to_letter(service, record)


def read_letter(deployment: Deployment, service: str, partition: int, offset: int) -> Letter:
    """One dead letter, by its place. Raises as `read_letters`, and `NotFoundError` where there is none."""
    with deployment.reader(deployment.topic(topic_of(service))) as reader:
        record = reader.at(partition, offset)
    if record is None or (record.value is None and not record.headers):
        raise NotFoundError(f"{service} has no dead letter at partition {partition}, offset {offset} (any more)")
    return to_letter(service, record)


def to_letter(service: str, record: Record) -> Letter:
    """Read the headers of a record of a dead-letter topic, but for the key, which may hold personal data."""
    facts = header_texts(record)
    facts.pop(headers.SOURCE_KEY, None)
    return Letter(service, record, facts)


def kinds_of(letters: Iterable[Letter]) -> list[Kind]:
    """Count by service and reason, the most frequent first."""
    kinds: dict[tuple[str, str], Kind] = {}
    for letter in letters:
        kind = kinds.get((letter.service, letter.reason))
        if kind is None:
            kinds[letter.service, letter.reason] = Kind(letter.service, letter.reason, 1, letter)
            continue
        kind.count += 1
        if letter.record.timestamp >= kind.newest.record.timestamp:
            kind.newest = letter
    return sorted(kinds.values(), key=lambda kind: (-kind.count, kind.service, kind.reason))


def decoded(deployment: Deployment, letter: Letter) -> dict[str, Any] | None:
    """The value as the topic it came from has it, as far as it can be read. It may hold personal data."""
    source = letter.source_topic.removeprefix(deployment.settings.topic_prefix)
    return decode_value(deployment.topics().get(source, _NO_TOPIC), letter.record.value)


def destination(service: str, source: str) -> str:
    """Where a dead letter from a topic (without prefix) is given back to; empty where it cannot be."""
    if service == IDENTITY:
        return INTERACTIONS if source == INTERACTIONS else ""
    retry = f"retry.{service}"
    return retry if source in (*FOLDED, retry) else ""


def replay(letters: Iterable[Letter], prefix: str, sender: Sender | None) -> Replay:
    """Give letters back: key and bytes as they came, without the headers that a dead letter gets but for its origin.

    The same key and bytes are sent once, for a letter that stayed bad after an earlier replay is there twice. Without a
    sender nothing is sent, and the result says what would be. All is acknowledged when the sender is left.
    """
    done = Replay()
    seen: set[bytes] = set()
    for letter in letters:
        source = letter.source_topic.removeprefix(prefix)
        to = destination(letter.service, source)
        if not to:
            done.elsewhere[source or "unknown"] += 1
        elif letter.fingerprint in seen:
            done.same += 1
        else:
            seen.add(letter.fingerprint)
            done.destinations[to] += 1
            if sender is not None:
                own, origin = letter.own_headers, origin_headers(letter.record.headers)
                # A producer's record comes in anew; one that a service has folded others around has its place.
                given = own if to == INTERACTIONS else [*own, *origin]
                sender.send(to, letter.source_key, letter.record.value, given)
    return done
