"""People's decisions over a real server, a real log and a real decider; and what happens while the log is away."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from chassis.records import Message
from chassis.rpc.client import Caller, RetryPolicy
from chassis.rpc.errors import CallFailed
from chassis.stream.producer import KafkaPublisher
from chassis.stream.settings import ProducerSettings
from localstack.broker import Kafka
from localstack.testing import SharedKafka, SharedStore
from rapport.identity.v1 import service_pb2 as identity
from rapport.interactions.v1.interaction_pb2 import Account, Interaction, Like
from rapport.stewardship.v1 import stewardship_pb2 as pb

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

A, B = "instagram:a", "store:b"
MANDATE = {"owner": "S-17", "reason": "she told us"}
IDENTITY = identity.DESCRIPTOR.services_by_name["IdentityResolutionService"]
STEWARDSHIP = pb.DESCRIPTOR.services_by_name["StewardshipService"]
DECIDED_WITHIN_SECONDS = 15.0


@dataclass
class Running:
    """A worker and a server of identity resolution, and callers to it."""

    who: Caller
    steward: Caller

    def customer(self, account: str) -> str:
        """The name of an account's customer, once it is known."""
        request = identity.ResolveRequest(key=identity.Key(account=account))
        end = time.monotonic() + DECIDED_WITHIN_SECONDS
        while True:
            try:
                found = self.who.call("Resolve", request, identity.ResolveResponse)
            except CallFailed as failed:
                assert failed.reason == "CUSTOMER_NOT_FOUND"
                assert time.monotonic() < end
                time.sleep(0.05)
            else:
                return f"customers/{found.customer_id}"

    def merge(self, *names: str, request_id: str = "", seconds: float = 10.0) -> str:
        """The name of the decision by which customers became one."""
        request = pb.MergeRequest(names=names, request_id=request_id or uuid.uuid4().hex, **MANDATE)
        return self.steward.call("Merge", request, pb.MergeResponse, seconds).decision.name


def free_address() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def processes(bootstrap: str, store: SharedStore, prefix: str) -> Iterator[Running]:
    """Start both processes, and send an interaction of each account."""
    address = free_address()
    environment = {
        **os.environ,
        "RAPPORT_KAFKA": bootstrap,
        "RAPPORT_STORE_URL": store.url,
        "RAPPORT_TOPIC_PREFIX": prefix,
        "RAPPORT_DATABASE_PREFIX": prefix.replace(".", "_"),
        "RAPPORT_PSEUDONYM_KEY": "a key for tests only",
        "RAPPORT_GRPC_LISTEN": address,
        "RAPPORT_FLUSH_SECONDS": "0.1",
        **({"RAPPORT_STORE_READ_CHUNK": str(store.read_chunk)} if store.read_chunk else {}),
    }
    subprocess.run([sys.executable, "-m", "rapportctl", "topics", "apply"], env=environment, check=True)
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "identity_resolution", role],
            env={**environment, "RAPPORT_HEALTH_LISTEN": free_address()},
        )
        for role in ("worker", "server")
    ]
    who = Caller(address, IDENTITY)
    steward = Caller(address, STEWARDSHIP, retry=RetryPolicy(attempts=1))
    try:
        who.wait_ready(30)
        with KafkaPublisher(ProducerSettings(bootstrap=(bootstrap,))) as publisher:
            publisher.publish([interaction(prefix, each) for each in (A, B)])
        yield Running(who, steward)
    finally:
        for process in started:
            process.kill()
            process.wait(10)


@pytest.fixture
def running(kafka: SharedKafka, store: SharedStore, topic_prefix: str) -> Iterator[Running]:
    """Both processes on the shared broker."""
    with processes(kafka.bootstrap, store, topic_prefix) as running:
        yield running


def interaction(topic_prefix: str, account: str) -> Message:
    channel, _, id_ = account.partition(":")
    made = Interaction(event_id="1", account=Account(channel=channel, id=id_), like=Like(post_id="p"))
    made.occurred_at.GetCurrentTime()
    return Message(f"{topic_prefix}interactions", account.encode(), made.SerializeToString())


def test_id10_a_merge_and_its_undo_are_answered_with_the_decisions_that_they_led_to(running: Running) -> None:
    first, second = running.customer(A), running.customer(B)
    merge = running.merge(first, second)
    assert running.customer(A) == running.customer(B) == min(first, second)
    request = pb.UndoRequest(name=merge, request_id="back", **MANDATE)
    undo = running.steward.call("Undo", request, pb.UndoResponse, 10.0).decision
    assert (running.customer(A), running.customer(B)) == (first, second)
    listed = running.steward.call("ListDecisions", pb.ListDecisionsRequest(parent=first), pb.ListDecisionsResponse)
    assert [(each.name, each.undone_by) for each in listed.decisions] == [(undo.name, ""), (merge, undo.name)]


def test_id6_the_same_command_at_once_from_everywhere_is_carried_out_once(running: Running) -> None:
    names = running.customer(A), running.customer(B)
    with ThreadPoolExecutor(4) as callers:
        answers = list(callers.map(lambda _: running.merge(*names, request_id="same"), range(4)))
    assert len(set(answers)) == 1


def test_while_the_log_is_away_commands_say_so_look_ups_go_on_and_then_the_same_command_is_carried_out(
    own_kafka: Kafka, store: SharedStore, topic_prefix: str
) -> None:
    with processes(own_kafka.bootstrap, store, topic_prefix) as running:
        outlive_the_log(own_kafka, running)


def outlive_the_log(kafka: Kafka, running: Running) -> None:
    """Kill the log, command, look up, and start it again."""
    first, second = running.customer(A), running.customer(B)
    running.merge(first, second, request_id="before")
    split = pb.SplitRequest(name=min(first, second), account_keys=[B], request_id="away", **MANDATE)
    kafka.kill()
    with ThreadPoolExecutor(6) as callers:
        waiting = [callers.submit(running.steward.call, "Split", split, pb.SplitResponse, 15.0) for _ in range(6)]
        began = time.monotonic()
        while not all(each.done() for each in waiting):
            asked = time.monotonic()
            assert running.customer(A) == running.customer(B)
            assert time.monotonic() - asked < 1.0
            time.sleep(0.05)
        assert time.monotonic() - began < 15.0
    failed = [each.exception() for each in waiting]
    assert {each.reason for each in failed if isinstance(each, CallFailed)} <= {
        "DEPENDENCY_UNAVAILABLE",
        "TOO_MANY_COMMANDS",
    }
    assert all(isinstance(each, CallFailed) for each in failed)
    kafka.start()
    end = time.monotonic() + 40.0
    while True:
        try:
            decision = running.steward.call("Split", split, pb.SplitResponse, 10.0).decision
            break
        except CallFailed as error:
            assert error.reason in ("DEPENDENCY_UNAVAILABLE", "OUTCOME_PENDING"), error
            assert time.monotonic() < end
            time.sleep(0.2)
    assert decision.request_id == "away"
    assert running.customer(A) != running.customer(B)
