"""All that the profile keeps of one account: the fold of its interactions."""

from __future__ import annotations

from dataclasses import dataclass, field

from customer_profile.domain.contact import Observed, observe
from customer_profile.domain.interaction import Interaction
from customer_profile.domain.ledger import Ledger


@dataclass(slots=True)
class Persona:
    """What is known of an account. Times in milliseconds since 1970, UTC.

    `kinds` counts interactions by kind; `first_at` and `last_at` mean nothing while it is empty. `followers` is the
    newest figure, with its time ahead of it so that the newer one is the greater; None before the first.
    """

    kinds: dict[str, int] = field(default_factory=dict)
    first_at: int = 0
    last_at: int = 0
    followers: tuple[int, int] | None = None
    contact: dict[str, Observed] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)

    def take_in(self, interaction: Interaction, entries_kept: int) -> None:
        """Fold one interaction; at most `entries_kept` orders and as many returns stay single.

        Interactions commute: in any order they give the same persona, unless an entry is repeated once it is rolled up.
        """
        event_id, at, kind, source, details, followers, ledger_id, order, returned, *_ = interaction
        if not self.kinds:
            self.first_at = self.last_at = at
        elif at > self.last_at:
            self.last_at = at
        elif at < self.first_at:
            self.first_at = at
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if followers is not None and (self.followers is None or (at, followers) > self.followers):
            self.followers = (at, followers)
        for name, value in details:
            observe(self.contact, name, Observed(at, event_id, value, source))
        if order is not None:
            self.ledger.add_order(ledger_id, order, entries_kept)
        elif returned is not None:
            self.ledger.add_return(ledger_id, returned, entries_kept)
