"""Following a level topic on a real broker: what is announced replaces what is kept; a broker away ends it."""

from __future__ import annotations

import time

from chassis.records import Message
from chassis.stages.state_cache import LIVE_SECONDS, NEVER, StateCache
from chassis.stream.level_follower import LevelFollower
from chassis.stream.producer import KafkaPublisher
from chassis.stream.settings import ProducerSettings
from localstack.broker import Kafka
from tests.integration.chassis.stream.town import Town, wait_until
from tests.unit.chassis.stages.test_state_cache import message, read

IDS = [f"g{number}" for number in range(20)]


def is_live(cache: StateCache) -> bool:
    return cache.take([])[1] != NEVER


def keep(cache: StateCache, version: int) -> None:
    _, token = cache.take(IDS)
    cache.keep(token, IDS, dict.fromkeys(IDS, message(version)))
    assert len(cache) == len(IDS)


def test_states_are_renewed_while_the_broker_answers_and_gone_when_it_did_not(own_kafka: Kafka) -> None:
    """Ids of all partitions; nothing but the topic's end is read, and a quiet topic is no reason for doubt."""
    town = Town(own_kafka.bootstrap, "t.")
    cache = StateCache(1_000_000, read)
    with (
        LevelFollower([own_kafka.bootstrap], "test", "t.levels", cache),
        KafkaPublisher(ProducerSettings(bootstrap=(own_kafka.bootstrap,))) as publisher,
    ):
        time.sleep(1.0)
        assert not is_live(cache), "there is no such topic yet"
        town.create("levels")
        publisher.publish(Message("t.levels", id_.encode(), message(1)) for id_ in IDS)
        wait_until(lambda: is_live(cache), "the topic is followed")
        keep(cache, 2)
        publisher.publish(Message("t.levels", id_.encode(), message(3)) for id_ in IDS)
        wait_until(lambda: set(cache.take(IDS)[0].values()) == {message(3)}, "all are renewed", 2.0)
        quiet_until = time.monotonic() + 3 * LIVE_SECONDS
        while time.monotonic() < quiet_until:
            assert len(cache.take(IDS)[0]) == len(IDS)
            time.sleep(0.01)

        own_kafka.pause()
        time.sleep(1.5 * LIVE_SECONDS)
        assert not is_live(cache)
        own_kafka.resume()
        wait_until(lambda: is_live(cache), "the broker answers again", 30.0)
        assert len(cache) == 0
        keep(cache, 4)

        own_kafka.kill()
        wait_until(lambda: not is_live(cache), "nobody answers", 2 * LIVE_SECONDS)
        own_kafka.start()
        wait_until(lambda: is_live(cache), "the broker is there again", 30.0)
        assert len(cache) == 0
        keep(cache, 4)
        publisher.publish([Message("t.levels", b"g0", None)])
        wait_until(lambda: "g0" not in cache.take(IDS)[0], "the tombstone is heard")
        started = time.monotonic()
    assert time.monotonic() - started < 3
