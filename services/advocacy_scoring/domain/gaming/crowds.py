"""Bursts of one account, copies of one text, and new accounts in number: what nobody does alone or by chance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from advocacy_scoring.domain.decay import day_of
from advocacy_scoring.domain.findings import Suspicion
from advocacy_scoring.domain.gaming.suspects import Suspects
from advocacy_scoring.domain.persona import Trace
from advocacy_scoring.domain.rules import GamingRules

_MINUTE_MS, _HOUR_MS, _DAY_MS = 60_000, 3_600_000, 86_400_000

Copies = Callable[[Sequence[bytes], int], Sequence[Sequence[int]]]
"""Groups of places in a list of sketches of which the texts are alike by so many percent; each place in one group."""


def suspect_bursts(rules: GamingRules, traces: Sequence[Trace], suspects: Suspects) -> None:
    """Add the deeds of an account beyond `burst_deeds` within `burst_minutes`: those before them are let stand."""
    for account, own in _by_account(traces).items():
        times = [trace.at_ms for trace in own]
        first = 0
        beyond = []
        for place, trace in enumerate(own):
            while times[place] - times[first] > rules.burst_minutes * _MINUTE_MS:
                first += 1
            if place - first >= rules.burst_deeds:
                beyond.append(trace)
        _suspect(suspects, Suspicion.BURST, account, beyond, ())


def suspect_copies(rules: GamingRules, traces: Sequence[Trace], copies: Copies, suspects: Suspects) -> None:
    """Add copies of a text, from the second on: many by one account, or by many accounts within a short time."""
    worded = sorted((trace for trace in traces if trace.sketch), key=lambda trace: (trace.at_ms, trace.event_id))
    for group in copies([trace.sketch for trace in worded], rules.duplicate_percent):
        alike = [worded[place] for place in sorted(group)]
        crowded = _crowded(rules, alike)
        for account, own in _by_account(alike).items():
            copied = own[1:] if len(own) >= rules.duplicate_own else []
            if account in crowded:
                # The first of all wrote it; everybody else copied.
                copied = own[1:] if own[0] is alike[0] else own
            others = sorted(crowded - {account}) if account in crowded else []
            _suspect(suspects, Suspicion.DUPLICATE, account, copied, others)


def suspect_newcomers(
    rules: GamingRules, traces: Sequence[Trace], first_seen: Mapping[str, int], suspects: Suspects
) -> None:
    """Add engagements of accounts a few days old, where most of those that engage with one post are so new.

    While a large part of all accounts is new, as in the first days of a deployment, newness tells nothing.
    """
    new = {
        account
        for account, own in _by_account(traces).items()
        if own[0].at_ms - first_seen.get(account, 0) <= rules.fresh_days * _DAY_MS
    }
    if 100 * len(new) > 30 * len({trace.account for trace in traces}):
        return
    by_target: dict[str, list[Trace]] = defaultdict(list)
    for trace in traces:
        if trace.target:
            by_target[trace.target].append(trace)
    found: dict[str, list[Trace]] = defaultdict(list)
    company: dict[str, set[str]] = defaultdict(set)
    for target in sorted(by_target):
        engaged = {trace.account for trace in by_target[target]}
        fresh = engaged & new
        if len(fresh) >= rules.fresh_accounts and 100 * len(fresh) >= rules.fresh_percent * len(engaged):
            for trace in by_target[target]:
                if trace.account in fresh:
                    found[trace.account].append(trace)
                    company[trace.account] |= fresh - {trace.account}
    for account, done in found.items():
        _suspect(suspects, Suspicion.FRESH, account, done, sorted(company[account]))


def suspect_circle(
    households: Mapping[str, str], home: Mapping[str, frozenset[str]], staff: frozenset[str], suspects: Suspects
) -> None:
    """Add everything that accounts do that live with somebody who works for the brand.

    `households` are addresses by account, `home` the accounts with which somebody is said to live.
    """
    homes: dict[str, list[str]] = defaultdict(list)
    for account in sorted(staff):
        if households.get(account):
            homes[households[account]].append(account)
    for account in sorted((households.keys() | home.keys()) - staff):
        circle = {*homes.get(households.get(account, ""), ()), *(home.get(account, frozenset()) & staff)}
        if circle:
            suspects.mark_everything(Suspicion.CIRCLE, account)
            suspects.explain(Suspicion.CIRCLE, account, (), sorted(circle))


def _crowded(rules: GamingRules, alike: Sequence[Trace]) -> set[str]:
    """The accounts of which enough wrote the text within the hours that rules say."""
    crowded: set[str] = set()
    within: Counter[str] = Counter()
    first = 0
    for trace in alike:
        within[trace.account] += 1
        while trace.at_ms - alike[first].at_ms > rules.duplicate_hours * _HOUR_MS:
            within[alike[first].account] -= 1
            first += 1
        present = {account for account, number in within.items() if number}
        if len(present) >= rules.duplicate_accounts:
            crowded |= present
    return crowded


def _by_account(traces: Sequence[Trace]) -> dict[str, list[Trace]]:
    found: dict[str, list[Trace]] = defaultdict(list)
    for trace in sorted(traces, key=lambda trace: (trace.at_ms, trace.event_id)):
        found[trace.account].append(trace)
    return dict(sorted(found.items()))


def _suspect(
    suspects: Suspects, suspicion: Suspicion, account: str, traces: Sequence[Trace], others: Sequence[str]
) -> None:
    for trace in traces:
        suspects.mark(suspicion, account, trace.signature, day_of(trace.at_ms))
    if traces:
        suspects.explain(suspicion, account, traces, others)
