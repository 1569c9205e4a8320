"""How long nobody decides when the worker that decides ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rapport.identity.v1 import events_pb2 as pb
from tests.e2e.identity.deciders import LONGEST_TAKEOVER_SECONDS, SESSION_SECONDS, Deciders

pytestmark = [pytest.mark.integration, pytest.mark.soak, pytest.mark.timeout(120)]


def test_a_standby_takes_over_within_the_session_timeout_and_a_little(deciders: Deciders) -> None:
    with _newcomers(deciders, "killed"):
        seconds = [deciders.kill() for _ in range(6)]
    print(f"taken over after kill -9 in s: {', '.join(f'{each:.2f}' for each in seconds)}")
    assert max(seconds) < LONGEST_TAKEOVER_SECONDS


def test_a_standby_takes_over_at_once_from_one_that_is_asked_to_end(deciders: Deciders) -> None:
    with _newcomers(deciders, "ended"):
        seconds = [deciders.end() for _ in range(3)]
    print(f"taken over after SIGTERM in s: {', '.join(f'{each:.2f}' for each in seconds)}")
    assert max(seconds) < SESSION_SECONDS


@contextmanager
def _newcomers(deciders: Deciders, name: str) -> Iterator[None]:
    """Have a new account come in every few milliseconds, beside the block."""
    is_over = threading.Event()

    def send() -> None:
        with deciders.publisher() as publisher:
            number = 0
            while not is_over.wait(0.02):
                number += 1
                evidence = pb.Evidence(account_key=f"store:{name}-{number}")
                publisher.publish([deciders.message(pb.EvidenceEntry(evidence=evidence))])

    thread = threading.Thread(target=send)
    thread.start()
    try:
        time.sleep(0.5)
        yield
    finally:
        is_over.set()
        thread.join()
