"""Whom a referral brought, and whether that counts."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advocacy_scoring.domain.findings import Findings, Referral, ReferralState, Rejection
from advocacy_scoring.domain.gathering import gather
from advocacy_scoring.domain.persona import Persona, Trace
from advocacy_scoring.domain.referrals import PURCHASE, REFERRAL, RETURN, Party, judge
from advocacy_scoring.domain.score import evaluate
from tests.unit.advocacy_scoring.actions import RULES, TODAY, VERSION, gave

DAY, HOUR, MINUTE = 86_400_000, 3_600_000, 60_000
START = TODAY * DAY
NOW = START + 20 * DAY
ANN, BEN, CLEO = "x:ann", "web_shop:ben", "web_shop:cleo"
SAID = Trace(REFERRAL, ANN, "r1", START, code="ANN10")


def bought(account: str, at: int, *, code: str = "ANN10", event_id: str = "p1") -> Trace:
    return Trace(PURCHASE, account, event_id, at, code=code, order=f"o-{event_id}")


def party(account: str, **known: object) -> Party:
    return Party(frozenset({account}), **known)  # type: ignore[arg-type]


def judged(*traces: Trace, now: int = NOW, known: Mapping[str, Party] | None = None) -> dict[str, list[Referral]]:
    parties = {trace.account: party(trace.account) for trace in traces} | dict(known or {})
    return judge(RULES.referrals, traces, lambda each: parties.get(each, Party(frozenset())), now)


def outcome(
    *traces: Trace, now: int = NOW, known: Mapping[str, Party] | None = None
) -> tuple[ReferralState, Rejection]:
    """How Ann's one referral stands."""
    (referral,) = judged(*traces, now=now, known=known)[ANN]
    return referral.state, referral.rejection


VALID = (ReferralState.VALID, Rejection.NONE)


def rejected(why: Rejection) -> tuple[ReferralState, Rejection]:
    return ReferralState.REJECTED, why


def test_ad5_a_purchase_with_the_code_makes_a_referral_valid_for_both_sides() -> None:
    """Each side has it, and knows the other."""
    found = judged(SAID, bought(BEN, START + DAY))
    (given,), (taken,) = found[ANN], found[BEN]
    assert (given.state, given.is_giver, given.other) == (ReferralState.VALID, True, BEN)
    assert (taken.state, taken.is_giver, taken.other) == (ReferralState.VALID, False, ANN)
    assert given.id_ == taken.id_ == f"{ANN}/r1"


def test_ad5_until_somebody_buys_a_referral_is_pending_and_then_too_late() -> None:
    """Thirty days, as the rules say."""
    assert outcome(SAID) == (ReferralState.PENDING, Rejection.NONE)
    assert outcome(SAID, now=START + 31 * DAY) == rejected(Rejection.NO_PURCHASE_IN_TIME)
    assert outcome(SAID, bought(BEN, START + 31 * DAY)) == rejected(Rejection.NO_PURCHASE_IN_TIME)


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({ANN: Party(frozenset({ANN, BEN}))}, Rejection.SELF),
        (
            {ANN: party(ANN, households=frozenset({"h"})), BEN: party(BEN, households=frozenset({"h"}))},
            Rejection.SAME_HOUSEHOLD,
        ),
        ({BEN: party(BEN, first_purchase_ms=START - DAY)}, Rejection.EXISTING_CUSTOMER),
        ({ANN: party(ANN, is_staff=True)}, Rejection.STAFF),
        ({BEN: party(BEN, is_staff=True)}, Rejection.STAFF),
    ],
)
def test_ad5_a_referral_that_brings_nobody_new_is_rejected_with_the_reason(
    known: Mapping[str, Party], why: Rejection
) -> None:
    """Oneself, one's household, who was a customer before, and staff."""
    assert outcome(SAID, bought(BEN, START + DAY), known=known) == rejected(why)


def test_ad5_who_uses_the_own_code_has_referred_nobody() -> None:
    """The very same account; given and taken stand on it."""
    both = judged(SAID, bought(ANN, START + DAY))[ANN]
    assert {each.rejection for each in both} == {Rejection.SELF}


def test_ad5_a_purchase_minutes_after_the_referral_was_arranged() -> None:
    """Nine minutes are too fast, ten are not."""
    assert outcome(SAID, bought(BEN, START + 9 * MINUTE)) == rejected(Rejection.TOO_FAST)
    assert outcome(SAID, bought(BEN, START + 10 * MINUTE)) == VALID


