"""What people ask of tiers and decide about them: reasons, ledger, history, watching, previews, overrides, points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import grpc
import pytest

from chassis.rpc.awaited import Waiting
from chassis.rpc.errors import RpcError
from chassis.rpc.following import Watching
from rapport.interactions.v1.decision_pb2 import Decision
from rapport.tier.v1 import tier_pb2 as pb
from tests.unit.vip_tier.advocacy import Advocacy
from tests.unit.vip_tier.world import World, purchase, returned
from tests.unit.wire.world import ANN, JOE, JOE_SHOP
from vip_tier.adapters.advocacy import ADVOCACY
from vip_tier.config import DEFAULT_PROGRAMME

DAY = timedelta(days=1)


class Caller:
    """The server with a worker that works whenever a call waits."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.worker = world.runner()
        self.waits = 0
        self.works = True

        def wait(seconds: float) -> None:
            self.waits += 1
            if self.works:
                self.worker.run_until_quiet()

        for kind in (Waiting, Watching):
            init: Any = kind.__init__
            monkeypatch.setattr(init, "__kwdefaults__", {**init.__kwdefaults__, "sleep": wait})
        self.server = world.server({ADVOCACY: Advocacy()})

    def spend(self, points: int, request_id: str, customer: str = "C1") -> int:
        """Spend, and return what is left."""
        request = pb.SpendPointsRequest(
            parent=f"customers/{customer}", points=points, owner="till-4", reason="order A-17", request_id=request_id
        )
        return int(self.server.spend_points(request, None).points.active)

    def ledger(self, customer: str = "C1", size: int = 100, *, itemize: bool = False) -> list[pb.LedgerEntry]:
        """All entries, page by page."""
        request = pb.ListLedgerRequest(parent=f"customers/{customer}", page_size=size, itemize_transfers=itemize)
        entries: list[pb.LedgerEntry] = []
        while True:
            page = self.server.list_ledger(request, None)
            entries += page.entries
            if not page.next_page_token:
                return entries
            request.page_token = page.next_page_token


