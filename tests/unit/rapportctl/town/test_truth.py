"""The truth of a town equals what an independent recount of its stream finds."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapportctl.town import PLANTED, Town, TownEvent, TownSettings, Truth, is_blocked

SHARES = st.sampled_from([0.0, 0.2, 1.0])
TOWNS = st.builds(
    TownSettings,
    people=st.integers(1, 40),
    seed=st.integers(0, 1000),
    duration=st.sampled_from([timedelta(hours=1), timedelta(days=3), timedelta(days=30)]),
    separate_share=SHARES,
    family_share=SHARES,
    untidy_share=SHARES,
    junk_share=SHARES,
    shared_identifiers=SHARES,
    repeat_share=SHARES,
    invalid_share=SHARES,
    other_currency_share=SHARES,
    tying_types=st.sampled_from([TownSettings.__dataclass_fields__["tying_types"].default, ("loyalty_number",)]),
)
TOWNS |= TOWNS.map(TownSettings.tangled)


def counted_once(events: list[TownEvent]) -> list[TownEvent]:
    """Drop what does not count, by account and event id alone."""
    kept: dict[tuple[str, str], TownEvent] = {}
    for event in events:
        if event.interaction is not None:
            kept.setdefault((event.account_key, event.interaction.event_id), event)
    return list(kept.values())


def customers_of(events: list[TownEvent], *, block: bool = True, implied: bool = True) -> set[frozenset[str]]:
    """Connect accounts by the identifiers they bear; `implied`: and by what forms and the ids of accounts imply."""
    planted = {value for _, value in PLANTED} if block else set()
    graph = networkx.Graph()
    for event in events:
        assert event.interaction is not None
        account = ("account", event.account_key)
        graph.add_node(account)
        claims = [(each.type, each.value) for each in event.interaction.identifiers if each.value not in planted]
        if implied:
            told = event.interaction.observation
            claims += [each for each in (("email", told.email), ("phone", told.phone)) if each[1]]
            if event.account_channel in ("email", "phone"):
                claims.append((event.account_channel, event.account_id))
        for kind, value in claims:
            graph.add_edge(account, (kind, re.sub(r"[\s@+.-]", "", value).lower()))
    return {
        frozenset(name for kind, name in component if kind == "account")
        for component in networkx.connected_components(graph)
    }


def expected(truth: Truth) -> set[frozenset[str]]:
    """Give the customers that truth expects."""
    return {frozenset(customer.accounts) for customer in truth.customers}


@settings(max_examples=40, deadline=None)
@given(TOWNS)
def test_the_expected_customers_are_the_connected_components_of_accounts_and_identifiers(chosen: TownSettings) -> None:
    town = Town(chosen)
    events = counted_once(list(town.events()))
    assert expected(town.truth()) == customers_of(events)


@settings(max_examples=40, deadline=None)
@given(TOWNS)
def test_the_figures_equal_a_recount_of_the_stream(chosen: TownSettings) -> None:
    town = Town(chosen)
    sent = list(town.events())
    once = counted_once(sent)
    truth = town.truth()
    totals = truth.totals
    assert totals.events == len(sent)
    assert totals.valid == len(once)
    assert totals.repeated == sum(event.interaction is not None for event in sent) - len(once)
    assert totals.invalid_by_reason == Counter(event.expected_reason for event in sent if event.interaction is None)
    assert totals.invalid == sum(totals.invalid_by_reason.values())
    by_account = defaultdict(list)
    for event in once:
        by_account[event.account_key].append(event)
    assert totals.accounts == len(by_account)
    for customer in truth.customers:
        events = [event for account in customer.accounts for event in by_account[account]]
        assert customer.interactions == len(events)
        assert customer.by_channel == Counter(event.account_channel for event in events)
        assert customer.first_at == min(event.occurred_at for event in events)
        assert customer.last_at == max(event.occurred_at for event in events)
        messages = [event.interaction for event in events if event.interaction is not None]
        assert customer.by_kind == Counter(each.WhichOneof("kind") for each in messages)
        gross, returned = Counter[str](), Counter[str]()
        for each in messages:
            if each.HasField("purchase"):
                gross[each.purchase.total.currency_code] += each.purchase.total.minor_units
            if each.HasField("purchase_return"):
                returned[each.purchase_return.total.currency_code] += each.purchase_return.total.minor_units
        assert (customer.gross, customer.returned) == (gross, returned)
        gross.subtract(returned)
        assert Counter(customer.net) == gross
    assert totals.by_kind == sum((Counter(customer.by_kind) for customer in truth.customers), Counter())
    assert totals.gross == sum((Counter(customer.gross) for customer in truth.customers), Counter())
    net = Counter(totals.gross)
    net.subtract(totals.returned)
    assert Counter(totals.net) == net


def test_by_default_a_customer_is_a_person_but_for_the_accounts_that_nothing_ties(town: Town) -> None:
    truth = town.truth()
    persons = {frozenset(person.accounts) - {person.separate_account} for person in truth.persons}
    separate = {frozenset({person.separate_account}) for person in truth.persons if person.separate_account}
    assert separate
    assert expected(truth) == persons | separate


def test_by_default_reading_forms_and_the_ids_of_accounts_as_identifiers_makes_no_difference(
    town: Town, valid: list[TownEvent]
) -> None:
    assert customers_of(valid, implied=False) == expected(town.truth())


def test_details_told_in_observations_tie_nobody_else(town: Town, valid: list[TownEvent]) -> None:
    owners = {account: person.number for person in town.truth().persons for account in person.accounts}
    holders = defaultdict(set)
    for event in valid:
        assert event.interaction is not None
        observation = event.interaction.observation
        for detail in (observation.email, observation.phone):
            holders[detail].add(owners[event.account_key])
    assert len(holders) > 30
    assert all(len(numbers) == 1 for detail, numbers in holders.items() if detail)


def test_junk_would_join_strangers_if_rules_did_not_block_it(town: Town, valid: list[TownEvent]) -> None:
    assert len(customers_of(valid, block=False)) < len(town.truth().customers) - 50


def test_accounts_are_tied_only_while_the_stream_runs_so_that_customers_merge(
    town: Town, valid: list[TownEvent]
) -> None:
    accounts_seen = {event.account_key for event in valid[: len(valid) // 4]}
    early, late = customers_of(valid[: len(valid) // 4]), expected(town.truth())
    late_of = {account: customer for customer in late for account in customer & accounts_seen}
    merged = sum(1 for customer in set(late_of.values()) if sum(part <= customer for part in early) > 1)
    assert merged > 30


def test_the_first_event_of_an_account_bears_nothing_that_ties_it(valid: list[TownEvent]) -> None:
    first = {event.account_key: event for event in reversed(valid)}
    bearing = [each for event in first.values() if event.interaction for each in event.interaction.identifiers]
    assert bearing
    assert all(is_blocked(each.value) or each.type == "handle" for each in bearing)
    assert customers_of(list(first.values()), implied=False) == {frozenset({account}) for account in first}


def test_people_who_share_an_identifier_are_one_customer_and_truth_names_what_they_share() -> None:
    town = Town(TownSettings(people=120, shared_identifiers=1.0, family_share=1.0))
    truth = town.truth()
    owners = defaultdict(set)
    for person in truth.persons:
        for account in person.accounts:
            owners[account].add(person.number)
    joined = [set().union(*(owners[account] for account in customer.accounts)) for customer in truth.customers]
    sharing = [set(shared.persons) for shared in truth.shared_identifiers]
    several = [persons for persons in joined if len(persons) > 1]
    assert several
    assert all(any(persons <= group for group in sharing) for persons in several)


def test_by_default_nobody_shares_an_identifier_though_families_share_addresses(town: Town) -> None:
    truth = town.truth()
    assert truth.shared_identifiers == []
    addresses = Counter((person.household, person.family_name, person.address_line) for person in truth.persons)
    assert sum(1 for count in addresses.values() if count > 1) > 10


def test_the_file_reads_back_as_it_was(town: Town, tmp_path: Path) -> None:
    town.truth().write(tmp_path / "truth.json")
    assert Truth.read(tmp_path / "truth.json") == town.truth()


def test_every_account_of_every_person_has_one_customer(town: Town) -> None:
    truth = town.truth()
    assert sorted(truth.customer_of()) == sorted(account for person in truth.persons for account in person.accounts)


def test_without_a_tally_truth_makes_the_events_itself() -> None:
    town = Town(TownSettings(people=4))
    list(town.events(tally=False))
    unfinished = town.events()
    next(unfinished)
    assert town.truth() == Town(TownSettings(people=4)).truth()


def test_a_time_that_json_cannot_hold_is_named(town: Town) -> None:
    truth = Town(TownSettings(people=1)).truth()
    truth.parameters["odd"] = object()
    with pytest.raises(TypeError, match="a truth file cannot hold a object"):
        truth.to_json()
