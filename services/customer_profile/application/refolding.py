"""What personas lack when other traits are declared, counted anew from the rows of the timeline."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from chassis.ports import Document, Query
from customer_profile.domain.persona import Persona
from customer_profile.domain.timeline import EARLIEST, LATEST, place
from customer_profile.domain.traits.definitions import Kept, Plan
from customer_profile.domain.traits.tallies import Sample, Tallies


class Sampler(Protocol):
    """Takes out of rows what is counted under some keys."""

    @property
    def kinds(self) -> list[str]:
        """The kinds of rows of which anything is counted."""

    def __call__(self, row: Document) -> tuple[int, str, Sequence[Sample]]:
        """Return time, event id and samples of a row: the time in milliseconds since 1970, UTC."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was counted so far of what a persona lacks: only rows of the sampler's kinds are looked at."""

    plan: Plan
    lacking: tuple[Kept, ...]
    sample: Sampler
    tallies: Tallies


class TraitRefolding:
    """Implements the chassis' `RefoldLogic`. `sampler` makes what takes samples of a plan's traits under some keys."""

    def __init__(self, plan: Callable[[], Plan], sampler: Callable[[Plan, frozenset[str]], Sampler]) -> None:
        self._plan = plan
        self._sampler = sampler
        self._made: tuple[Plan, frozenset[str], Sampler] | None = None

    @property
    def version(self) -> str:
        """The version of the plan in force, which personas bear that lack nothing of it."""
        return self._plan().version

    def draft(self, state: Persona) -> Draft:
        """Return an empty draft of what the persona lacks, and let it forget what it counts under other keys."""
        plan = self._plan()
        complete = plan.keys.keys() & set(state.tallies.keys)
        state.tallies.keep(complete)
        keys = frozenset(plan.keys.keys() - complete)
        lacking = tuple(plan.keys[key] for key in sorted(keys))
        return Draft(plan, lacking, self._sampler_of(plan, keys), Tallies())

    def needs_rows(self, draft: Draft) -> bool:
        """Return whether anything is counted of any kind."""
        return bool(draft.sample.kinds)

    def rows(self, member: str, draft: Draft, after: Document | None, limit: int) -> Query:
        """Return the query for the account's next rows, oldest first."""
        low = after["place"] + "\0" if after is not None else place(EARLIEST)
        return Query(
            equals={"account": member},
            is_in={"kind": draft.sample.kinds},
            between=("place", low, place(LATEST + 1)),
            order_by=("place",),
            limit=limit,
        )

    def rows_together(self, members: Collection[str], draft: Draft, limit: int) -> Query:
        """Return the query for the rows of several accounts."""
        return Query(is_in={"account": members, "kind": draft.sample.kinds}, limit=limit)

    def is_alike(self, one: Draft, other: Draft) -> bool:
        """Return whether both count the same: then one sampler serves both."""
        return one.sample is other.sample

    def member(self, row: Document) -> str:
        """Return the account of a row."""
        account: str = row["account"]
        return account

    def add(self, draft: Draft, row: Document) -> None:
        """Count the row."""
        at, event_id, samples = draft.sample(row)
        draft.tallies.take_in(samples, at, event_id)

    def finish(self, state: Persona, draft: Draft) -> None:
        """Put what was counted into the persona, beside what it has counted meanwhile."""
        for kept in draft.lacking:
            state.tallies.absorb(kept, draft.tallies)
        state.tallies.complete(draft.plan)

    def _sampler_of(self, plan: Plan, keys: frozenset[str]) -> Sampler:
        """Return the sampler of these keys: nearly all personas lack the same."""
        made = self._made
        if made is None or made[0] is not plan or made[1] != keys:
            made = self._made = (plan, keys, self._sampler(plan, keys))
        return made[2]
