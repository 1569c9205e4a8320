"""SetConsent and SetField: what people lay down goes through the log, and the call waits until the record shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.clock import ManualClock
from chassis.memory.broker import MemoryBroker
from chassis.rpc.awaited import Waiting
from chassis.rpc.errors import RpcError
from customer_profile.domain.decided import CONSENTS_KEPT
from rapport.common.v1.common_pb2 import Origin
from rapport.interactions.v1.decision_pb2 import Consent, Decision, PointsSpending
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.profile.v1 import facets_pb2 as facets
from rapport.profile.v1 import profile_pb2 as pb
from tests.unit.customer_profile.serving import serve
from tests.unit.customer_profile.world import World, interaction, observation
from tests.unit.wire.world import ANN, JOE, JOE_SHOP, START, after

DAY = timedelta(days=1)
TOPIC = "rapport.decisions"


class Caller:
    """The server, with a worker that works whenever a call waits."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.worker = world.runner()
        self.works = True
        # Seconds pass only while the worker rests, so that a call then ends.
        passed = iter(range(0, 10_000, 5))

        def wait(_: float) -> None:
            if self.works:
                self.worker.run_until_quiet()

        init: Any = Waiting.__init__
        now = lambda: 0.0 if self.works else float(next(passed))  # noqa: E731 - in place of time.monotonic
        monkeypatch.setattr(init, "__kwdefaults__", {**init.__kwdefaults__, "sleep": wait, "now": now})
        self.server = serve(world)

    def consent(self, request_id: str = "r1", **changed: Any) -> pb.CustomerRecord:
        """Agree to the newsletter by e-mail, unless something else is said."""
        fields = {"name": "customers/C1", "purpose": "newsletter", "channel": "email", "granted": True, "owner": "S-17"}
        request = pb.SetConsentRequest(**{**fields, "request_id": request_id, **changed})
        return pb.CustomerRecord.FromString(self.server.set_consent(request, None))

    def field(self, value: str, request_id: str = "r1", **changed: Any) -> pb.CustomerRecord:
        """Lay down the e-mail address, unless something else is said."""
        fields = {"name": "customers/C1", "field": "email", "owner": "S-17", "reason": "told by phone"}
        request = pb.SetFieldRequest(**{**fields, "value": value, "request_id": request_id, **changed})
        return pb.CustomerRecord.FromString(self.server.set_field(request, None))

    def decided(self) -> list[Decision]:
        """All decisions on the topic."""
        return [Decision.FromString(record.value or b"") for record in self.world.broker.records(TOPIC)]


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> Caller:
    """Joe, anchored on his Instagram account, and Ann; a day after what they did."""
    world = World()
    world.belongs("C1", JOE, JOE_SHOP)
    world.belongs("C2", ANN)
    world.interacted(
        interaction("e1", JOE), observation("e2", JOE_SHOP, 1, email="joe@shop.example"), interaction("e3", ANN, 2)
    )
    world.settle()
    world.clock.advance(DAY)
    return Caller(world, monkeypatch)


def refused(call: Callable[[], object]) -> RpcError:
    with pytest.raises(RpcError) as error:
        call()
    return error.value


def time(days: float) -> Timestamp:
    return after(timedelta(days=days))


def test_pr5_consent_goes_through_the_log_and_the_answer_is_the_record_that_shows_it(caller: Caller) -> None:
    """A decision on the anchor account, under the request id, with proof and time."""
    record = caller.consent(proof="form-v7", reason="asked at the till", decide_time=time(0.5), expire_time=time(9))
    (decision,) = caller.decided()
    assert (decision.account_key, decision.event_id, decision.decided_at) == (JOE, "r1", time(0.5))
    assert record == caller.world.published("C1")[-1]
    (state,) = record.consents
    assert state == facets.ConsentState(
        purpose="newsletter",
        channel="email",
        granted=True,
        decide_time=time(0.5),
        expire_time=time(9),
        proof="form-v7",
        owner="S-17",
        reason="asked at the till",
        event_id="r1",
        account_key=JOE,
    )
    assert "consents" in record.changed_sections


def test_pr5_the_newest_consent_holds_whatever_the_order_in_which_it_is_told(caller: Caller) -> None:
    """A form that is typed in late does not take back what was decided since; the call is answered all the same."""
    assert not caller.consent("r1", granted=False).consents[0].granted
    record = caller.consent("r2", decide_time=time(0.1))
    assert [(each.granted, each.event_id) for each in record.consents] == [(False, "r1")]


