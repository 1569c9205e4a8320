"""Records as they were: what was answered at a time is answered of that time for ever, whatever happened since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.clock import ManualClock
from chassis.memory.broker import MemoryBroker
from chassis.rpc.errors import RpcError
from customer_profile.adapters.documents import RECORDS, VERSIONS
from customer_profile.adapters.rpc import CustomerProfile
from customer_profile.application import recomputing
from rapport.advocacy.v1.advocacy_pb2 import Score
from rapport.interactions.v1.decision_pb2 import Consent, Decision, FieldByHand
from rapport.interactions.v1.interaction_pb2 import Interaction, Like
from rapport.profile.v1.profile_pb2 import (
    IDENTITY_BASIS_NOW,
    IDENTITY_BASIS_THEN,
    CustomerRecord,
    GetCustomerRequest,
    IdentityBasis,
)
from tests.unit.customer_profile.serving import refused, serve
from tests.unit.customer_profile.world import World, facts, interaction, observation, purchase, returned
from tests.unit.wire.world import START

MINUTE = timedelta(minutes=1)
START_SECONDS = int(START.timestamp())
ACCOUNTS = ("instagram:a", "email:h_b", "web_shop:c", "tiktok:d")
IDS = ("C1", "C2", "C3", "C4")
"""The customer ids that the accounts are born with; a merge keeps the lesser."""


def now(world: World) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(world.clock.now())
    return stamp


def as_of(
    api: CustomerProfile, customer: str, time: Timestamp, basis: IdentityBasis.ValueType = IDENTITY_BASIS_THEN
) -> CustomerRecord | str:
    """The record at that time, or the reason why there is none."""
    request = GetCustomerRequest(name=f"customers/{customer}", as_of=time, identity=basis)
    return _answer(api, request)


def _answer(api: CustomerProfile, request: GetCustomerRequest) -> CustomerRecord | str:
    try:
        return CustomerRecord.FromString(api.get_customer(request, None))
    except RpcError as error:
        assert error.code == grpc.StatusCode.NOT_FOUND
        return error.reason


def _world() -> World:
    clock = ManualClock(START)
    return World(clock=clock, broker=MemoryBroker(clock))


@dataclass
class History:
    """A world in which things happen minute by minute, and what look-ups were answered with on the way."""

    world: World = field(default_factory=_world)
    belonging: dict[str, str] = field(default_factory=lambda: dict(zip(ACCOUNTS, IDS, strict=True)))
    happened: list[tuple[Timestamp, Interaction | Decision]] = field(default_factory=list)
    answered: list[tuple[Timestamp, str, CustomerRecord | str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """One worker and one server for all of it."""
        self.worker = self.world.runner()
        self.api = serve(self.world)

    def begin(self) -> None:
        for customer in IDS:
            self.tell(customer)
        self.settle()

    def act(self, step: tuple[Any, ...]) -> None:
        """Do a step of the history, let the service work, and look everybody up."""
        self.world.clock.advance(MINUTE)
        kind, *arguments = step
        getattr(self, kind)(*arguments)
        self.settle()

    def settle(self) -> None:
        self.worker.run_until_quiet()
        for customer in IDS:
            answer = _answer(self.api, GetCustomerRequest(name=f"customers/{customer}"))
            self.answered.append((now(self.world), customer, answer))

    def happen(self, what: Interaction | Decision) -> None:
        self.happened.append((now(self.world), what))
        publish(self.world, what)

    def scored(self, customer: str, score: int) -> None:
        message = Score(customer_id=customer, score=score, version=len(self.answered))
        self.world.publish("advocacy-scores", customer, message.SerializeToString())

    def merge(self, one: str, other: str) -> None:
        into, away = sorted((one, other))
        if into == away or not self.holds(into) or not self.holds(away):
            return
        self.belonging = {account: into if held == away else held for account, held in self.belonging.items()}
        self.world.merged(away, into)
        self.tell(into)

    def split(self, account: str) -> None:
        birth = IDS[ACCOUNTS.index(account)]
        held = self.belonging[account]
        if held == birth or self.holds(birth):
            return
        self.belonging[account] = birth
        self.tell(birth)
        self.tell(held)

    def tell(self, customer: str) -> None:
        """Publish the customer's membership, its anchor first, as identity resolution would."""
        accounts = self.holds(customer)
        absorbed = [id_ for id_ in IDS if id_ != customer and self._home(id_) == customer and not self.holds(id_)]
        self.world.belongs(customer, *accounts, absorbed=absorbed)

    def holds(self, customer: str) -> list[str]:
        anchor = ACCOUNTS[IDS.index(customer)]
        held = [account for account, id_ in self.belonging.items() if id_ == customer]
        return sorted(held, key=lambda account: account != anchor)

    def _home(self, customer: str) -> str:
        return self.belonging[ACCOUNTS[IDS.index(customer)]]


