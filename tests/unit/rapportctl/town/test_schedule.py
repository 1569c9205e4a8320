"""The plan gives back what was put in, by time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rapportctl.town.kinds import StepKind
from rapportctl.town.schedule import Schedule, Step

DURATION_MS = 3 * 3_600_000 + 1
STEPS = st.builds(
    Step,
    at_ms=st.integers(0, DURATION_MS - 1),
    person=st.integers(0, 2**24 - 1),
    slot=st.integers(0, 7),
    kind=st.sampled_from([int(kind) for kind in StepKind]),
    bears=st.integers(0, 255),
    returns_later=st.booleans(),
)


@given(st.lists(STEPS, max_size=50))
def test_steps_come_out_as_they_went_in_sorted_by_time(steps: list[Step]) -> None:
    schedule = Schedule(DURATION_MS)
    for step in steps:
        schedule.add(step)
    assert list(schedule) == sorted(steps)
    assert len(schedule) == len(steps)


def test_every_kind_fits_into_its_bits() -> None:
    assert max(StepKind) < 32
