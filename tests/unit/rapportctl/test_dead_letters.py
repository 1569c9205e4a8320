"""Dead letters: counted, shown without what is personal, and given back to whom they are for."""

from __future__ import annotations

import pytest

from chassis.clock import ManualClock
from chassis.dead_letters import DeadLetters
from chassis.letter_origin import as_read_first, first_topic
from chassis.records import DeadLetter, ReadRecord
from rapportctl.dead_letters import decoded, destination, kinds_of, read_letter, read_letters, replay
from rapportctl.errors import NotFoundError
from tests.unit.rapportctl.fakes import PREFIX, MemoryDeployment

HEADERS = (("ce_id", b"e-1"), ("traceparent", b"00-1-2-03"))


def source(topic: str = "interactions", value: bytes = b"bytes", key: bytes | None = b"a:1") -> ReadRecord:
    return ReadRecord(PREFIX + topic, 2, 41, 1_700_000_000_000, key, value, HEADERS)


def bury(deployment: MemoryDeployment, service: str, *letters: DeadLetter) -> None:
    """Make dead letters as a service makes them."""
    topic = f"{PREFIX}dead-letters.{service}"
    DeadLetters(deployment.broker, topic, service, ManualClock()).send(letters)


@pytest.fixture
def deployment() -> MemoryDeployment:
    return MemoryDeployment()


def test_in2_letters_are_counted_by_service_and_reason_with_the_newest(deployment: MemoryDeployment) -> None:
    bad = [DeadLetter(source(value=str(n).encode()), "NO_TIME", f"detail {n}") for n in range(3)]
    bury(deployment, "identity-resolution", *bad, DeadLetter(source(), "UNPARSEABLE"))
    bury(deployment, "vip-tier", DeadLetter(source("identified-interactions"), "NO_TIME"))
    letters = [each for name in ("identity-resolution", "vip-tier") for each in read_letters(deployment, name)]
    kinds = kinds_of(letters)
    assert [(kind.service, kind.reason, kind.count) for kind in kinds] == [
        ("identity-resolution", "NO_TIME", 3),
        ("identity-resolution", "UNPARSEABLE", 1),
        ("vip-tier", "NO_TIME", 1),
    ]
    assert kinds[0].newest.detail == "detail 2"


def test_identitys_letters_go_back_to_interactions_as_they_came(deployment: MemoryDeployment) -> None:
    bury(deployment, "identity-resolution", DeadLetter(source(), "UNKNOWN_KIND", "detail"))
    with deployment.sender() as sender:
        done = replay(read_letters(deployment, "identity-resolution"), PREFIX, sender)
    (record,) = deployment.records("interactions")
    assert (record.key, record.value, tuple(record.headers)) == (b"a:1", b"bytes", HEADERS)
    assert dict(done.destinations) == {"interactions": 1}


@pytest.mark.parametrize("service", ["customer-profile", "advocacy-scoring", "vip-tier"])
def test_another_services_letters_go_to_its_own_retry_topic(deployment: MemoryDeployment, service: str) -> None:
    """The other services have applied those events: back in the common topic they would reach all."""
    bury(deployment, service, DeadLetter(source("identified-interactions"), "HANDLER_FAILED"))
    with deployment.sender() as sender:
        replay(read_letters(deployment, service), PREFIX, sender)
    (record,) = deployment.records(f"retry.{service}")
    assert (record.key, record.value, tuple(record.headers[:2])) == (b"a:1", b"bytes", HEADERS)
    assert first_topic(record.headers) == f"{PREFIX}identified-interactions"
    assert deployment.records("identified-interactions") == []


def test_ti9_a_decision_is_replayed_with_its_place_in_the_log_however_often(deployment: MemoryDeployment) -> None:
    """Its place is what the account's fence and holes know it by."""
    bury(deployment, "vip-tier", DeadLetter(source("decisions"), "HANDLER_FAILED"))
    with deployment.sender() as sender:
        replay(read_letters(deployment, "vip-tier"), PREFIX, sender)
    (first,) = deployment.records("retry.vip-tier")
    bury(deployment, "vip-tier", DeadLetter(first, "HANDLER_FAILED"))
    with deployment.sender() as sender:
        replay(list(read_letters(deployment, "vip-tier"))[1:], PREFIX, sender)
    again = deployment.records("retry.vip-tier")[-1]
    for record in (first, again):
        found = as_read_first(record)
        assert (found.topic, found.partition, found.offset) == (f"{PREFIX}decisions", 2, 41)
    assert (again.key, again.value) == (b"a:1", b"bytes")


