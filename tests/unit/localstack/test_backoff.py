"""How long a process that ended has to wait."""

from localstack.backoff import Backoff


def delays(*lives: float) -> list[float]:
    """Return the wait after each of these lives, in seconds."""
    backoff, waits = Backoff(), []
    for life in lives:
        backoff = backoff.after(life)
        waits.append(backoff.delay_seconds)
    return waits


def test_waits_double_up_to_ten_seconds() -> None:
    """Short lives wait 0.2 s, then twice as long each time, never more than 10 s."""
    assert delays(*[1.0] * 9) == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0, 10.0]


def test_a_long_life_begins_anew() -> None:
    """After 30 s of life the next end counts as the first."""
    assert delays(1.0, 1.0, 1.0, 30.0, 1.0) == [0.2, 0.4, 0.8, 0.2, 0.4]


def test_a_process_that_never_ended_waits_not_at_all() -> None:
    """Before the first end there is nothing to wait for."""
    assert Backoff().delay_seconds == 0