def publish(world: World, what: Interaction | Decision) -> None:
    if isinstance(what, Decision):
        world.publish("decisions", what.account_key, what.SerializeToString())
    else:
        world.interacted(what)


def _event(number: int, account: str, minutes: int, kind: str) -> Interaction:
    """What somebody did; repeats of order numbers and returns of other accounts' orders among it."""
    event_id = f"e{number}"
    if kind == "purchase":
        return purchase(event_id, account, minutes, f"o{number % 3}", 100 * number + 1)
    if kind == "return":
        return returned(event_id, account, minutes, f"r{number % 2}", 50)
    if kind == "observation":
        return observation(
            event_id, account, minutes, given_name=f"Name {number % 3}", email=f"{number % 2}@example.org"
        )
    if kind == "like":
        return interaction(event_id, account, minutes, like=Like(post_id="p"))
    return interaction(event_id, account, minutes)


@st.composite
def steps(draw: st.DrawFn, *, scores: bool) -> list[tuple[Any, ...]]:
    """Events, early and late, decisions, merges and splits, in any order."""
    kinds = ["happen"] * 5 + ["decide"] + ["merge", "split"] * 2 + ["scored"] * scores
    found: list[tuple[Any, ...]] = []
    for number in range(draw(st.integers(3, 14))):
        kind = draw(st.sampled_from(kinds))
        account, customer = draw(st.sampled_from(ACCOUNTS)), draw(st.sampled_from(IDS))
        if kind == "happen":
            what = draw(st.sampled_from(["comment", "purchase", "return", "observation", "like"]))
            found.append(("happen", _event(number, account, draw(st.integers(-3000, 14)), what)))
        elif kind == "decide":
            found.append(("happen", _decision(number, account, draw(st.booleans()))))
        elif kind == "merge":
            found.append(("merge", customer, draw(st.sampled_from(IDS))))
        elif kind == "split":
            found.append(("split", account))
        else:
            found.append(("scored", customer, draw(st.integers(0, 1000))))
    return found


def _decision(number: int, account: str, consents: bool) -> Decision:
    decision = Decision(event_id=f"d{number}", account_key=account, owner="S-1", reason="asked")
    decision.decided_at.FromSeconds(1_767_225_600 + number)
    if consents:
        decision.consent.CopyFrom(Consent(purpose="newsletter", granted=number % 2 == 0))
    else:
        decision.field.CopyFrom(FieldByHand(field="given_name", value=f"Hand {number}"))
    return decision


@settings(max_examples=40, deadline=None)
@given(steps(scores=True))
def test_pr4_what_was_answered_at_a_time_is_answered_of_that_time(history: list[tuple[Any, ...]]) -> None:
    """Merges, splits, undone merges, late events, decisions and scores: every answer ever given is given again."""
    made = History()
    made.begin()
    for step in history:
        made.act(step)
    made.world.clock.advance(MINUTE)
    for time, customer, answer in made.answered:
        expected = answer if isinstance(answer, CustomerRecord) else "NOT_RECORDED"
        assert as_of(made.api, customer, time) == expected