def test_ad5_a_return_takes_the_referral_back_from_both_sides() -> None:
    """Of that order; another order's return changes nothing."""
    back = Trace(RETURN, BEN, "b1", START + 5 * DAY, order="o-p1")
    found = judged(SAID, bought(BEN, START + DAY), back)
    assert [found[each][0].state for each in (ANN, BEN)] == [ReferralState.TAKEN_BACK] * 2
    assert outcome(SAID, bought(BEN, START + DAY), back._replace(order="o-p9")) == VALID


def test_ad5_somebody_is_brought_once() -> None:
    """By the first whose code was used."""
    cleo = Trace(REFERRAL, CLEO, "r2", START, code="CLEO10")
    found = judged(SAID, cleo, bought(BEN, START + DAY), bought(BEN, START + 2 * DAY, code="CLEO10", event_id="p2"))
    assert found[ANN][0].state == ReferralState.VALID
    assert found[CLEO][0].rejection == Rejection.ALREADY_REFERRED


def test_ad5_referrals_in_a_circle_end() -> None:
    """Ann brought Ben, Ben Cleo; that Cleo brought Ann is not believed."""
    ben, cleo = Trace(REFERRAL, BEN, "r2", START, code="BEN"), Trace(REFERRAL, CLEO, "r3", START, code="CLEO")
    buys = [
        bought(BEN, START + DAY),
        bought(CLEO, START + 2 * DAY, code="BEN", event_id="p2"),
        bought(ANN, START + 3 * DAY, code="CLEO", event_id="p3"),
    ]
    found = judged(SAID, ben, cleo, *buys)
    assert [each.rejection for each in found[CLEO]] == [Rejection.NONE, Rejection.CIRCULAR]


def test_ad5_without_a_code_the_purchase_of_whom_was_meant_counts() -> None:
    """The address that the giver named leads to an account, and that to its customer's other accounts."""
    said = SAID._replace(code="", other="email:h_ben")
    known = {"email:h_ben": Party(frozenset({"email:h_ben", BEN}))}
    assert outcome(said, bought(BEN, START + DAY, code=""), known=known) == VALID
    assert outcome(said, bought(CLEO, START + DAY, code=""), known=known) == (ReferralState.PENDING, Rejection.NONE)


def test_ad5_a_code_belongs_to_whoever_was_first_to_show_it() -> None:
    """A stranger who posts somebody's code earns nothing by it."""
    thief = Trace(REFERRAL, CLEO, "r9", START + HOUR, code="ANN10")
    found = judged(SAID, thief, bought(BEN, START + DAY))
    assert found[ANN][0].state == ReferralState.VALID
    assert found[CLEO][0].state == ReferralState.PENDING


@given(st.permutations(list(range(5))))
def test_ad5_how_referrals_stand_does_not_depend_on_the_order_of_traces(order: list[int]) -> None:
    """They are judged in the order in which things happened."""
    traces = [
        SAID,
        Trace(REFERRAL, CLEO, "r2", START, code="CLEO10"),
        bought(BEN, START + DAY),
        bought(BEN, START + 2 * DAY, code="CLEO10", event_id="p2"),
        Trace(RETURN, BEN, "b1", START + 5 * DAY, order="o-p1"),
    ]
    assert judged(*(traces[place] for place in order)) == judged(*traces)


def with_findings(**found: Findings) -> dict[str, Persona]:
    return {f"x:{name}": Persona(findings=each) for name, each in found.items()}


def test_ad5_a_valid_referral_counts_on_the_day_of_the_purchase() -> None:
    """As the action of its own that rules give it, and stands among the heaviest events."""
    score = evaluate(RULES, VERSION, with_findings(ann=gave(TODAY)), TODAY + 180)
    assert [(part.action, part.times, part.contribution_milli) for part in score.components] == [
        ("referral", 1, 25_000)
    ]
    assert [(top.event_id, top.account, top.weight_milli) for top in score.top_events] == [("p0", "x:ann", 25_000)]


def test_ad5_ad10_a_merge_of_both_sides_takes_the_referral_away_at_once() -> None:
    """Nobody brings oneself; a split gives it back."""
    both = with_findings(ann=gave(TODAY, "x:ben"), ben=Findings())
    assert evaluate(RULES, VERSION, both, TODAY).actions == 0
    assert evaluate(RULES, VERSION, {"x:ann": both["x:ann"]}, TODAY).actions == 1


def test_ad5_two_accounts_that_brought_the_same_person_brought_one() -> None:
    """Credited once, to whichever was first."""
    twice = with_findings(ann=gave(TODAY, number=1), ann2=gave(TODAY + 1, number=2))
    (deeds,) = gather(RULES, twice)
    assert [(day, each.number) for day, each in deeds.days.items()] == [(TODAY, 1)]