def test_a_letter_that_failed_again_goes_back_to_the_same_retry_topic() -> None:
    assert destination("vip-tier", "retry.vip-tier") == "retry.vip-tier"
    assert destination("vip-tier", "retry.customer-profile") == ""


def test_what_did_not_come_from_interactions_is_left_and_told(deployment: MemoryDeployment) -> None:
    bury(deployment, "vip-tier", DeadLetter(source("advocacy-scores"), "UNPARSEABLE"))
    bury(deployment, "identity-resolution", DeadLetter(source("identity-evidence"), "UNPARSEABLE"))
    before = deployment.broker.written
    with deployment.sender() as sender:
        letters = [each for name in ("vip-tier", "identity-resolution") for each in read_letters(deployment, name)]
        done = replay(letters, PREFIX, sender)
    assert done.destinations.total() == 0
    assert dict(done.elsewhere) == {"advocacy-scores": 1, "identity-evidence": 1}
    assert deployment.broker.written == before


def test_a_letter_that_is_there_twice_is_sent_once(deployment: MemoryDeployment) -> None:
    """Else every replay of what stays bad would double it."""
    same = [DeadLetter(source(), "UNKNOWN_KIND") for _ in range(3)]
    bury(deployment, "identity-resolution", *same, DeadLetter(source(key=b"a:2"), "UNKNOWN_KIND"))
    with deployment.sender() as sender:
        done = replay(read_letters(deployment, "identity-resolution"), PREFIX, sender)
    assert (done.destinations.total(), done.same) == (2, 2)
    assert len(deployment.records("interactions")) == 2


def test_without_a_sender_a_replay_only_says_what_it_would_do(deployment: MemoryDeployment) -> None:
    bury(deployment, "identity-resolution", DeadLetter(source(), "UNKNOWN_KIND"))
    done = replay(read_letters(deployment, "identity-resolution"), PREFIX, None)
    assert done.destinations.total() == 1
    assert deployment.records("interactions") == []


def test_a_record_that_had_no_key_has_none_again(deployment: MemoryDeployment) -> None:
    bury(deployment, "identity-resolution", DeadLetter(source(key=None), "NO_ACCOUNT"))
    with deployment.sender() as sender:
        replay(read_letters(deployment, "identity-resolution"), PREFIX, sender)
    assert deployment.records("interactions")[0].key is None


def test_the_reason_is_that_of_the_newest_dead_lettering(deployment: MemoryDeployment) -> None:
    bury(deployment, "vip-tier", DeadLetter(source("identified-interactions"), "HANDLER_FAILED"))
    (first,) = read_letters(deployment, "vip-tier")
    bury(deployment, "vip-tier", DeadLetter(first.record, "UNPARSEABLE"))
    assert sorted(each.reason for each in read_letters(deployment, "vip-tier")) == ["HANDLER_FAILED", "UNPARSEABLE"]


def test_one_letter_is_found_by_its_place(deployment: MemoryDeployment) -> None:
    bury(deployment, "vip-tier", *(DeadLetter(source(value=bytes([n])), "X") for n in range(5)))
    partition = deployment.records("dead-letters.vip-tier")[0].partition
    assert read_letter(deployment, "vip-tier", partition, 3).record.value == b"\x03"
    for place in ((partition, 5), (partition + 1 & 3, 0), (99, 0)):
        with pytest.raises(NotFoundError, match="has no dead letter"):
            read_letter(deployment, "vip-tier", *place)


def test_bytes_are_decoded_as_the_topic_they_came_from(deployment: MemoryDeployment) -> None:
    # Field 1 of an Interaction is its event id.
    bury(deployment, "identity-resolution", DeadLetter(source(value=b"\x0a\x02e1"), "NO_TIME"))
    bury(deployment, "identity-resolution", DeadLetter(source(value=b"\xff"), "UNPARSEABLE"))
    values = [decoded(deployment, each) for each in read_letters(deployment, "identity-resolution")]
    assert values == [{"event_id": "e1"}, {"unparseable_bytes": 1}]