@settings(max_examples=40, deadline=None)
@given(steps(scores=False), st.data())
def test_pr4_under_todays_identity_it_is_as_if_that_had_always_held(
    history: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    """A fresh world in which today's memberships held all along, and only what was known by then came: equal facts."""
    made = History()
    made.begin()
    for step in history:
        made.act(step)
    time = data.draw(st.sampled_from([each for each, _, _ in made.answered]))
    known = [what for at, what in made.happened if at.ToDatetime() <= time.ToDatetime()]
    other = History(belonging=dict(made.belonging))
    for customer in IDS:
        if other.holds(customer):
            other.tell(customer)
    for what in known:
        publish(other.world, what)
    other.world.clock.advance(time.ToDatetime() - now(other.world).ToDatetime())
    other.worker.run_until_quiet()
    for customer in IDS:
        if not other.holds(customer):
            continue
        answer = as_of(made.api, customer, time, IDENTITY_BASIS_NOW)
        expected = _answer(other.api, GetCustomerRequest(name=f"customers/{customer}"))
        assert isinstance(expected, CustomerRecord)
        if not expected.activity.interactions and not expected.consents and not _by_hand(known, other, customer):
            assert answer == "NOT_RECORDED"
        else:
            assert isinstance(answer, CustomerRecord)
            assert timeless(answer) == timeless(expected)


def _by_hand(known: Sequence[Interaction | Decision], other: History, customer: str) -> bool:
    return any(isinstance(what, Decision) and other.belonging[what.account_key] == customer for what in known)


def timeless(record: CustomerRecord) -> CustomerRecord:
    """The record without what depends on when it was computed before: since when, and what differs from that."""
    bare = facts(record)
    for name in ("changed_sections", "parted"):
        bare.ClearField(name)
    bare.lifecycle.ClearField("since")
    bare.lifecycle.ClearField("previous_stage")
    for segment in bare.segments:
        segment.ClearField("enter_time")
    return bare


@pytest.fixture
def history() -> History:
    """C1 and C2, each with an event in minute 1; C2 is merged into C1 in minute 2, and split off in minute 3."""
    made = History()
    made.begin()
    made.world.interacted(interaction("e1", ACCOUNTS[0]))
    made.act(("happen", interaction("e2", ACCOUNTS[1])))
    made.act(("merge", "C1", "C2"))
    made.act(("split", ACCOUNTS[1]))
    made.world.clock.advance(MINUTE)
    return made


def minute(number: int) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(START + number * MINUTE)
    return stamp


def record_of(answer: CustomerRecord | str) -> CustomerRecord:
    assert isinstance(answer, CustomerRecord)
    return answer


def test_pr4_the_identity_that_held_then_is_not_the_one_that_holds_now(history: History) -> None:
    """While they were one, the id merged away answers with the survivor; under today's identity with its own part."""
    then = record_of(as_of(history.api, "C2", minute(2)))
    assert (then.customer_id, then.merged_from, then.activity.interactions) == ("C1", "C2", 2)
    today = record_of(as_of(history.api, "C2", minute(2), IDENTITY_BASIS_NOW))
    assert (today.customer_id, today.merged_from, today.activity.interactions) == ("C2", "", 1)
    assert list(today.accounts) == [ACCOUNTS[1]]


def test_pr4_a_split_id_answers_with_its_own_part_and_the_other_is_named(history: History) -> None:
    """After the split both ids have a record, and the one that was split says who has what was its own."""
    kept = record_of(_answer(history.api, GetCustomerRequest(name="customers/C1")))
    parted = record_of(_answer(history.api, GetCustomerRequest(name="customers/C2")))
    assert (list(kept.accounts), list(kept.parted)) == ([ACCOUNTS[0]], ["C2"])
    assert (list(parted.accounts), list(parted.parted), parted.merged_from) == ([ACCOUNTS[1]], [], "")


def test_pr4_before_the_first_record_nothing_is_recorded(history: History) -> None:
    """A customer that is known today, asked of a time before, is told apart from one that is not known at all."""
    before = minute(-1)
    for basis in (IDENTITY_BASIS_THEN, IDENTITY_BASIS_NOW):
        assert as_of(history.api, "C1", before, basis) == "NOT_RECORDED"
        assert as_of(history.api, "C9", before, basis) == "CUSTOMER_NOT_FOUND"


def test_pr4_without_a_basis_the_identity_then_is_meant_and_a_mask_cuts(history: History) -> None:
    """The answer has the fields asked for, and says all the same whom it was merged into."""
    request = GetCustomerRequest(
        name="customers/C2", as_of=minute(2), read_mask=FieldMask(paths=["activity.interactions"])
    )
    answer = record_of(_answer(history.api, request))
    assert [field.name for field, _ in answer.ListFields()] == ["merged_from", "activity"]
    assert answer.activity.interactions == 2


def test_pr4_score_and_tier_under_todays_identity_are_those_of_the_customers_own_id(history: History) -> None:
    """A score that came later is not known yet; one that had come then is shown as it was."""
    history.act(("scored", "C1", 300))
    at_300 = now(history.world)
    history.act(("scored", "C1", 700))
    history.world.clock.advance(MINUTE)
    answers = [
        record_of(as_of(history.api, "C1", time, IDENTITY_BASIS_NOW))
        for time in (minute(3), at_300, now(history.world))
    ]
    assert [(each.HasField("score"), each.score.score) for each in answers] == [(False, 0), (True, 300), (True, 700)]


@pytest.mark.parametrize(
    ("field", "request_fields"),
    [
        ("as_of", {"as_of": {"seconds": START_SECONDS + 86_400}}),
        ("as_of", {"as_of": {"seconds": 10**15}}),
        ("as_of", {"as_of": {"seconds": START_SECONDS, "nanos": -1}}),
        ("as_of", {"as_of": {"seconds": START_SECONDS, "nanos": 10**9}}),
        ("identity", {"as_of": {"seconds": START_SECONDS}, "identity": 7}),
        ("identity", {"identity": IDENTITY_BASIS_NOW}),
        ("name", {"name": "C1", "as_of": {"seconds": START_SECONDS}}),
    ],
)
def test_pr4_a_wrong_request_is_refused_with_its_field(
    history: History, field: str, request_fields: dict[str, Any]
) -> None:
    """A time in the future or none at all, a basis that nobody knows, or one without a time."""
    request = GetCustomerRequest(**{"name": "customers/C1", **request_fields})
    error = refused(history.api.get_customer, request)
    assert (error.code, error.metadata) == (grpc.StatusCode.INVALID_ARGUMENT, {"field": field})


def test_pr4_a_timeline_too_long_to_compute_anew_is_refused(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a call only so much is folded; the record as it was is answered all the same."""
    init: Any = recomputing.Recomputing.__init__
    monkeypatch.setattr(init, "__kwdefaults__", {**init.__kwdefaults__, "most_rows": 1, "rows_at_once": 1})
    history.world.interacted(interaction("e3", ACCOUNTS[0]))
    history.settle()
    request = GetCustomerRequest(name="customers/C1", as_of=minute(3), identity=IDENTITY_BASIS_NOW)
    error = refused(history.api.get_customer, request)
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "CUSTOMER_TOO_LARGE")
    assert isinstance(as_of(history.api, "C1", minute(3)), CustomerRecord)
    assert isinstance(as_of(history.api, "C2", minute(3), IDENTITY_BASIS_NOW), CustomerRecord)


def test_pr4_rows_are_read_in_pieces_and_each_once(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the pieces, also where many things happened at one moment."""
    init: Any = recomputing.Recomputing.__init__
    monkeypatch.setattr(init, "__kwdefaults__", {**init.__kwdefaults__, "rows_at_once": 2})
    history.world.interacted(*(interaction(f"m{number}", ACCOUNTS[0], 1) for number in range(7)))
    history.settle()
    time = now(history.world)
    history.world.clock.advance(MINUTE)
    answer = record_of(as_of(history.api, "C1", time, IDENTITY_BASIS_NOW))
    assert answer.activity.interactions == 8


def test_pr4_what_came_to_be_known_later_is_not_known_then(history: History) -> None:
    """An event that happened long ago and arrived today counts from today on: what counts is when it was known."""
    history.act(("happen", interaction("late", ACCOUNTS[0], -500)))
    answers = [record_of(as_of(history.api, "C1", time, IDENTITY_BASIS_NOW)) for time in (minute(3), minute(5))]
    assert [each.activity.interactions for each in answers] == [1, 2]


def test_pr4_history_goes_when_its_time_is_over_and_the_present_stays(history: History) -> None:
    """Where the rows of earlier records are gone, they are not recorded any more; the record of today answers on."""
    rows = history.world.stores[VERSIONS].everything()
    assert all(row["expires_at"] > START for row in rows.values())
    history.world.stores[VERSIONS].delete(rows)
    assert as_of(history.api, "C1", minute(1)) == "NOT_RECORDED"
    current = history.world.stores[RECORDS].load(["C1"])["C1"]["message"]
    assert as_of(history.api, "C1", now(history.world)) == CustomerRecord.FromString(current)
