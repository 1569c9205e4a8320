"""Watching over gRPC: a customer's record as it changes, and who enters and leaves segments; both resumable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from chassis.memory.runner import MemoryRunner
from chassis.rpc.errors import RpcError
from chassis.rpc.following import Watching
from customer_profile.adapters.documents import RECORDS
from customer_profile.adapters.rpc import CustomerProfile
from rapport.interactions.v1.decision_pb2 import Consent, Decision
from rapport.profile.v1.changes_pb2 import SEGMENT_CHANGE_KIND_ENTERED, SEGMENT_CHANGE_KIND_LEFT
from rapport.profile.v1.profile_pb2 import (
    WatchCustomerRequest,
    WatchCustomerResponse,
    WatchSegmentRequest,
    WatchSegmentResponse,
)
from tests.unit.customer_profile.serving import not_found, serve
from tests.unit.customer_profile.world import World, interaction, observation

A, B = "instagram:a", "instagram:b"
SEGMENT = "newsletter_readers"


class Connection:
    """The context of a call that streams; active until it is cancelled."""

    def __init__(self) -> None:
        self.active = True

    def is_active(self) -> bool:
        return self.active


class Watched:
    """The server, and what happens whenever a watcher waits: the steps that a test has laid out, one by one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = World()
        self.steps: list[Callable[[], None]] = []
        self.connection = Connection()
        init: Any = Watching.__init__
        monkeypatch.setattr(init, "__kwdefaults__", {**init.__kwdefaults__, "sleep": self._wait})
        for customer, account in (("C1", A), ("C2", B)):
            self.world.belongs(customer, account)
            self.world.interacted(interaction("e1", account, 1))
        self.worker: MemoryRunner = self.world.runner()
        self.worker.run_until_quiet()
        self.api: CustomerProfile = serve(self.world)

    def _wait(self, seconds: float) -> None:
        if not self.steps:
            self.connection.active = False
            return
        self.steps.pop(0)()
        self.worker.run_until_quiet()

    def happens(self, number: int, account: str = A) -> Callable[[], None]:
        def happen() -> None:
            self.world.interacted(interaction(f"w{number}", account, number))

        return happen

    def merges(self) -> None:
        self.world.merged("C2", "C1")
        self.world.belongs("C1", A, B, absorbed=["C2"])

    def consents(self, granted: bool) -> Callable[[], None]:
        """Consent to the newsletter, from somebody whose address is known: what the segment asks for."""

        def decide() -> None:
            self.world.interacted(observation("o1", A, 2, email="a@example.org"))
            decision = Decision(event_id=f"d{granted}", account_key=A, owner="S-1")
            decision.decided_at.FromMilliseconds(1_767_225_600_000 + (0 if granted else 1))
            decision.consent.CopyFrom(Consent(purpose="newsletter", channel="email", granted=granted))
            self.world.publish("decisions", A, decision.SerializeToString())

        return decide

    def customer(self, name: str = "customers/C1", **fields: Any) -> Iterator[WatchCustomerResponse]:
        return self.api.watch_customer(WatchCustomerRequest(name=name, **fields), self.connection)  # type: ignore[arg-type]

    def segments(self, *names: str, **fields: Any) -> Iterator[WatchSegmentResponse]:
        return self.api.watch_segment(WatchSegmentRequest(segments=names, **fields), self.connection)  # type: ignore[arg-type]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch)


def interactions(answers: list[WatchCustomerResponse]) -> list[int]:
    return [each.customer.activity.interactions for each in answers]


def test_pr10_the_record_comes_first_and_then_each_newer_one(watched: Watched) -> None:
    """What does not touch the customer is not told; versions rise."""
    watched.steps = [watched.happens(2), watched.happens(3, B), watched.happens(4)]
    answers = list(watched.customer())
    assert interactions(answers) == [1, 2, 3]
    versions = [each.customer.version for each in answers]
    assert versions == sorted(set(versions))


def test_pr10_who_is_slow_gets_the_newest_and_nothing_piles_up(watched: Watched) -> None:
    """Ten versions come while the caller looks at one: the next is the last of them."""
    stream = watched.customer()
    first = next(stream)
    for number in range(10):
        watched.happens(number + 2)()
        watched.worker.run_until_quiet()
    watched.steps = [lambda: None]
    rest = list(stream)
    assert interactions([first, *rest]) == [1, 11]


def test_pr10_watching_goes_on_after_a_token(watched: Watched) -> None:
    """Nothing where nothing is newer; the newest where something is; nothing is told twice."""
    watched.steps = [watched.happens(2)]
    *_, last = watched.customer()
    watched.connection.active = True
    assert list(watched.customer(resume_token=last.resume_token)) == []
    watched.connection.active = True
    watched.happens(3)()
    watched.worker.run_until_quiet()
    assert interactions(list(watched.customer(resume_token=last.resume_token))) == [3]


def test_pr10_a_merge_is_followed(watched: Watched) -> None:
    """Whoever watches the id that is merged away sees the survivor's record, which says so, and its later versions."""
    watched.steps = [watched.merges, watched.happens(2)]
    answers = list(watched.customer("customers/C2"))
    assert [(each.customer.customer_id, each.customer.merged_from) for each in answers] == [
        ("C2", ""),
        ("C1", "C2"),
        ("C1", "C2"),
    ]
    assert interactions(answers) == [1, 2, 3]
    watched.connection.active = True
    assert list(watched.customer("customers/C2", resume_token=answers[-1].resume_token)) == []