class Connection:
    """The context of a call that streams: active for so many looks."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def is_active(self) -> bool:
        self.looks -= 1
        return self.looks >= 0


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> Caller:
    """Joe bought for 400, Ann for 20."""
    world = World()
    world.belongs("C1", JOE, JOE_SHOP)
    world.belongs("C2", ANN)
    world.interacted(purchase("e1", JOE, 0.1, "o1", 40_000), purchase("e2", ANN, 0.1, "o2", 2_000))
    world.settle()
    world.clock.advance(DAY)
    return Caller(world, monkeypatch)


def refused(call: Callable[[], object]) -> RpcError:
    with pytest.raises(RpcError) as error:
        call()
    return error.value


def test_ti9_points_are_spent_through_the_log_and_the_call_waits_for_the_outcome(caller: Caller) -> None:
    """A decision on the anchor account, under the request id; the answer has the balance after it."""
    assert caller.spend(150, "r1") == 250
    (record,) = caller.world.broker.records("rapport.decisions")
    decision = Decision.FromString(record.value or b"")
    assert (record.key, decision.event_id, decision.points_spending.points) == (JOE.encode(), "r1", 150)
    assert [(each.key, each.active, each.active_after) for each in caller.ledger(size=1)] == [
        ("order/o1", 400, 400),
        ("decision/r1", -150, 250),
    ]


def test_ti9_a_repeated_call_spends_once(caller: Caller) -> None:
    """The same request id has the same outcome, also where the first call ended before it was known."""
    caller.works = False
    monotonic = iter(range(0, 1_000, 5))
    caller.server._deciders._decisions._log._waiting = Waiting(sleep=lambda _: None, now=lambda: float(next(monotonic)))
    error = refused(lambda: caller.spend(150, "r1"))
    assert (error.code, error.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "OUTCOME_PENDING")
    caller.worker.run_until_quiet()
    assert caller.spend(150, "r1") == 250
    assert caller.spend(150, "r1") == 250
    assert len(caller.world.broker.records("rapport.decisions")) == 1


def test_ti9_a_request_id_stands_for_one_decision(caller: Caller) -> None:
    """Another one under it is refused."""
    caller.spend(150, "r1")
    error = refused(lambda: caller.spend(151, "r1"))
    assert (error.code, error.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")


def test_ti9_more_points_than_there_are_cannot_be_spent(caller: Caller) -> None:
    """The error says how many are missing; the ledger has no entry, and a repeat is refused too."""
    for _ in range(2):
        error = refused(lambda: caller.spend(401, "r1"))
        assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "INSUFFICIENT_POINTS")
        assert error.metadata["missing"] == "1"
    assert len(caller.ledger()) == 1


def test_ti9_ti7_what_was_spent_stays_spent_through_a_merge_and_its_undo(caller: Caller) -> None:
    """And what was refused stays refused, though together there would have been enough."""
    refused(lambda: caller.spend(401, "r1"))
    caller.spend(100, "r2")
    before = caller.ledger()
    world = caller.world
    world.merged("C2", "C1")
    world.belongs("C1", JOE, JOE_SHOP, ANN, absorbed=["C2"])
    caller.worker.run_until_quiet()
    assert [each.key for each in caller.ledger(itemize=True)] == ["order/o1", "order/o2", "decision/r2"]
    earned, transferred, spent = caller.ledger(size=1)
    assert (earned.key, spent.key) == ("order/o1", "decision/r2")
    assert (transferred.movement, transferred.active, transferred.transferred_from) == (
        pb.MOVEMENT_TRANSFERRED, 20, "C2",
    )  # fmt: skip
    assert spent.active_after == 320
    world.belongs("C2", ANN)
    world.belongs("C1", JOE, JOE_SHOP)
    caller.worker.run_until_quiet()
    assert caller.ledger() == before
    assert [each.active_after for each in caller.ledger("C2")] == [20]


def test_ti9_an_override_and_an_adjustment_show_in_tier_and_ledger(caller: Caller) -> None:
    """Both with who decided and why kept in the decision."""
    request = pb.OverrideTierRequest(
        parent="customers/C1", tier="platinum", owner="S-17", reason="a lost parcel", request_id="q1"
    )
    request.end_time.FromDatetime(caller.world.clock.now() + DAY)
    tier = caller.server.override_tier(request, None).tier
    assert (tier.tier, tier.override.request_id, tier.qualified_tier) == ("platinum", "q1", "platinum")
    adjusted = pb.AdjustPointsRequest(
        parent="customers/C1", points=-50, owner="S-17", reason="given twice", request_id="q2"
    )
    assert caller.server.adjust_points(adjusted, None).points.active == 350
    caller.world.clock.advance(2 * DAY)
    caller.worker.run_until_quiet()
    assert caller.world.tier("C1").tier == "silver"
    assert [pb.ChangeReason.Name(each.reason) for each in caller.world.changes("C1")][-2:] == [
        "CHANGE_REASON_OVERRIDDEN",
        "CHANGE_REASON_OVERRIDE_ENDED",
    ]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"points": 0}, "points"),
        ({"owner": " "}, "owner"),
        ({"reason": ""}, "reason"),
        ({"request_id": "x" * 129}, "request_id"),
        ({"programme": "nobody"}, "programme"),
        ({"parent": "C1"}, "parent"),
    ],
)
def test_ti9_a_malformed_decision_is_the_callers_mistake(caller: Caller, changed: dict[str, Any], field: str) -> None:
    """INVALID_ARGUMENT with the field; nothing is written."""
    good = {"parent": "customers/C1", "points": 1, "owner": "o", "reason": "r", "request_id": "i"}
    error = refused(lambda: caller.server.spend_points(pb.SpendPointsRequest(**{**good, **changed}), None))
    assert (error.code, error.metadata["field"]) == (grpc.StatusCode.INVALID_ARGUMENT, field)
    assert caller.world.broker.records("rapport.decisions") == []


def test_ti5_an_explanation_says_what_is_missing_and_when_it_would_be_there(caller: Caller) -> None:
    """400 points in the last 90 days, 600 to go: another 135 days at that pace."""
    answer = caller.server.explain_tier(pb.ExplainTierRequest(name="customers/C1/tier"), None)
    assert (answer.tier.tier, answer.next.tier) == ("silver", "gold")
    assert [(each.figure, each.amount) for each in answer.next.missing] == [("points", 600)]
    ahead = answer.projected_time.ToDatetime() - caller.world.clock.now().replace(tzinfo=None)
    assert ahead == timedelta(days=135)
    assert [pb.ChangeReason.Name(each.reason) for each in answer.steps] == ["CHANGE_REASON_ENROLLED"]
    assert [(each.figure, each.amount) for each in answer.missing_for_renewal] == [("points", 250)]


def test_ti6_the_history_has_every_change_newest_first_page_by_page(caller: Caller) -> None:
    """The same messages that were published."""
    world = caller.world
    world.interacted(purchase("e3", JOE, 0.5, "o3", 100_000), returned("e4", JOE, 0.6, "r1", 100_000))
    caller.worker.run_until_quiet()
    request, found = pb.ListTierHistoryRequest(parent="customers/C1", page_size=2), []
    while True:
        page = caller.server.list_tier_history(request, None)
        found += page.changes
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    assert found == world.changes("C1")[::-1]
    assert len(found) > 2


def watched(caller: Caller, looks: int, **fields: Any) -> Iterator[pb.WatchTierChangesResponse]:
    answers: Iterator[pb.WatchTierChangesResponse] = caller.server.watch_tier_changes(
        pb.WatchTierChangesRequest(**fields), Connection(looks)
    )
    return answers


def test_ti10_a_customers_changes_are_watched_after_a_sequence(caller: Caller) -> None:
    """Those told already first, then the others as they come; a filter leaves out what is not asked for."""
    world = caller.world
    known = [each.change.sequence for each in watched(caller, 2, parent="customers/C1")]
    assert known == [each.sequence for each in world.changes("C1")]
    world.interacted(purchase("e3", JOE, 0.5, "o3", 100_000))
    following = watched(caller, 4, parent="customers/C1", after_sequence=known[-1])
    assert [(each.change.tier, each.change.sequence) for each in following] == [("gold", known[-1] + 1)]
    assert [each.change.tier for each in watched(caller, 2, parent="customers/C1", tiers=["gold"])] == ["gold"]
    assert list(watched(caller, 2, parent="customers/C1", programmes=["other"])) == []


def test_ti10_everybodys_changes_are_watched_from_now_on_and_resumed_by_token(caller: Caller) -> None:
    """Nothing told is missed between two calls; what comes twice has the same sequence."""
    world = caller.world
    world.interacted(purchase("e3", JOE, 0.5, "o3", 100_000))
    first = list(watched(caller, 3))
    assert [(each.change.customer_id, each.change.tier) for each in first] == [("C1", "gold")]
    world.clock.advance(timedelta(minutes=5))
    world.interacted(purchase("e4", ANN, 0.5, "o4", 100_000))
    caller.worker.run_until_quiet()
    again = {
        (each.change.customer_id, each.change.sequence)
        for each in watched(caller, 2, resume_token=first[-1].resume_token)
    }
    assert ("C2", world.changes("C2")[-1].sequence) in again
    assert refused(lambda: list(watched(caller, 1, after_sequence=3))).metadata["field"] == "after_sequence"


def test_ti10_no_more_calls_follow_than_leave_threads_free(caller: Caller) -> None:
    """RESOURCE_EXHAUSTED, and the place is free again when one ends."""
    open_ = [watched(caller, 9, parent="customers/C1") for _ in range(2)]
    for each in open_:
        next(each)
    error = refused(lambda: next(watched(caller, 9, parent="customers/C1")))
    assert error.code == grpc.StatusCode.RESOURCE_EXHAUSTED
    open_[0].close()  # type: ignore[attr-defined]
    assert next(watched(caller, 9, parent="customers/C1")).change.sequence == 1


def preview(caller: Caller, programmes: str) -> list[pb.PreviewProgrammeResponse]:
    return list(caller.server.preview_programme(pb.PreviewProgrammeRequest(programmes=programmes), Connection(10**6)))


def test_ti8_a_preview_says_who_would_move_and_what_it_costs(caller: Caller) -> None:
    """Over all that is stored; nothing is written, and the progress is told."""
    stored = caller.world.everything()
    text = DEFAULT_PROGRAMME.read_text().replace("points: 250", "points: 20").replace("points: 1000\n", "points: 300\n")
    text = text.replace("points_per_major_unit: 1", "points_per_major_unit: 2")
    answers = preview(caller, text)
    assert [each.shares_done for each in answers] == list(range(1, 257))
    (found,) = answers[-1].previews
    assert (found.customers, found.up, found.down) == (2, 2, 0)
    assert [(each.from_tier, each.to_tier, each.customers) for each in found.moves] == [
        ("member", "silver", 1),
        ("silver", "gold", 1),
    ]
    assert (found.points_before, found.points_after) == (420, 840)
    costs = {each.benefit: (each.before, each.after) for each in found.benefits}
    assert (costs["free_shipping"], costs["early_access"]) == ((1, 2), (0, 1))
    assert {each.customer_id for each in found.examples} == {"C1", "C2"}
    assert caller.world.everything() == stored


def test_ti8_a_preview_of_what_is_in_force_moves_nobody(caller: Caller) -> None:
    """Not even in points."""
    (found,) = preview(caller, DEFAULT_PROGRAMME.read_text())[-1].previews
    assert (found.up, found.down, found.points_before) == (0, 0, found.points_after)


def test_ti8_a_programme_with_a_mistake_is_refused_with_its_place(caller: Caller) -> None:
    """Line and column, as at the start of the service."""
    error = refused(lambda: preview(caller, DEFAULT_PROGRAMME.read_text().replace("name: silver", "name: member")))
    assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_RULES")
    assert "occurs twice" in error.message
