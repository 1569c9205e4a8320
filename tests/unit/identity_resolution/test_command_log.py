"""Waiting for what comes of a command: deadlines, bounds, and a log that is away."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import grpc
import pytest

from chassis.clock import ManualClock
from chassis.errors import ChassisError, Unavailable
from chassis.memory.broker import MemoryBroker
from chassis.memory.documents import MemoryDocuments
from chassis.records import Message
from chassis.rpc.awaited import Waiting
from chassis.rpc.deadlines import serving
from chassis.rpc.errors import RpcError
from identity_resolution.adapters.command_log import CommandLog
from identity_resolution.adapters.decided import outcome_document
from identity_resolution.adapters.evidence import digest, read_entry
from identity_resolution.domain.decisions import Outcome
from identity_resolution.domain.evidence import Command
from rapport.identity.v1 import events_pb2 as events
from tests.unit.identity_resolution.world import START

TOPIC = "identity-evidence"
COMMAND = events.Command(
    request_id="r-1", owner="S-17", reason="she told us", merge=events.MergeCommand(customer_ids=["1", "2"])
)


class Context:
    """The call that is being served."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def time_remaining(self) -> float:
        return self._seconds


class Broker(MemoryBroker):
    """One that may be broken."""

    error: Exception | None = None

    def publish(self, messages: Iterable[Message]) -> None:
        if self.error is not None:
            raise self.error
        super().publish(messages)


class Desk:
    """A command log whose clock is the sum of its waits; `decides_after` waits, the outcome is there."""

    def __init__(self, *, decides_after: int | None = None, **waiting: Any) -> None:
        self.broker = Broker()
        self.broker.create(TOPIC, 1)
        self.outcomes = MemoryDocuments()
        self.waits: list[float] = []
        self.on_wait: Callable[[], None] = lambda: None
        self._decides_after = decides_after
        waiting = {"sleep": self._sleep, "now": lambda: sum(self.waits), **waiting}
        self.log = CommandLog(TOPIC, self.broker, self.outcomes, ManualClock(START), Waiting(**waiting))

    def decide(self, command: events.Command = COMMAND, **outcome: Any) -> None:
        """Write the outcome of a command, as the decider does."""
        made = Outcome(command.request_id, digest(command), 1, 1, **outcome)
        self.outcomes.put_newer([outcome_document(made)])

    def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.on_wait()
        if len(self.waits) == self._decides_after:
            self.decide(decision="d-1")


def error_of(call: Callable[[], object]) -> RpcError:
    with pytest.raises(RpcError) as error:
        call()
    return error.value


def test_a_command_enters_the_log_as_the_decider_reads_it() -> None:
    desk = Desk(decides_after=1)
    assert desk.log.carry_out(COMMAND, {}).decision == "d-1"
    (record,) = desk.broker.records(TOPIC)
    entry = read_entry(record)
    assert isinstance(entry, Command)
    assert (entry.request_id, entry.owner, entry.digest) == ("r-1", "S-17", digest(COMMAND))
    assert (record.partition, dict(record.headers)["ce_id"]) == (0, b"command/r-1")
    assert dict(record.headers)["ce_type"] == b"rapport.identity.v1.EvidenceEntry"


def test_waits_grow_from_20_to_200_milliseconds() -> None:
    desk = Desk(decides_after=9)
    desk.log.carry_out(COMMAND, {})
    assert desk.waits[:3] == pytest.approx([0.02, 0.03, 0.045])
    assert desk.waits == sorted(desk.waits)
    assert max(desk.waits) == 0.2


@pytest.mark.parametrize(("left", "most"), [(3.0, 2.9), (None, 10.0), (60.0, 10.0)])
def test_the_outcome_is_waited_for_until_a_little_before_the_deadline_and_not_longer_than_10_seconds(
    left: float | None, most: float
) -> None:
    desk = Desk()
    context: Any = Context(left) if left else Context(1e9)
    with serving(context):
        error = error_of(lambda: desk.log.carry_out(COMMAND, {}))
    assert (error.code, error.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "OUTCOME_PENDING")
    assert most - 0.2 <= sum(desk.waits) <= most


