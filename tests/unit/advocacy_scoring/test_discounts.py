"""What a suspicion takes from a score, and what it never does; staff; monotonicity and merges with all of it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from advocacy_scoring.domain.findings import EVERYTHING, Evidence, Findings, Mark, Suspicion
from advocacy_scoring.domain.persona import Event, Persona, Told, take_in
from advocacy_scoring.domain.score import Score, evaluate
from tests.unit.advocacy_scoring.actions import ACCOUNTS, DONE, RULES, TODAY, VERSION, event, histories, personas

JOE, SHOP = "instagram:joe", "web_shop:77"
SHARE = event("", "share", TODAY).signature


def suspected(number: int, suspicion: Suspicion = Suspicion.RING, day: int = TODAY, signature: str = SHARE) -> Findings:
    return Findings((Mark(suspicion, signature, day, number),), (Evidence(suspicion, day, number, 3, ("x:a",)),))


def shares(number: int, findings: Findings = Findings()) -> dict[str, Persona]:  # noqa: B008 - frozen
    made = personas((JOE, event(f"e{n}", "share", TODAY, second=n)) for n in range(number))
    made[JOE].findings = findings
    return made


def scored(kept: dict[str, Persona], day: int = TODAY, **others: frozenset[str]) -> Score:
    return evaluate(RULES, VERSION, kept, day, **others)


def test_ad6_a_suspicious_deed_is_discounted_and_never_to_nothing() -> None:
    """A ring by 80 %: of 16 points one of two shares keeps 1.6; the breakdown says how much and why."""
    score = scored(shares(2, suspected(1)))
    (component,) = score.components
    assert (component.raw_milli, component.discounted_milli, component.contribution_milli) == (16_000, 6_400, 9_600)
    ((account, evidence),) = score.evidence
    assert (account, evidence.suspicion, evidence.examples) == (JOE, Suspicion.RING, ("x:a",))


def test_ad6_of_several_suspicions_the_gravest_discounts() -> None:
    """They do not add up, and no more deeds are discounted than there are."""
    marks = (*suspected(2, Suspicion.FRESH).marks, *suspected(2, Suspicion.RING).marks)
    (component,) = scored(shares(2, Findings(marks))).components
    assert component.discounted_milli == 2 * 6_400


def test_ad6_a_circle_discounts_everything() -> None:
    """Whatever the account does, on every day, by half."""
    found = suspected(1, Suspicion.CIRCLE, 0, EVERYTHING)
    assert scored(shares(2, found)).deeds_milli == 8_000
    assert scored(shares(2, found), TODAY + 90).deeds_milli == 4_000


def test_ad6_a_mark_holds_for_its_day_its_sort_of_deed_and_its_account() -> None:
    """Another day's, another sort's and another account's deeds are let stand."""
    for other in (suspected(1, day=TODAY - 1), suspected(1, signature="like|||||")):
        assert scored(shares(2, other)).deeds_milli == 16_000
    elsewhere = shares(2) | {SHOP: Persona(findings=suspected(2))}
    assert scored(elsewhere).deeds_milli == 16_000


def test_ad6_what_speaks_against_the_brand_is_not_discounted() -> None:
    """A suspicion must not make a detractor better."""
    made = personas([(JOE, event("e", "detraction", TODAY))])
    made[JOE].findings = suspected(1, Suspicion.CIRCLE, 0, EVERYTHING)
    assert scored(made).deeds_milli == -40_000


def test_ad6_a_discount_comes_before_the_cap() -> None:
    """Ten shares are capped at three; with all of them suspicious, a fifth of each is left, two in all."""
    assert scored(shares(10)).deeds_milli == 24_000
    score = scored(shares(10, suspected(10)))
    (component,) = score.components
    assert (component.discounted_milli, component.capped_milli, score.deeds_milli) == (64_000, 0, 16_000)


def test_ad6_changed_discounts_hold_for_what_was_found_before() -> None:
    """A finding says what is suspicious, the rules what that costs."""
    gaming = replace(RULES.gaming, discounts_percent={"ring": 25})
    assert evaluate(replace(RULES, gaming=gaming), "x", shares(2, suspected(2)), TODAY).deeds_milli == 12_000


def test_ad7_who_works_for_the_brand_has_a_score_apart() -> None:
    """By a listed account, or by the company that a form named: their deeds make no customer's score."""
    listed = replace(RULES, employees=replace(RULES.employees, accounts=(JOE,)))
    score = evaluate(listed, VERSION, shares(2), TODAY)
    assert (score.is_employee, score.score, score.employee_score) == (True, 0, scored(shares(2)).score)
    made = shares(2)
    made[JOE].employer = Told(1, "token")
    assert not scored(made).is_employee
    assert scored(made, staff=frozenset({"token"})).is_employee


def test_ad7_one_staff_account_makes_the_customer_staff() -> None:
    """Also what the other accounts do is not a customer's."""
    listed = replace(RULES, employees=replace(RULES.employees, accounts=(SHOP,)))
    assert evaluate(listed, VERSION, shares(2) | {SHOP: Persona()}, TODAY).is_employee


GOOD = tuple(name for name in DONE if RULES.by_name[name].weight_milli > 0)


@settings(deadline=None)
@given(histories(), st.sampled_from(GOOD), st.sampled_from(ACCOUNTS), st.integers(0, 700))
def test_ad1_one_more_good_action_never_lowers_a_score(
    history: list[tuple[str, Event]], action: str, account: str, days_ago: int
) -> None:
    """Whatever was done before, and whenever it was done: caps and discounts only cut what it adds."""
    before = scored(personas(history))
    after = scored(personas([*history, (account, event("more", action, TODAY - days_ago))]))
    assert after.raw_milli >= before.raw_milli
    assert after.score >= before.score


@settings(deadline=None)
@given(histories(), st.integers(0, 300), st.integers(0, 300))
def test_ad3_decay_is_the_same_in_one_step_and_in_two(
    history: list[tuple[str, Event]], first: int, second: int
) -> None:
    """A score of a later day does not depend on the days on which it was computed before: nothing ticks."""
    kept = personas(history)
    scored(kept, TODAY + first)
    assert scored(kept, TODAY + first + second) == scored(personas(history), TODAY + first + second)


@settings(deadline=None)
@given(histories(), st.integers(0, 6), st.integers(0, 6))
def test_ad10_merging_adds_what_the_accounts_brought_with_their_discounts(
    history: list[tuple[str, Event]], one: int, other: int
) -> None:
    """In any grouping and order of accounts the same; and taking an account away again gives what was before."""
    kept = personas(history)
    for account, number in ((JOE, one), (SHOP, other)):
        if account in kept and number:
            kept[account].findings = suspected(number)
    merged = scored(kept)
    assert merged == scored(dict(reversed(kept.items())))
    for account in kept:
        rest = {each: state for each, state in kept.items() if each != account}
        before = scored(rest)
        scored(rest | {account: kept[account]})
        assert scored(rest) == before


def test_ad10_an_account_without_deeds_changes_nothing() -> None:
    """A merge changes a score only by what the accounts brought."""
    kept = shares(3)
    assert replace(scored(kept | {SHOP: Persona()}), evidence=()) == scored(kept)


def test_bad_input_is_clamped_and_said_so() -> None:
    """What had to be clamped is counted, and stands in the breakdown."""
    made = shares(1)
    take_in(made[JOE], Event("e9", event("", "like", TODAY).occurred_ms, notes=("followers_clamped",)))
    assert scored(made).notes == {"followers_clamped": 1}
