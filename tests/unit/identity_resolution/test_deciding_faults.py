"""Faults planted into deciding: the checks of its laws see them. A check that cannot fail proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from identity_resolution.domain import guards, learning, making, parting, rearranging, region, review, settling
from identity_resolution.domain.customers import Customer
from identity_resolution.domain.evidence import Evidence
from identity_resolution.domain.parting import Parting
from identity_resolution.domain.staging import Staging
from tests.unit.identity_resolution.checker import check, check_evidence, check_people, check_questions, check_step
from tests.unit.identity_resolution.deciding import Store, replayed, stored
from tests.unit.identity_resolution.logs import POLICY, drawn

LOGS = 60


def nothing(*_: Any, **__: Any) -> Any:
    return iter(())


def no_list(*_: Any, **__: Any) -> Any:
    return []


def yes(*_: Any, **__: Any) -> bool:
    return True


def forget_half(self: Customer, other: Customer) -> None:
    """A merge that loses pairs."""
    self.accounts.update(other.accounts)
    for identifier, shown in other.links.items():
        self.links.setdefault(identifier, {}).update(shown)
    other.empty()
    self.changed()


def only_newer(work: Any, asked: Any, now: Any) -> None:
    """Questions that are never taken back."""
    for pair, question in now.items():
        review.suggest(work, pair, question)


FAULTS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "contradictions do not hold back": (guards, "_contradictions", nothing),
    "hard conflicts do not hold back": (guards, "_conflicts", nothing),
    "limits do not hold back": (guards, "_limits", nothing),
    "a customer holds any number of values": (parting, "against_holding", lambda *_: None),
    "cannot-links do not keep apart": (guards, "cannot_links", nothing),
    "whatever is new fits": (settling, "all_fit", yes),
    "all ties are made at once": (settling, "_is_quick", yes),
    "those who are kept apart are not decided anew": (region, "_kept_apart", nothing),
    "must-links are not heeded": (Parting, "link", no_list),
    "only one side knows that a tie was refused": (Parting, "tell_all_sides", nothing),
    "what ties nobody is forgotten when customers are decided anew": (making, "_still_refused", nothing),
    "ids that lead to a customer stay when its accounts move": (rearranging, "_point_ids", nothing),
    "customers that change are not noted": (rearranging, "_is_same", yes),
    "accounts that move are not noted": (rearranging, "_move", nothing),
    "nobody is told of what was before": (Staging, "remember_before", nothing),
    "a merge loses what is known of pairs": (Customer, "_take", forget_half),
    "values that too many show go on to tie": (learning, "tie_nobody", nothing),
    "questions are never taken back": (rearranging, "ask", only_newer),
}


def is_seen() -> bool:
    """Whether some log shows a fault: a check fails, or the code that bears it ends in an error."""
    for seed in range(LOGS):
        random, store = Random(seed), Store(POLICY)
        try:
            for _ in range(40):
                entry = drawn(random, commanded=0.15)
                before = {key: each.customer for key, each in store.memberships.items()}
                store.take(entry) if isinstance(entry, Evidence) else store.command(entry(store))
                check(store)
                check_step(store, before)
                check_people(store)
                check_evidence(store)
                check_questions(store)
            assert stored(replayed(store)) == stored(store)
        except (AssertionError, KeyError, AttributeError, StopIteration):
            return True
    return False


def test_without_a_fault_no_check_fails() -> None:
    assert not is_seen()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, instead = FAULTS[fault]
    monkeypatch.setattr(where, name, instead)
    assert is_seen()
