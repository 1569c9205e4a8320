"""What a worker's stream is told: where the broker is, when to flush, how patient to be."""

from __future__ import annotations

from dataclasses import dataclass, field

from chassis.attempts import Patience


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerSettings:
    """How to send. Times in seconds.

    - `delivery_seconds`: how long a send may wait for its acknowledgement before the process ends; shorter than
      `chassis.stages.resend.SETTLED_AFTER`, so that what a deposed worker sends is followed by what holds.
    - `message_bytes`: the largest record; what is larger is refused before anything is sent. Stay below the topics'
      `max.message.bytes` (Kafka's default is 1,048,588), for what the broker refuses ends the process.
    """

    bootstrap: tuple[str, ...]
    client_id: str = "rapport"
    linger_milliseconds: int = 5
    batch_bytes: int = 262_144
    message_bytes: int = 1_000_000
    delivery_seconds: float = 60.0
    metadata_seconds: float = 10.0
    request_seconds: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSettings:
    """How a worker reads. Times in seconds.

    - A handler gets its batch at `flush_records` records, or when the first of them has waited for `flush_seconds`.
    - A killed worker's partitions stand still for about `session_seconds`.
    - A batch in work has `settle_seconds` to finish when partitions are taken away or the process is asked to end.
    - With records to read and nothing committed for `watchdog_seconds`, the process ends.
    """

    bootstrap: tuple[str, ...]
    group: str
    flush_records: int = 10_000
    flush_seconds: float = 1.0
    idle_seconds: float = 1.0
    fetch_records: int = 1000
    fetch_milliseconds: int = 50
    commit_seconds: float = 1.0
    session_seconds: float = 6.0
    heartbeat_seconds: float = 1.0
    rebalance_seconds: float = 15.0
    settle_seconds: float = 8.0
    watchdog_seconds: float = 60.0
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        if self.settle_seconds >= self.rebalance_seconds:
            raise ValueError("settle_seconds must be below rebalance_seconds, or a rebalance throws this worker out")
        if self.flush_records < 1 or self.fetch_records < 1:
            raise ValueError("flush_records and fetch_records must be positive")

    @property
    def waiting_records(self) -> int:
        """How many records of one handler may wait in memory: while one batch is in work, the next two fill up."""
        return 2 * self.flush_records
