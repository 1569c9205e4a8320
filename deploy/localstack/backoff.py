"""How long to wait before a process that ended is started again."""

from dataclasses import dataclass

SHORTEST_SECONDS = 0.2
LONGEST_SECONDS = 10.0
HEALTHY_LIFE_SECONDS = 30.0


@dataclass(frozen=True)
class Backoff:
    """Doubles from 0.2 s to 10 s with every short life; a life of 30 s or more makes it begin anew."""

    short_lives: int = 0

    def after(self, life_seconds: float) -> "Backoff":
        """Return the back-off once a process has ended after `life_seconds`."""
        return Backoff(1 if life_seconds >= HEALTHY_LIFE_SECONDS else self.short_lives + 1)

    @property
    def delay_seconds(self) -> float:
        """How long to wait now; 0 before the first end."""
        if self.short_lives == 0:
            return 0.0
        exponent = min(self.short_lives - 1, 16)
        return float(min(LONGEST_SECONDS, SHORTEST_SECONDS * 2**exponent))