def test_pr5_an_expired_consent_is_withdrawn_by_the_clock(caller: Caller) -> None:
    """The record changes at that time, and says why by its expiry."""
    caller.consent(expire_time=time(3))
    caller.world.clock.advance(1 * DAY)
    caller.worker.run_until_quiet()
    assert caller.world.record("C1").consents[0].granted
    caller.world.clock.advance(1 * DAY)
    caller.worker.run_until_quiet()
    (state,) = caller.world.record("C1").consents
    assert (state.granted, state.expire_time) == (False, time(3))


def test_pr5_across_a_merge_the_stricter_of_two_at_one_time_holds_and_a_split_gives_each_its_own(
    caller: Caller,
) -> None:
    """Nothing of it is moved: the decisions stay with their accounts."""
    world = caller.world
    mine = caller.consent("r1", decide_time=time(0.5))
    hers = caller.consent("r2", name="customers/C2", granted=False, decide_time=time(0.5))
    world.merged("C2", "C1")
    world.belongs("C1", JOE, JOE_SHOP, ANN, absorbed=["C2"])
    caller.worker.run_until_quiet()
    assert list(world.record("C1").consents) == list(hers.consents)
    world.belongs("C2", ANN)
    world.belongs("C1", JOE, JOE_SHOP)
    caller.worker.run_until_quiet()
    assert list(world.record("C1").consents) == list(mine.consents)
    assert list(world.record("C2").consents) == list(hers.consents)


def test_pr5_decisions_stand_in_the_timeline_among_what_happened(caller: Caller) -> None:
    """By the time of the decision, with who, why and when it came to be known; also under an event's own id."""
    caller.consent("e1", decide_time=time(0))
    caller.field("joe@new.example", "r2")
    request = pb.ListTimelineRequest(parent="customers/C1", page_size=1)
    entries: list[pb.TimelineEntry] = []
    while True:
        page = pb.ListTimelineResponse.FromString(caller.server.list_timeline(request, None))
        entries += page.entries
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    told = [each.decision.event_id or each.interaction.event_id for each in entries]
    assert told == ["r2", "e2", "e1", "e1"]
    assert [each.HasField("decision") for each in entries] == [True, False, True, False]
    assert entries[0].decision.field.value == "joe@new.example"
    assert all(each.HasField("known_at") for each in entries)
    only = pb.ListTimelineRequest(parent="customers/C1", filter=pb.TimelineFilter(kinds=["consent"]))
    (entry,) = pb.ListTimelineResponse.FromString(caller.server.list_timeline(only, None)).entries
    assert (entry.account_key, entry.decision.consent.purpose) == (JOE, "newsletter")


def test_pr2_a_field_by_hand_outranks_the_sources_until_it_is_taken_back_or_expires(caller: Caller) -> None:
    """With owner and reason; what the sources say is among those that lost, and comes back."""
    email = caller.field("joe@new.example", "r1").contact.email
    assert (email.value, email.survivorship) == ("joe@new.example", pb.SURVIVORSHIP_BY_HAND)
    assert (email.owner, email.reason, email.event_id, email.account_key) == ("S-17", "told by phone", "r1", JOE)
    assert [each.value for each in email.others] == ["joe@shop.example"]
    assert caller.field("", "r2").contact.email.value == "joe@shop.example"
    assert caller.field("x@y.example", "r3", expire_time=time(2)).contact.email.expire_time == time(2)
    caller.world.clock.advance(DAY)
    caller.worker.run_until_quiet()
    assert caller.world.record("C1").contact.email.value == "joe@shop.example"


