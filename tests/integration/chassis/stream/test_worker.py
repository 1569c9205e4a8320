"""A worker process on a real Kafka: killed, ended, rebalanced, poisoned, stuck. Nothing is lost, and it says why."""

from __future__ import annotations

import pytest

from chassis.stream.producer import KafkaPublisher
from tests.integration.chassis.stream.town import Load, Town, wait_until

pytestmark = pytest.mark.integration


def test_kill_9_under_load_loses_nothing(town: Town, publisher: KafkaPublisher) -> None:
    load = Load(town, publisher, rate=10_000)
    first = town.start("first", pause=0.1)
    first.wait_handled(3000)
    first.kill()
    second = town.start("second")
    second.wait_handled(5000)
    sent = load.end()
    copied = town.copied(sent)
    assert copied.missing(sent) == 0
    assert copied.in_order
    assert set(copied.by) == {"first", "second"}


def test_sigterm_under_load_finishes_the_batch_in_work_and_commits_it(town: Town, publisher: KafkaPublisher) -> None:
    load = Load(town, publisher, rate=10_000)
    first = town.start("first", pause=0.3)
    first.wait_handled(3000)
    status, seconds = first.end()
    assert status == 0, first.log
    assert seconds < 4
    assert town.committed() == first.handled
    town.start("second")
    sent = load.end()
    copied = town.copied(sent)
    assert copied.missing(sent) == 0
    assert copied.repeats == 0
    assert copied.in_order


def test_workers_that_come_and_go_lose_nothing_and_repeat_nothing(town: Town, publisher: KafkaPublisher) -> None:
    load = Load(town, publisher, rate=10_000)
    first = town.start("first", pause=0.05)
    first.wait_handled(2000)
    second = town.start("second", pause=0.05)
    second.wait_for("assigned 2")
    first.wait_for("assigned 2")
    second.wait_handled(2000)
    assert second.end()[0] == 0, second.log
    wait_until(lambda: first.log.count("assigned 4") == 2, first.log)
    sent = load.end()
    copied = town.copied(sent)
    assert copied.missing(sent) == 0
    assert copied.repeats == 0
    assert copied.in_order
    assert first.end()[0] == 0, first.log


def test_a_poisoned_batch_ends_the_process_without_a_word_of_its_contents_and_comes_again(
    town: Town, publisher: KafkaPublisher
) -> None:
    publisher.publish(town.messages(0, 3000))
    poisoned = town.start("poisoned", fails_on="1500")
    assert poisoned.wait_ended() == 1
    assert "CRITICAL chassis.stream.worker copier: ends because of ValueError" in poisoned.log
    assert "secret" not in poisoned.log
    healed = town.start("healed")
    copied = town.copied(3000)
    assert copied.missing(3000) == 0
    assert copied.in_order
    assert healed.end()[0] == 0


def test_a_send_that_the_broker_refuses_ends_the_process(town: Town, publisher: KafkaPublisher) -> None:
    town.create("narrow.in")
    town.create("narrow.out", **{"max.message.bytes": "500"})
    narrow = Town(town.bootstrap, town.prefix + "narrow.")
    publisher.publish(narrow.messages(0, 1000))
    refused = narrow.start("refused")
    assert refused.wait_ended() == 1
    assert "SendFailed: a send to" in refused.log
    assert narrow.committed() == 0
    narrow.close()


def test_a_worker_that_waits_for_its_store_gives_partitions_up_and_ends_when_asked(
    town: Town, publisher: KafkaPublisher
) -> None:
    publisher.publish(town.messages(0, 1000))
    waiting = town.start("waiting", unavailable=True, settings={"watchdog_seconds": 1.0})
    waiting.wait_for("waiting: copier: Unavailable: the store is away")
    other = town.start("other")
    other.wait_for("assigned 2", seconds=10)
    status, seconds = waiting.end()
    assert status == 0, waiting.log
    assert seconds < 4
    copied = town.copied(1000)
    assert copied.missing(1000) == 0
    assert set(copied.by) == {"other"}


def test_a_handler_that_waits_does_not_hold_up_the_other(town: Town, publisher: KafkaPublisher) -> None:
    town.create("second")
    publisher.publish(town.messages(0, 20_000))
    worker = town.start("both", unavailable=True, second_topic=True, settings={"flush_records": 500})
    worker.wait_for("waiting: copier")
    publisher.publish(town.messages(0, 5000, "second"))
    copied = town.copied(5000)
    assert copied.missing(5000) == 0
    assert set(copied.by) == {"second"}
    assert worker.end()[0] == 0, worker.log


def test_the_watchdog_ends_a_worker_whose_handler_hangs(town: Town, publisher: KafkaPublisher) -> None:
    publisher.publish(town.messages(0, 1000))
    hanging = town.start("hanging", hangs_on="500", settings={"watchdog_seconds": 1.0})
    hanging.wait_for("hanging")
    assert hanging.wait_ended() == 1
    assert "Stuck: no progress for 1 s" in hanging.log
    assert "leaving without what has not come back" in hanging.log


def test_the_watchdog_ends_a_worker_that_stopped_fetching(town: Town, publisher: KafkaPublisher) -> None:
    publisher.publish(town.messages(0, 1000))
    stuck = town.start("stuck", never_fetches=True, settings={"watchdog_seconds": 1.0})
    assert stuck.wait_ended() == 1
    assert "4 partitions have records that are not read" in stuck.log


def test_a_worker_without_its_topics_says_which_and_waits(town: Town) -> None:
    later = Town(town.bootstrap, town.prefix + "later.")
    worker = later.start("worker")
    worker.wait_for(f"waiting: broker: the broker has no topic {later.prefix}in")
    later.create("in", "out")
    worker.wait_for("assigned 4")
    worker.wait_for("serving")
    assert worker.end()[0] == 0, worker.log


def test_a_defect_in_the_fetching_ends_the_process(town: Town) -> None:
    broken = town.start("broken", breaks_fetching=True)
    assert broken.wait_ended() == 1
    assert "AppStopped" in broken.log


def test_a_worker_may_be_ended_while_it_starts(town: Town) -> None:
    worker = town.start("worker")
    worker.wait_for("waiting: broker: starting")
    status, seconds = worker.end()
    assert status == 0, worker.log
    assert seconds < 5
