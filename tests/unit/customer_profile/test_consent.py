"""Consent and fields by hand: which decision holds, over accounts, over time, whatever the order of arrival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_profile.domain.consent import ConsentState, holds
from customer_profile.domain.decided import (
    CONSENTS_KEPT,
    KNOWN_KEPT,
    ConsentGiven,
    Decided,
    Decision,
    FieldLaid,
    TooManyError,
    by_hand,
    consents,
    digest,
)

PURPOSES, CHANNELS, ACCOUNTS = ("newsletter", "offers"), ("", "email", "sms"), ("email:a", "sms:b", "shop:c")
TIMES = st.integers(0, 6)
EXPIRIES = st.sampled_from([0, 0, 3, 7, 9])


@st.composite
def told(draw: st.DrawFn, least: int = 0) -> list[tuple[str, Decision]]:
    """Decisions on accounts, each under an id of its own; few times, so that many are made at the same one."""
    found = []
    for number in range(draw(st.integers(least, 12))):
        what: ConsentGiven | FieldLaid = draw(
            st.one_of(
                st.builds(
                    ConsentGiven,
                    st.sampled_from(PURPOSES),
                    st.sampled_from(CHANNELS),
                    st.booleans(),
                    st.just("form-v7"),
                ),
                st.builds(FieldLaid, st.sampled_from(("email", "phone")), st.sampled_from(("", "x", "y"))),
            )
        )
        at, expires_at = draw(TIMES), draw(EXPIRIES)
        decision = Decision(f"r{number:02}", at, what, "S-17", "asked", expires_at, known_at=100 - number)
        found.append((draw(st.sampled_from(ACCOUNTS)), decision))
    return found


def taken_in(decisions: Sequence[tuple[str, Decision]]) -> dict[str, Decided]:
    accounts: dict[str, Decided] = {}
    for account, decision in decisions:
        accounts.setdefault(account, Decided()).take_in(decision)
    return accounts


def given_(purpose: str, channel: str, granted: bool, at: int, event_id: str, *, expires_at: int = 0) -> Decision:
    return Decision(event_id, at, ConsentGiven(purpose, channel, granted), expires_at=expires_at)


def states(accounts: Mapping[str, Decided], now: int = 100) -> tuple[ConsentState, ...]:
    return consents(accounts, now)[0]


@given(told(), st.data())
def test_pr5_what_holds_does_not_depend_on_the_order_in_which_decisions_come(
    decisions: list[tuple[str, Decision]], data: st.DataObject
) -> None:
    """Nor on their number of arrivals, nor on the order of accounts."""
    again = data.draw(st.permutations(decisions + decisions[:3]))
    one, other = taken_in(decisions), taken_in(again)
    other = {account: other[account] for account in sorted(other, reverse=True)}
    assert consents(one, 5) == consents(other, 5)
    assert by_hand(one, 5) == by_hand(other, 5)


@given(told(), TIMES)
def test_pr5_the_newest_decision_holds_and_of_two_at_the_same_time_the_stricter(
    decisions: list[tuple[str, Decision]], now: int
) -> None:
    """Over all accounts of the customer, compared with a look through all that was decided."""
    found = {(each.purpose, each.channel): each for each in states(taken_in(decisions), now)}
    given_consents = [(account, each) for account, each in decisions if isinstance(each.what, ConsentGiven)]
    assert found.keys() == {(each.what.purpose, each.what.channel) for _, each in given_consents}  # type: ignore[union-attr]
    for (purpose, channel), state in found.items():
        about = [each for _, each in given_consents if each.what[:2] == (purpose, channel)]
        newest = [each for each in about if each.at == max(other.at for other in about)]
        is_granted = all(each.what.granted for each in newest)  # type: ignore[union-attr]
        assert state.at == newest[0].at
        counted = next(each for each in newest if each.event_id == state.event_id)
        assert counted.what.granted == is_granted  # type: ignore[union-attr]
        assert state.granted == (is_granted and not 0 < counted.expires_at <= now)


@given(told(), TIMES)
def test_pr5_a_merge_shows_what_one_account_would_have_shown_and_a_split_gives_it_back(
    decisions: list[tuple[str, Decision]], now: int
) -> None:
    """The decisions of several accounts together are those of one; apart, each account has its own as before."""

    def bare(accounts: Mapping[str, Decided]) -> list[ConsentState]:
        return [each._replace(account="") for each in states(accounts, now)]

    accounts = taken_in(decisions)
    assert bare(accounts) == bare(taken_in([("email:one", each) for _, each in decisions]))
    for account in accounts:
        own = [(each, decision) for each, decision in decisions if each == account]
        assert states({account: accounts[account]}, now) == states(taken_in(own), now)


@given(told(), TIMES)
def test_pr5_the_clock_changes_what_holds_when_it_was_said_to_and_at_no_other_time(
    decisions: list[tuple[str, Decision]], now: int
) -> None:
    """Between now and the due time nothing changes; at that time something does."""
    accounts = taken_in(decisions)
    for look in (consents, by_hand):
        held, due = look(accounts, now)
        assert due == 0 or due > now
        for later in range(now + 1, due or 12):
            assert look(accounts, later)[0] == held
        if due:
            assert look(accounts, due)[0] != held


def test_pr5_a_decision_for_all_channels_counts_where_no_newer_one_was_made_for_the_channel() -> None:
    """The newer of the two counts; of two at one time, the stricter; an unknown purpose is not agreed to."""
    accounts = taken_in(
        [
            ("email:a", given_("newsletter", "", True, 10, "r1")),
            ("email:a", given_("newsletter", "sms", False, 20, "r2")),
            ("email:a", given_("newsletter", "email", False, 5, "r3")),
            ("email:a", given_("newsletter", "post", False, 10, "r4")),
        ]
    )
    known = states(accounts)
    agreed = {channel: holds(known, "newsletter", channel, 100) for channel in ("", "email", "sms", "post", "fax")}
    assert agreed == {"": True, "email": True, "sms": False, "post": False, "fax": True}
    assert not holds(known, "offers", "email", 100)


def test_pr5_what_has_expired_is_not_granted_and_makes_nothing_older_count_again() -> None:
    """The older grant for all channels stays outranked."""
    accounts = taken_in(
        [
            ("email:a", given_("newsletter", "", True, 10, "r1")),
            ("email:a", given_("newsletter", "email", True, 20, "r2", expires_at=30)),
        ]
    )
    assert holds(states(accounts, 29), "newsletter", "email", 29)
    assert not holds(states(accounts, 30), "newsletter", "email", 30)
    assert not holds(states(accounts, 29), "newsletter", "email", 30), "also where the states are a little old"
    assert consents(accounts, 29)[1] == 30


def test_pr5_a_second_decision_under_an_id_changes_nothing() -> None:
    """Whatever it says; the first is told from it by its digest, its time aside."""
    first, second = given_("newsletter", "", True, 10, "r1"), given_("newsletter", "", False, 20, "r1")
    accounts = taken_in([("email:a", first), ("email:a", second)])
    (state,) = states(accounts)
    assert (state.granted, state.at) == (True, 10)
    known = accounts["email:a"].find("r1")
    assert known is not None
    assert known.digest == digest(first._replace(at=11)) != digest(second)


def test_pr5_purposes_and_known_ids_are_bounded() -> None:
    """One more purpose is refused before anything is changed, a newer decision on a known one is not."""
    decided = Decided()
    for number in range(CONSENTS_KEPT):
        decided.take_in(given_(f"p{number}", "", True, 10, f"r{number}"))
    with pytest.raises(TooManyError):
        decided.take_in(given_("another", "", True, 10, "s"))
    assert decided.find("s") is None
    for number in range(KNOWN_KEPT):
        decided.take_in(given_("p7", "", False, 20 + number, f"t{number}"))
    assert len(decided.consents) == CONSENTS_KEPT
    assert len(decided.known) == KNOWN_KEPT
    assert decided.find("r0") is None
    assert decided.find("t0") is not None


@given(told(least=1), TIMES)
def test_pr2_the_newest_value_by_hand_holds_until_it_expires_or_is_taken_back(
    decisions: list[tuple[str, Decision]], now: int
) -> None:
    """Over all accounts; of two at one time, the one that came to be known later. An older one does not come back."""
    held, _ = by_hand(taken_in(decisions), now)
    for name in ("email", "phone"):
        laid = [(each.at, each.known_at, each) for _, each in decisions if each.what[0] == name]
        newest = max(laid)[2] if laid else None
        if newest is None or not newest.what[1] or 0 < newest.expires_at <= now:
            assert name not in held
        else:
            assert isinstance(newest.what, FieldLaid)
            assert (held[name].value, held[name].event_id) == (newest.what.value, newest.event_id)
            assert (held[name].owner, held[name].reason) == ("S-17", "asked")