def test_pr2_taking_back_what_was_never_laid_down_is_answered_with_the_record_as_it_is(caller: Caller) -> None:
    """The decision stands in the timeline all the same."""
    record = caller.field("", field="phone")
    assert not record.contact.HasField("phone")
    assert [each.field.field for each in caller.decided()] == ["phone"]


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("email", "maria.o'neil+shop@post.example.com", "maria at example.com"),
        ("email", "m@b.co", "m@b"),
        ("phone", "+44 (20) 7946-0000", "call me"),
        ("phone", "020 794600", "12"),
        ("date_of_birth", "1984-02-29", "1983-02-29"),
        ("date_of_birth", "2001-01-01", "19840229"),
        ("language", "pt-BR", "brazilian portuguese"),
        ("postal_address", "1 High Street\nLondon", "a\x00b"),
        ("given_name", "Ana María", "Ana\nMaría"),
        ("company", "x" * 500, "x" * 501),
        ("full_name", "Joe", " Joe "),
    ],
)
def test_pr2_a_value_by_hand_must_be_what_its_field_is_for(caller: Caller, field: str, good: str, bad: str) -> None:
    """INVALID_FIELD names the field and what would be right, never the value; nothing is written."""
    error = refused(lambda: caller.field(bad, field=field))
    assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert error.metadata == {"field": "value"}
    assert bad not in error.message
    assert caller.decided() == []
    assert getattr(caller.field(good, field=field).contact, field).value == good


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"purpose": ""}, "purpose"),
        ({"purpose": "News letter"}, "purpose"),
        ({"purpose": "x" * 65}, "purpose"),
        ({"channel": "E-Mail"}, "channel"),
        ({"proof": "x" * 501}, "proof"),
        ({"owner": " "}, "owner"),
        ({"reason": "x" * 1001}, "reason"),
        ({"request_id": ""}, "request_id"),
        ({"request_id": "x" * 129}, "request_id"),
        ({"decide_time": time(1.1)}, "decide_time"),
        ({"decide_time": Timestamp(seconds=-(10**12))}, "decide_time"),
        ({"expire_time": time(0.9)}, "expire_time"),
        ({"decide_time": time(0.5), "expire_time": time(0.5)}, "expire_time"),
        ({"expire_time": Timestamp(seconds=10**12)}, "expire_time"),
        ({"name": "C1"}, "name"),
    ],
)
def test_pr5_a_malformed_consent_is_the_callers_mistake(caller: Caller, changed: dict[str, Any], field: str) -> None:
    """INVALID_ARGUMENT with the field; nothing is written."""
    error = refused(lambda: caller.consent(**changed))
    assert (error.code, error.metadata) == (grpc.StatusCode.INVALID_ARGUMENT, {"field": field})
    assert caller.decided() == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"field": "shoe_size"}, "field"),
        ({"reason": " "}, "reason"),
        ({"owner": "x" * 201}, "owner"),
        ({"expire_time": time(1)}, "expire_time"),
    ],
)
def test_pr2_a_malformed_field_is_the_callers_mistake(caller: Caller, changed: dict[str, Any], field: str) -> None:
    """INVALID_ARGUMENT with the field; an expiry of nothing is one too."""
    error = refused(lambda: caller.field("a@b.example", **changed))
    assert (error.code, error.metadata) == (grpc.StatusCode.INVALID_ARGUMENT, {"field": field})
    assert refused(lambda: caller.field("", expire_time=time(9))).metadata == {"field": "expire_time"}
    assert caller.decided() == []


def test_pr5_a_repeated_call_decides_once(caller: Caller) -> None:
    """Also where the first one ended before the outcome was known; an absent time is the same absent time."""
    caller.works = False
    error = refused(caller.consent)
    assert (error.code, error.reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "OUTCOME_PENDING")
    caller.works = True
    caller.worker.run_until_quiet()
    caller.world.clock.advance(DAY)
    first = caller.consent()
    assert caller.consent() == first
    assert first.consents[0].decide_time == time(1)
    assert len(caller.decided()) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"granted": False},
        {"purpose": "offers"},
        {"channel": ""},
        {"proof": "form-v8"},
        {"owner": "S-18"},
        {"reason": "another"},
        {"expire_time": time(9)},
        {"decide_time": time(0.2)},
    ],
)
def test_pr5_a_request_id_stands_for_one_decision(caller: Caller, changed: dict[str, Any]) -> None:
    """Whatever is different, another decision under it is refused, and so is another kind of decision."""
    caller.consent()
    error = refused(lambda: caller.consent(**changed))
    assert (error.code, error.reason) == (grpc.StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")
    assert refused(lambda: caller.field("a@b.example")).reason == "REQUEST_ID_REUSED"
    assert len(caller.decided()) == 1


def test_a_stale_etag_is_refused_and_a_repeated_call_is_not(caller: Caller) -> None:
    """The record moved on by the call's own decision."""
    etag = caller.world.record("C1").etag
    first = caller.consent(etag=etag)
    assert first.etag != etag
    assert caller.consent(etag=etag) == first
    error = refused(lambda: caller.consent("r2", granted=False, etag=etag))
    assert (error.code, error.reason, error.metadata) == (
        grpc.StatusCode.ABORTED,
        "ETAG_MISMATCH",
        {"field": "etag"},
    )
    assert not caller.consent("r2", granted=False, etag=first.etag).consents[0].granted


def test_nobody_cannot_be_decided_about_and_a_merged_away_id_stands_for_its_survivor(caller: Caller) -> None:
    """NOT_FOUND, also where nothing is computed yet; the survivor's record says whom it was asked by."""
    assert refused(lambda: caller.consent(name="customers/C9")).reason == "CUSTOMER_NOT_FOUND"
    world = caller.world
    world.merged("C3", "C4")
    world.merged("C2", "C1")
    world.belongs("C1", JOE, JOE_SHOP, ANN, absorbed=["C2"])
    caller.worker.run_until_quiet()
    assert refused(lambda: caller.consent(name="customers/C3")).reason == "NOT_COMPUTED_YET"
    record = caller.consent(name="customers/C2")
    assert (record.customer_id, record.merged_from, record.consents[0].account_key) == ("C1", "C2", JOE)


def test_pr5_more_purposes_than_are_kept_are_refused(caller: Caller) -> None:
    """With the limit; a newer decision on a known one is taken."""
    for number in range(CONSENTS_KEPT):
        caller.world.publish(
            "decisions", JOE, decision(f"q{number}", consent=Consent(purpose=f"p{number}")).SerializeToString()
        )
    caller.worker.run_until_quiet()
    error = refused(caller.consent)
    assert (error.code, error.metadata) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        {"field": "purpose", "limit": str(CONSENTS_KEPT)},
    )
    record = caller.consent(purpose="p7", channel="")
    assert len(record.consents) == CONSENTS_KEPT
    assert [each.purpose for each in record.consents if each.granted] == ["p7"]