def test_what_was_pending_is_there_when_the_same_call_comes_again_and_is_not_said_twice() -> None:
    desk = Desk()
    error_of(lambda: desk.log.carry_out(COMMAND, {}))
    desk.decide(decision="d-1")
    assert desk.log.carry_out(COMMAND, {}).decision == "d-1"
    assert len(desk.broker.records(TOPIC)) == 1


def test_when_a_command_was_given_does_not_tell_it_from_itself() -> None:
    desk = Desk()
    again = events.Command()
    again.CopyFrom(COMMAND)
    again.request_time.FromDatetime(START)
    desk.decide(COMMAND, decision="d-1")
    assert desk.log.carry_out(again, {}).decision == "d-1"


def test_another_command_under_the_same_request_id_is_told_so_also_where_both_come_at_once() -> None:
    """The decider took the other one first: its outcome is not this one's."""
    other = events.Command(request_id="r-1", merge=events.MergeCommand(customer_ids=["1", "3"]))
    desk = Desk()
    desk.on_wait = lambda: desk.decide(other)
    error = error_of(lambda: desk.log.carry_out(COMMAND, {}))
    assert (error.code, error.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")


def test_no_more_than_so_many_commands_wait_at_a_time_and_look_ups_of_outcomes_go_on() -> None:
    arrived, go = threading.Semaphore(0), threading.Event()

    def sleep(_: float) -> None:
        arrived.release()
        go.wait(10)

    desk = Desk(sleep=sleep, at_once=2)
    commands = [events.Command(request_id=f"r-{number}", merge=COMMAND.merge) for number in range(3)]
    threads = [threading.Thread(target=desk.log.carry_out, args=(each, {})) for each in commands[:2]]
    for thread in threads:
        thread.start()
    for _ in threads:
        arrived.acquire(timeout=10)
    error = error_of(lambda: desk.log.carry_out(commands[2], {}))
    assert (error.code, error.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_COMMANDS")
    assert len(desk.broker.records(TOPIC)) == 2
    desk.decide(commands[2], decision="d-2")
    assert desk.log.carry_out(commands[2], {}).decision == "d-2"
    for command in commands[:2]:
        desk.decide(command)
    go.set()
    for thread in threads:
        thread.join(10)


class SendFailed(ChassisError):
    """As the real publisher's."""


@pytest.mark.parametrize("error", [Unavailable("the broker is away"), SendFailed("it failed for good")])
def test_a_log_that_does_not_take_the_command_is_named_and_the_place_is_free_again(error: Exception) -> None:
    desk = Desk(at_once=1)
    desk.broker.error = error
    for _ in range(2):
        failed = error_of(lambda: desk.log.carry_out(COMMAND, {}))
        assert (failed.code, failed.reason) == (grpc.StatusCode.UNAVAILABLE, "DEPENDENCY_UNAVAILABLE")
        assert failed.metadata == {"service": "kafka"}


@pytest.mark.parametrize(
    ("outcome", "code", "metadata"),
    [
        ({"error": "CUSTOMER_NOT_FOUND", "details": (("account", "x:1"),)}, "NOT_FOUND", {"field": "account_keys[3]"}),
        ({"error": "CUSTOMER_NOT_FOUND", "details": (("account", "x:2"),)}, "NOT_FOUND", {"field": ""}),
        (
            {"error": "ALREADY_UNDONE", "details": (("decision", "7"),)},
            "FAILED_PRECONDITION",
            {"decision": "decisions/7"},
        ),
        ({"error": "CUSTOMER_TOO_LARGE", "details": (("limit", "500"),)}, "FAILED_PRECONDITION", {"limit": "500"}),
        ({"error": "WHATEVER_COMES"}, "FAILED_PRECONDITION", {}),
    ],
)
def test_a_refused_command_is_told_by_field_and_no_account_is_quoted(
    outcome: dict[str, Any], code: str, metadata: dict[str, str]
) -> None:
    desk = Desk()
    desk.decide(COMMAND, **outcome)
    error = error_of(lambda: desk.log.carry_out(COMMAND, {"x:1": "account_keys[3]"}))
    assert (error.code.name, error.reason, error.metadata) == (code, outcome["error"], metadata)
    assert "x:" not in error.message
