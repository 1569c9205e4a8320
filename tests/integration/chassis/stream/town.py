"""What the tests on a real Kafka share: topics, records that can be counted, and worker processes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer
from kafka import TopicPartition as KafkaPartition
from kafka.admin import KafkaAdminClient, NewTopic

from chassis.ports import Publisher
from chassis.records import Message

PROGRAM = Path(__file__).with_name("copier.py")
PARTITIONS = 4
KEYS = 50


class Copier:
    """A running worker process, and the lines that it has printed."""

    def __init__(self, bootstrap: str, prefix: str, name: str, **options: Any) -> None:
        arguments = json.dumps({"bootstrap": bootstrap, "prefix": prefix, "name": name, **options})
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(line.rstrip() for line in self.process.stdout)

    @property
    def log(self) -> str:
        return "\n".join(self.lines)

    @property
    def handled(self) -> int:
        return sum(int(line.split()[1]) for line in self.lines if line.startswith("handled"))

    def wait_for(self, text: str, seconds: float = 20.0) -> None:
        wait_until(lambda: any(text in line for line in self.lines), f"{text!r} in\n{self.log}", seconds)

    def wait_handled(self, count: int, seconds: float = 20.0) -> None:
        wait_until(lambda: self.handled >= count, f"{count} records handled in\n{self.log}", seconds)

    def end(self, seconds: float = 15.0) -> tuple[int, float]:
        """Ask it to end; returns the exit status and how long it took."""
        started = time.monotonic()
        self.process.terminate()
        return self.wait_ended(seconds), time.monotonic() - started

    def wait_ended(self, seconds: float = 15.0) -> int:
        status = self.process.wait(seconds)
        self._reader.join(5)
        return status

    def kill(self) -> None:
        """As kill -9."""
        self.process.kill()
        self.process.wait(10)


@dataclass(frozen=True)
class Copied:
    """What arrived in `out`: which values, how often, by whom, and whether each key's came in order."""

    times: Counter[int]
    by: Counter[str]
    in_order: bool

    def missing(self, count: int) -> int:
        return len(set(range(count)) - set(self.times))

    @property
    def repeats(self) -> int:
        return sum(self.times.values()) - len(self.times)


class Town:
    """Topics `in` and `out` under a prefix, on a broker."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self.bootstrap = bootstrap
        self.prefix = prefix
        self.copiers: list[Copier] = []

    def create(self, *names: str, **config: str) -> None:
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        admin.create_topics([NewTopic(self.prefix + name, PARTITIONS, 1, topic_configs=config) for name in names])
        admin.close()

    def start(self, name: str, **options: Any) -> Copier:
        copier = Copier(self.bootstrap, self.prefix, name, **options)
        self.copiers.append(copier)
        return copier

    def close(self) -> None:
        for copier in self.copiers:
            if copier.process.poll() is None:
                copier.kill()

    def messages(self, first: int, count: int, topic: str = "in") -> list[Message]:
        return [
            Message(self.prefix + topic, b"key-%d" % (number % KEYS), b"%d" % number)
            for number in range(first, first + count)
        ]

    def copied(self, count: int, seconds: float = 30.0) -> Copied:
        """Wait until values 0..count-1 have all arrived (or time is over), and a moment for repeats to show."""
        consumer = self._reader("out")
        times: Counter[int] = Counter()
        by: Counter[str] = Counter()
        last: dict[bytes, int] = {}
        in_order = True
        end = time.monotonic() + seconds
        quiet = 0
        while time.monotonic() < end and quiet < 3:
            fetched = [record for records in consumer.poll(200).values() for record in records]
            quiet = quiet + 1 if not fetched and len(times) >= count else 0
            for record in fetched:
                value, _, name = record.value.decode().partition("|")
                number = int(value)
                if number not in times:
                    in_order &= number > last.get(record.key, -1)
                    last[record.key] = number
                times[number] += 1
                by[name] += 1
        consumer.close()
        return Copied(times, by, in_order)

    def committed(self) -> int:
        """How many records of `in` the group has committed."""
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=self.prefix + "group")
        offsets = [consumer.committed(KafkaPartition(self.prefix + "in", number)) for number in range(PARTITIONS)]
        consumer.close()
        return sum(offset or 0 for offset in offsets)

    def values(self, name: str) -> list[list[int]]:
        """What the topic holds: the values of each partition, in order."""
        consumer = self._reader(name)
        partitions = consumer.assignment()
        ends = consumer.end_offsets(list(partitions))
        found: dict[int, list[int]] = {partition.partition: [] for partition in partitions}
        while sum(map(len, found.values())) < sum(ends.values()):
            for partition, records in consumer.poll(200).items():
                found[partition.partition] += [int(record.value) for record in records]
        consumer.close()
        return [found[number] for number in sorted(found)]

    def _reader(self, name: str) -> Any:
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, max_poll_records=5000)
        consumer.assign([KafkaPartition(self.prefix + name, number) for number in range(PARTITIONS)])
        consumer.seek_to_beginning()
        return consumer


class Load:
    """Publishes numbered records at a rate, in a thread, until it is told to end."""

    def __init__(self, town: Town, publisher: Publisher, rate: int) -> None:
        self.sent = 0
        self.errors: list[Exception] = []
        self._town = town
        self._publisher = publisher
        self._rate = rate
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        step = self._rate // 20
        while not self._ended.wait(0.05):
            try:
                self._publisher.publish(self._town.messages(self.sent, step))
            except Exception as error:  # noqa: BLE001 - the test looks at it
                self.errors.append(error)
                return
            self.sent += step

    def end(self) -> int:
        """End, and return how many records were sent and acknowledged."""
        self._ended.set()
        self._thread.join(60)
        assert not self.errors
        return self.sent


def wait_until(condition: Any, what: str | Sequence[str], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(0.02)
