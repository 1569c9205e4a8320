"""All that the profile keeps of one account: the fold of its interactions."""

from __future__ import annotations

from dataclasses import dataclass, field

from customer_profile.domain.contact import Contact
from customer_profile.domain.decided import Decided
from customer_profile.domain.interaction import Interaction
from customer_profile.domain.ledger import Ledger
from customer_profile.domain.reach import Figures, newer
from customer_profile.domain.talk import Talk
from customer_profile.domain.traits.tallies import Tallies


@dataclass(slots=True)
class Persona:
    """What is known of an account. Times in milliseconds since 1970, UTC.

    `kinds` counts interactions by kind; `first_at` and `last_at` mean nothing while it is empty. `figures` are
    the newest that were told; None before the first.
    """

    kinds: dict[str, int] = field(default_factory=dict)
    first_at: int = 0
    last_at: int = 0
    figures: Figures | None = None
    contact: Contact = field(default_factory=Contact)
    ledger: Ledger = field(default_factory=Ledger)
    talk: Talk = field(default_factory=Talk)
    decided: Decided = field(default_factory=Decided)
    tallies: Tallies = field(default_factory=Tallies)

    def take_in(self, interaction: Interaction, entries_kept: int) -> None:
        """Fold one interaction; at most `entries_kept` orders and as many returns stay single.

        Interactions commute: in any order they give the same persona, unless an entry is repeated once it is rolled up.
        """
        event_id, at, kind, source, details, figures, ledger_id, order, returned, _, said, judged, *_ = interaction
        if not self.kinds:
            self.first_at = self.last_at = at
        elif at > self.last_at:
            self.last_at = at
        elif at < self.first_at:
            self.first_at = at
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if figures is not None:
            self.figures = newer(self.figures, figures)
        if said is not None:
            self.talk.take_in(event_id, at, said)
        if judged is not None:
            self.talk.judge(at, judged)
        for name, value in details:
            self.contact.show(name, value, source, at, event_id)
        if interaction.samples:
            self.tallies.take_in(interaction.samples, at, event_id)
        if order is not None:
            self.ledger.add_order(ledger_id, order, entries_kept)
        elif returned is not None:
            self.ledger.add_return(ledger_id, returned, entries_kept)