def decision(event_id: str, account: str = JOE, **fields: Any) -> Decision:
    decided = Decision(event_id=event_id, account_key=account, owner="S-17", reason="asked", **fields)
    decided.decided_at.FromDatetime(START)
    return decided


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (decision("r", consent=Consent(purpose="no blanks")), "INVALID_FIELD"),
        (decision("", consent=Consent(purpose="newsletter")), "INVALID_FIELD"),
        (decision("r", "tiktok:else", consent=Consent(purpose="newsletter")), "KEY_MISMATCH"),
    ],
)
def test_a_decision_that_cannot_be_used_is_a_dead_letter(caller: Caller, bad: Decision, reason: str) -> None:
    """With its reason; those after it are taken in."""
    caller.world.publish("decisions", JOE, bad.SerializeToString())
    caller.world.publish("decisions", JOE, b"\xff")
    caller.consent("r2")
    assert sorted(each for each, _ in caller.world.dead_letters()) == sorted([reason, "UNPARSEABLE"])


def test_decisions_of_other_services_are_passed_over(caller: Caller) -> None:
    """Points are the tier's."""
    before = caller.world.personas()
    caller.world.publish("decisions", JOE, decision("r", points_spending=PointsSpending(points=1)).SerializeToString())
    caller.worker.run_until_quiet()
    assert caller.world.personas() == before
    assert caller.world.dead_letters() == []


def test_pr4_a_record_as_of_a_time_has_the_decisions_that_were_known_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recorded then, or computed anew from the timeline: not what was typed in later, though it was decided before."""
    clock = ManualClock(START)
    world = World(clock=clock, broker=MemoryBroker(clock))
    world.belongs("C1", JOE)
    world.interacted(interaction("e1", JOE))
    world.settle()
    caller = Caller(world, monkeypatch)
    clock.advance(DAY)
    caller.consent("r1", expire_time=time(9))
    caller.field("joe@new.example", "r2")
    clock.advance(DAY)
    caller.consent("r3", granted=False, decide_time=time(1.5))
    for basis in (pb.IDENTITY_BASIS_THEN, pb.IDENTITY_BASIS_NOW):
        for days, granted in ((0.5, []), (1.2, [True]), (1.8, [True]), (2, [False])):
            request = pb.GetCustomerRequest(name="customers/C1", as_of=time(days), identity=basis)
            record = pb.CustomerRecord.FromString(caller.server.get_customer(request, None))
            assert [each.granted for each in record.consents] == granted, (basis, days)
            assert record.contact.email.value == ("joe@new.example" if granted else "")


def test_pr3_a_personal_account_is_found_as_the_source_has_it_behind_a_decision(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was laid down last bears the key only; the filter looks at what the account sent."""
    world = World()
    mail = "email:h_abcdefghijklmnopqrstuvwxyz"
    world.belongs("C1", mail)
    written = interaction("e1", mail, 1)
    written.account.id = "Maria@Example.org"
    message = IdentifiedInteraction(
        interaction=written, account_key=mail, origin=Origin(topic="interactions", epoch=1, offset=9)
    )
    world.publish("identified-interactions", mail, message.SerializeToString())
    world.settle()
    world.clock.advance(DAY)
    caller = Caller(world, monkeypatch)
    caller.consent()
    only = pb.ListTimelineRequest(parent="customers/C1", filter=pb.TimelineFilter(accounts=["email:maria@example.org"]))
    entries = pb.ListTimelineResponse.FromString(caller.server.list_timeline(only, None)).entries
    assert [each.HasField("decision") for each in entries] == [True, False]