def test_pr10_a_mask_cuts_what_is_watched(watched: Watched) -> None:
    """Every answer has the fields asked for, whatever else has changed."""
    watched.steps = [watched.happens(2)]
    answers = list(watched.customer(read_mask=FieldMask(paths=["activity.interactions"])))
    assert [[field.name for field, _ in each.customer.ListFields()] for each in answers] == [["activity"]] * 2


def test_pr10_watching_ends_when_the_customer_is_gone(watched: Watched) -> None:
    """Once nothing is held of it, that is what the caller is told; of an unknown customer at once."""
    watched.steps = [lambda: watched.world.stores[RECORDS].delete(["C1"])]
    stream = watched.customer()
    next(stream)
    with pytest.raises(RpcError) as gone:
        next(stream)
    with pytest.raises(RpcError) as unknown:
        next(watched.customer("customers/C9"))
    assert not_found(gone.value, "CUSTOMER_NOT_FOUND")
    assert not_found(unknown.value, "CUSTOMER_NOT_FOUND")


@pytest.mark.parametrize(
    ("field", "reason", "request_fields"),
    [
        ("name", "INVALID_FIELD", {"name": "C1"}),
        ("nickname", "UNKNOWN_FIELD_IN_MASK", {"read_mask": FieldMask(paths=["nickname"])}),
        ("resume_token", "INVALID_PAGE_TOKEN", {"resume_token": "bm90aGluZw"}),
    ],
)
def test_pr10_a_wrong_watch_is_refused_with_its_field(
    watched: Watched, field: str, reason: str, request_fields: dict[str, Any]
) -> None:
    """The error names what is wrong."""
    with pytest.raises(RpcError) as error:
        next(watched.customer(**request_fields))
    assert (error.value.reason, error.value.metadata) == (reason, {"field": field})


def test_pr10_a_segment_that_no_rule_declares_is_refused_with_those_that_are(watched: Watched) -> None:
    """Of a misspelt one nothing would ever be told, and the caller would wait for ever."""
    with pytest.raises(RpcError) as error:
        next(watched.segments(SEGMENT, "newsletter_reader"))
    assert error.value.code == grpc.StatusCode.INVALID_ARGUMENT
    assert (error.value.reason, error.value.metadata) == ("INVALID_FIELD", {"field": "segments"})
    assert SEGMENT in str(error.value)


def test_pr10_a_token_of_another_customer_is_refused(watched: Watched) -> None:
    """It says what was seen of one customer and nothing of another."""
    token = next(watched.customer()).resume_token
    with pytest.raises(RpcError) as error:
        next(watched.customer("customers/C2", resume_token=token))
    assert error.value.reason == "INVALID_PAGE_TOKEN"


def test_pr10_only_so_many_watch_at_once_and_a_place_is_given_back(watched: Watched) -> None:
    """Customers and segments together; who is one too many is told so, and may come when another has gone."""
    watching = []
    with pytest.raises(RpcError) as error:
        for _ in range(1000):
            stream = watched.customer()
            next(stream)
            watching.append(stream)
    assert (error.value.code, error.value.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_COMMANDS")
    with pytest.raises(RpcError) as too_many:
        next(watched.segments())
    assert too_many.value.code == grpc.StatusCode.RESOURCE_EXHAUSTED
    watching.pop().close()  # type: ignore[attr-defined]
    assert interactions([next(watched.customer())]) == [1]


def test_pr10_entering_and_leaving_a_segment_is_told(watched: Watched) -> None:
    """In sequence, with which way the customer went; what other segments tell is left out where names are given."""
    watched.steps = [watched.consents(granted=True), watched.happens(3), watched.consents(granted=False)]
    told = [each.change for each in watched.segments(SEGMENT)]
    assert [(each.customer_id, each.segment, each.kind) for each in told] == [
        ("C1", SEGMENT, SEGMENT_CHANGE_KIND_ENTERED),
        ("C1", SEGMENT, SEGMENT_CHANGE_KIND_LEFT),
    ]
    assert [each.sequence for each in told] == sorted({each.sequence for each in told})
    watched.connection.active = True
    assert list(watched.segments("waiting_vips")) == []


def test_pr10_watching_segments_goes_on_after_a_token(watched: Watched) -> None:
    """Each change at least once: what came after the token is told again, and what is new as well."""
    watched.steps = [watched.consents(granted=True)]
    (entered,) = watched.segments()
    watched.consents(granted=False)()
    watched.worker.run_until_quiet()
    watched.connection.active = True
    again = [each.change for each in watched.segments(resume_token=entered.resume_token)]
    assert again[-1].kind == SEGMENT_CHANGE_KIND_LEFT
    assert {each.sequence for each in again} >= {entered.change.sequence + 1}


@pytest.mark.parametrize(("field", "names"), [("segments", [""]), ("segments", ["x"] * 101)])
def test_pr10_wrong_names_of_segments_are_refused(watched: Watched, field: str, names: list[str]) -> None:
    """Empty ones, and more than a hundred."""
    with pytest.raises(RpcError) as error:
        list(islice(watched.segments(*names), 1))
    assert error.value.metadata["field"] == field
