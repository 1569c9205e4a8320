"""The loop around one handler: when it flushes, what it does about errors, and how it lets go."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from random import Random

import pytest

from chassis.attempts import Patience
from chassis.errors import Conflict, Deposed, Unavailable
from chassis.health import Health
from chassis.records import ReadRecord, Record, TopicPartition
from chassis.stream.collector import Collector
from chassis.stream.ledger import Batch
from chassis.stream.settings import StreamSettings

ONE = TopicPartition("in", 0)
QUICK = Patience(unavailable=(0.01, 0.02), conflict=(0.001, 0.002))
SLOW = Patience(unavailable=(30.0, 30.0))


class Handler:
    """Notes its calls and the threads they come from; raises the errors planted; can be held inside a call."""

    topics = ("in",)

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.calls: list[str] = []
        self.offsets: list[int] = []
        self.threads: set[int] = set()
        self.gate = threading.Event()
        self.gate.set()

    def _called(self, name: str) -> None:
        self.calls.append(name)
        self.threads.add(threading.get_ident())

    def assigned(self, partitions: Collection[TopicPartition]) -> None:
        self._called(f"assigned {len(partitions)}")

    def handle(self, records: Sequence[Record]) -> None:
        self._called(f"handle {len(records)}")
        self.gate.wait(10)
        if self.errors:
            raise self.errors.pop(0)
        self.offsets += [record.offset for record in records]

    def idle(self) -> None:
        self._called("idle")

    def reset(self) -> None:
        self._called("reset")

    @property
    def handled(self) -> list[str]:
        return [call for call in self.calls if call.startswith("handle")]


class Bench:
    """A collector at work on a running loop."""

    def __init__(self, handler: Handler, patience: Patience = QUICK, **settings: float) -> None:
        defaults: dict[str, float] = {"flush_records": 100, "flush_seconds": 0.05, "idle_seconds": 10}
        self.settings = StreamSettings(bootstrap=(), group="g", patience=patience, **{**defaults, **settings})  # type: ignore[arg-type]
        self.health = Health()
        self.handler = handler
        self.released: list[Batch] = []
        self.collector = Collector(
            "handler",
            handler,
            self.settings,
            health=self.health.part("handler"),
            release=self.released.extend,
            random=Random(1),
        )
        self.next_offset = 0

    def feed(self, records: int) -> Batch:
        first, self.next_offset = self.next_offset, self.next_offset + records
        made = [ReadRecord("in", 0, offset, 0, b"k", b"v") for offset in range(first, self.next_offset)]
        batch = Batch(ONE, made, asyncio.get_running_loop().time())
        self.collector.take(batch)
        return batch


def on_a_loop(bench_of: Callable[[], Bench], script: Callable[[Bench], Awaitable[None]]) -> Bench:
    """Run the script beside the collector; raises what either raises."""

    async def main() -> Bench:
        bench = bench_of()
        bench.collector.assign([ONE])
        running = asyncio.ensure_future(bench.collector.run())
        scripted = asyncio.ensure_future(script(bench))
        await asyncio.wait([running, scripted], return_when=asyncio.FIRST_COMPLETED, timeout=10)
        for task in (running, scripted):
            if task.done():
                task.result()
            task.cancel()
        return bench

    return asyncio.run(main())


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came"
        await asyncio.sleep(0.002)


def test_the_handler_learns_its_partitions_before_its_first_batch_all_in_one_other_thread() -> None:
    async def script(bench: Bench) -> None:
        bench.feed(3)
        await until(lambda: bench.released)

    bench = on_a_loop(lambda: Bench(Handler()), script)
    assert bench.handler.calls[0] == "assigned 1"
    assert bench.handler.handled == ["handle 3"]
    assert len(bench.handler.threads) == 1
    assert threading.get_ident() not in bench.handler.threads


def test_few_records_wait_for_more_until_the_first_has_waited_long_enough() -> None:
    async def script(bench: Bench) -> None:
        await until(lambda: bench.handler.calls)
        bench.feed(3)
        await asyncio.sleep(0.05)
        bench.feed(4)
        assert not bench.handler.handled
        await until(lambda: bench.released)

    assert on_a_loop(lambda: Bench(Handler(), flush_seconds=0.2), script).handler.handled == ["handle 7"]


def test_many_records_are_flushed_at_once_by_whole_batches() -> None:
    async def script(bench: Bench) -> None:
        for _ in range(5):
            bench.feed(40)
        await until(lambda: len(bench.released) == 4)

    assert on_a_loop(lambda: Bench(Handler(), flush_seconds=60), script).handler.handled == ["handle 80"] * 2


def test_a_batch_larger_than_a_flush_goes_alone() -> None:
    async def script(bench: Bench) -> None:
        bench.feed(500)
        await until(lambda: bench.released)

    assert on_a_loop(lambda: Bench(Handler()), script).handler.handled == ["handle 500"]


def test_what_comes_during_a_flush_waits_for_its_end() -> None:
    async def script(bench: Bench) -> None:
        bench.handler.gate.clear()
        bench.feed(100)
        await until(lambda: bench.handler.handled)
        bench.feed(100)
        await asyncio.sleep(0.1)
        assert bench.handler.handled == ["handle 100"]
        assert not bench.released
        bench.handler.gate.set()
        await until(lambda: len(bench.released) == 2)

    on_a_loop(lambda: Bench(Handler()), script)


def test_no_more_is_wanted_when_two_flushes_wait() -> None:
    async def script(bench: Bench) -> None:
        bench.handler.gate.clear()
        bench.feed(100)
        await until(lambda: bench.handler.handled)
        bench.feed(199)
        assert bench.collector.wants_more
        bench.feed(1)
        assert not bench.collector.wants_more
        bench.handler.gate.set()
        await until(lambda: bench.collector.wants_more)

    on_a_loop(lambda: Bench(Handler()), script)


def test_an_outage_shows_in_the_health_and_the_same_batch_is_tried_until_it_works() -> None:
    reasons: list[str] = []

    async def script(bench: Bench) -> None:
        bench.health.observe(lambda state: reasons.append(state.reason))
        bench.feed(5)
        await until(lambda: bench.released)
        assert bench.health.state.serving

    bench = on_a_loop(lambda: Bench(Handler(*[Unavailable("the store is away")] * 3)), script)
    assert bench.handler.calls[1:] == ["idle", *["handle 5", "reset"] * 3, "handle 5"]
    assert any("the store is away" in reason for reason in reasons)


def test_a_lost_compare_and_set_is_no_reason_to_look_ill() -> None:
    reasons: list[str] = []

    async def script(bench: Bench) -> None:
        await until(lambda: bench.health.state.serving)
        bench.health.observe(lambda state: reasons.append(state.reason))
        bench.feed(5)
        await until(lambda: bench.released)

    on_a_loop(lambda: Bench(Handler(Conflict("lost"))), script)
    assert reasons == [""]


@pytest.mark.parametrize("error", [Deposed("by another"), ValueError("defect"), SystemExit(3)])
def test_a_final_error_ends_the_loop_and_releases_nothing(error: BaseException) -> None:
    benches: list[Bench] = []

    async def script(bench: Bench) -> None:
        benches.append(bench)
        bench.feed(5)
        await asyncio.sleep(5)

    with pytest.raises(type(error)):
        on_a_loop(lambda: Bench(Handler(error)), script)
    assert benches[0].released == []


def test_idling_comes_about_as_often_as_told_with_records_and_without() -> None:
    async def script(bench: Bench) -> None:
        await until(lambda: bench.handler.calls.count("idle") >= 3)
        for _ in range(20):
            bench.feed(100)
            await asyncio.sleep(0.01)
        await until(lambda: bench.handler.calls.count("idle") >= 6)

    bench = on_a_loop(lambda: Bench(Handler(), idle_seconds=0.04), script)
    assert bench.handler.calls.count("idle") < 20


def test_without_partitions_nothing_is_called() -> None:
    async def script(bench: Bench) -> None:
        await until(lambda: "idle" in bench.handler.calls)
        bench.collector.revoke()
        await until(lambda: not bench.collector.busy)
        bench.handler.calls.clear()
        await asyncio.sleep(0.1)

    assert on_a_loop(lambda: Bench(Handler(), idle_seconds=0.01), script).handler.calls == []


def test_when_partitions_go_what_waits_is_dropped_and_the_batch_in_work_is_finished() -> None:
    async def script(bench: Bench) -> None:
        bench.handler.gate.clear()
        first = bench.feed(100)
        await until(lambda: bench.handler.handled)
        bench.feed(100)
        bench.collector.revoke()
        assert bench.collector.busy
        bench.handler.gate.set()
        await until(lambda: not bench.collector.busy)
        await asyncio.sleep(0.1)
        assert bench.released == [first]

    assert on_a_loop(lambda: Bench(Handler()), script).handler.handled == ["handle 100"]


def test_when_partitions_go_during_a_long_wait_it_ends_at_once_and_the_batch_is_dropped() -> None:
    async def script(bench: Bench) -> None:
        bench.feed(5)
        await until(lambda: bench.collector.backing_off)
        bench.collector.revoke()
        await until(lambda: not bench.collector.busy, seconds=0.5)
        bench.collector.assign([ONE])
        bench.feed(7)
        await until(lambda: bench.released)

    bench = on_a_loop(lambda: Bench(Handler(Unavailable("away")), patience=SLOW), script)
    assert bench.handler.handled == ["handle 5", "handle 7"]
    assert bench.handler.calls.count("assigned 1") == 2
