"""The algebra of personas and records: what must not depend on order, on repetition, or on past merges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import milliseconds
from customer_profile.adapters import codec
from customer_profile.config import profile_rules
from customer_profile.domain.basis import Basis
from customer_profile.domain.interaction import Interaction, Order, Return
from customer_profile.domain.ledger import Ledger, totals
from customer_profile.domain.persona import Persona
from customer_profile.domain.reach import Figures
from customer_profile.domain.record import Record
from customer_profile.domain.survivorship import Value
from customer_profile.domain.unify import Known
from customer_profile.domain.unify import unify as computed
from tests.unit.customer_profile.world import SETTINGS
from tests.unit.wire.world import START

A, B, C = "instagram:a", "web_shop:b", "email:h_c"
ACCOUNTS = (A, B, C)
KEPT = 1000
RULES = profile_rules(SETTINGS)
NOW = milliseconds(START)

times = st.integers(-5, 5)
orders = st.builds(
    Order,
    times,
    st.sampled_from(["EUR", "JPY"]),
    st.integers(0, 50),
    st.sampled_from(["store", "live"]),
    st.integers(0, 3),
    st.integers(0, 9),
)
returns = st.builds(Return, times, st.just("EUR"), st.integers(1, 50), st.sampled_from(["", "o", "p"]))
details = st.dictionaries(st.sampled_from(["email", "given_name"]), st.sampled_from("xyz")).map(
    lambda d: tuple(d.items())
)


@st.composite
def interactions(draw: st.DrawFn) -> Interaction:
    """An interaction: with contact values, figures, an order or a return; ids, times and values often collide."""
    order = draw(st.none() | orders)
    returned = draw(returns) if order is None and draw(st.booleans()) else None
    kind = "purchase" if order else "purchase_return" if returned else draw(st.sampled_from(["comment", "brand_reply"]))
    return Interaction(
        event_id=draw(st.sampled_from("123456")),
        at=draw(times),
        kind=kind,
        source=draw(st.sampled_from(["crm", "shop"])),
        details=draw(details),
        figures=draw(st.none() | st.builds(Figures, times, st.integers(0, 5), st.just(0), st.just(0))),
        ledger_id=draw(st.sampled_from("opq")) if order or returned else "",
        order=order,
        returned=returned,
    )


histories = st.dictionaries(st.sampled_from(ACCOUNTS), st.lists(interactions(), max_size=8))


def unify(accounts: Sequence[str], personas: dict[str, Persona]) -> Record:
    """The record of a customer with these accounts, by the rules that ship."""
    return computed(Known(tuple(accounts), personas), Basis(RULES.value, RULES.version), NOW)


def fold(interactions: Sequence[Interaction], kept: int = KEPT) -> Persona:
    persona = Persona()
    for interaction in interactions:
        persona.take_in(interaction, kept)
    return persona


@given(st.lists(interactions(), max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_interactions_does_not_matter(events: list[Interaction], random: object) -> None:
    """A persona is the same whichever way its account's interactions come in."""
    shuffled = list(events)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(shuffled) == fold(events)


@given(histories, st.permutations(ACCOUNTS))
def test_the_order_of_accounts_does_not_matter(history: dict[str, list[Interaction]], order: Sequence[str]) -> None:
    """A record has the same bytes in whatever order its accounts and personas are given."""
    personas = {account: fold(events) for account, events in history.items()}
    turned = {account: personas[account] for account in order if account in personas}
    encode = codec.records().encode
    assert encode(unify(list(turned), turned)) == encode(unify(list(personas), personas))


def _without_account(value: Value) -> Value:
    return value._replace(account="")


def without_accounts(record: Record) -> tuple[object, ...]:
    """What a record says apart from which account did what: as one account would have it."""
    activity = record.activity
    return (
        {
            field: [_without_account(value) for value in (each.best, *each.others)]
            for field, each in record.contact.items()
        },
        (activity.interactions, activity.first_at, activity.last_at, activity.by_kind, activity.brand_replies),
        record.purchases,
    )


