"""Who sweeps, who rescoring touches, and that neither does what is another worker's."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from chassis.partitions import partition_of
from chassis.records import TopicPartition
from tests.unit.advocacy_scoring.world import SETTINGS, World, deed

FIRST = SETTINGS.topic("identified-interactions")
TOUCHED = SETTINGS.topic("touched.advocacy-scoring")


def copied() -> World:
    """One account says the same thing five times, which a sweep finds."""
    world = World()
    world.clock.advance(timedelta(days=20))
    world.belongs("C1", "x:a")
    text = "this brand changed my whole wardrobe and my life with it"
    world.interacted(*(deed(f"e{n}", "x:a", 3 * n, "mention", text=text, language="en") for n in range(5)))
    handlers = world.handlers()
    for handler in handlers:
        everything = {p for topic in handler.topics for p in world.broker.partitions(topic)}
        handler.assigned(everything - {TopicPartition(FIRST, 0)})
    fold = handlers[0]
    fold.handle([record for p in world.broker.partitions(FIRST) for record in world.broker.read(p, 0, 100)])
    return world


def findings(world: World) -> int:
    return len(world.broker.records(SETTINGS.topic("advocacy-findings")))


def test_ad6_only_the_owner_of_the_first_partition_sweeps() -> None:
    """The others leave it to it, so that it is done once."""
    world = copied()
    fold, _ = world.handlers()
    for mine, found in ((TopicPartition(FIRST, 1), 0), (TopicPartition(FIRST, 0), 1)):
        fold.assigned({mine})
        fold.idle()
        assert findings(world) == found


def test_ad6_between_sweeps_there_is_time() -> None:
    """Ten minutes, as the rules say."""
    world = copied()
    fold, _ = world.handlers()
    fold.assigned({TopicPartition(FIRST, 0)})
    fold.idle()
    world.stores["traces"].available = False
    for minutes in (3, 6):
        world.clock.advance(timedelta(minutes=minutes))
        fold.idle()
    world.stores["traces"].available = True
    assert findings(world) == 1


def test_ad9_a_worker_touches_its_own_customers_only_and_only_those_of_other_rules() -> None:
    """Those of its partitions, which were scored by rules that are not in force; each look is made once."""
    world = World()
    customers = [f"C{number}" for number in range(40)]
    for number, customer in enumerate(customers):
        world.belongs(customer, f"x:{number}")
    world.settle()
    partition = 2
    mine = {each for each in customers if partition_of(each.encode(), SETTINGS.partitions) == partition}
    stale = sorted(mine)[: len(mine) // 2]
    store = world.stores["scores"]
    for document in store.load(stale).values():
        document["rev"] += 1
        document["index"]["rules"] = "1-old"
        assert not store.compare_and_set([document])
    _, rescoring = world.handlers()
    rescoring.assigned({TopicPartition(TOUCHED, partition)})
    before = Counter(record.key for record in world.broker.records(TOUCHED))
    for _ in range(40):
        rescoring.idle()
    touched = Counter(record.key for record in world.broker.records(TOUCHED)) - before
    assert touched == Counter(each.encode() for each in stale)
