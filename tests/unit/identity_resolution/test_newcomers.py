"""Accounts that an entry is the first to show, and that belong elsewhere before it is worked off."""

from __future__ import annotations

from identity_resolution.domain.decide import decide
from identity_resolution.domain.evidence import Evidence, Pair
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.staging import Entered, Staging

POLICY = Policy(trust={"strong": 20.0}, conflicts=frozenset({"date_of_birth"}))


def decided(*log: Evidence) -> Staging:
    staging = Staging()
    for position, evidence in enumerate(log):
        decide(staging, evidence, Entered(position, 1_000 + position), POLICY)
    return staging


def accounts_of(staging: Staging) -> list[list[str]]:
    """Those of each customer that is to be stored."""
    assert staging.changes.customers.keys() == staging.customers.keys()
    return sorted(sorted(each.accounts) for each in staging.changes.customers.values() if not each.merged_into)


def test_of_two_new_accounts_that_match_one_customer_is_stored() -> None:
    staging = decided(Evidence("a", pairs=(Pair("b", 20.0, 5.0),)))
    assert accounts_of(staging) == [["a", "b"]]


def test_a_new_account_for_whose_sake_others_are_parted_has_one_customer() -> None:
    """It is decided anew together with those that it is tied to, and joins one of them, who leaves the other."""
    staging = decided(
        Evidence("a", ("tie:1",), (("date_of_birth", "2.2.2"),)),
        Evidence("b", ("tie:1", "strong:2")),
        Evidence("c", ("strong:2",), (("date_of_birth", "1.1.1"),)),
    )
    assert accounts_of(staging) == [["a"], ["b", "c"]]