@given(histories)
def test_pr8_several_accounts_give_what_one_would_have_given(history: dict[str, list[Interaction]]) -> None:
    """Sums, ledger and latest values over accounts equal those of one account that did it all."""
    personas = {account: fold(events) for account, events in history.items()}
    one = fold([event for events in history.values() for event in events])
    assert without_accounts(unify(list(personas), personas)) == without_accounts(unify([A], {A: one}))


@given(histories)
def test_computing_a_record_changes_no_persona(history: dict[str, list[Interaction]]) -> None:
    """Doing it twice gives the same: nothing of a customer leaks into its accounts, so that a split is exact."""
    personas = {account: fold(events, 2) for account, events in history.items()}
    untouched = {account: fold(events, 2) for account, events in history.items()}
    first = unify(ACCOUNTS, personas)
    assert unify(ACCOUNTS, personas) == first
    assert personas == untouched


@given(histories)
def test_personas_and_records_survive_the_store(history: dict[str, list[Interaction]]) -> None:
    """What is stored and loaded again is what it was."""
    for events in history.values():
        persona = fold(events, 3)
        codecs = codec.personas()
        part = codecs.new(A)
        part.state = persona
        assert codecs.state(codecs.document(part)) == persona
    record = unify(ACCOUNTS, {account: fold(events) for account, events in history.items()})
    assert codec.records().decode(codec.records().encode(record)) == record


@given(st.lists(st.tuples(times, st.integers(0, 9), st.booleans()), max_size=60), st.integers(1, 25))
def test_pr8_rolling_up_keeps_every_sum(entries: list[tuple[int, int, bool]], kept: int) -> None:
    """However few entries are kept one by one, the totals are those of all of them."""
    bounded, whole = Ledger(), Ledger()
    for number, (at, cents, is_order) in enumerate(entries):
        for ledger, limit in ((bounded, kept), (whole, 10_000)):
            if is_order:
                ledger.add_order(f"o{number}", Order(at, "EUR", cents, "store"), limit)
            else:
                ledger.add_return(f"r{number}", Return(at, "EUR", cents), limit)
    expected, sums = totals([whole]), totals([bounded])
    assert sum(each.summed_up for each in sums.values()) == bounded.rolled_up
    assert {currency: replace(each, summed_up=0) for currency, each in sums.items()} == expected
    assert max(len(bounded.orders), len(bounded.returns)) <= kept
    assert len(bounded.orders) + len(bounded.returns) + bounded.rolled_up == len(entries)


def test_pr8_the_oldest_orders_are_rolled_up_and_a_kept_one_still_counts_once() -> None:
    """Beyond the limit the newest stay single, so that a repeat of a recent order is noticed."""
    ledger = Ledger()
    for number in range(2001):
        ledger.add_order(f"o{number}", Order(number, "EUR", 100, "store"), 2000)
    assert ledger.rolled_up == 201, "a tenth more than needed, so that it happens seldom"
    assert min(order.at for order in ledger.orders.values()) == 201
    ledger.add_order("o2000", Order(2000, "EUR", 100, "store"), 2000)
    assert totals([ledger])["EUR"].orders == 2001


def test_pr8_of_several_reports_of_one_order_the_earliest_counts() -> None:
    """Whichever arrives first: a later report of the same number changes nothing."""
    early, late = Order(1, "EUR", 100, "store"), Order(2, "EUR", 70, "live")
    for reports in ((early, late), (late, early)):
        ledger = Ledger()
        for order in reports:
            ledger.add_order("o1", order, KEPT)
        sums = totals([ledger])["EUR"]
        assert (sums.orders, sums.gross, sums.by_source) == (1, 100, {"store": 1})


def test_pr8_returns_that_were_rolled_up_move_no_orders_time() -> None:
    """First and last order are told by orders alone, however many returns are kept as sums."""
    ledger = Ledger()
    ledger.add_order("o1", Order(5, "EUR", 100, "store"), 1)
    for number in range(3):
        ledger.add_return(f"r{number}", Return(number, "EUR", 10), 1)
    sums = totals([ledger])["EUR"]
    assert ledger.rolled_up == 2
    assert (sums.first_at, sums.last_at, sums.returned) == (5, 5, 30)
