"""What is in force: the rules that were promoted, or else the service's own file, and the models of buyers."""

from __future__ import annotations

from collections.abc import Callable

from chassis.ports import Clock, Documents
from chassis.rules import Rules, rules_text
from chassis.rules_in_force import Promoted, StoredRules
from chassis.settings import Settings
from customer_profile.adapters.documents import MODELS, RULES
from customer_profile.adapters.purchase_models import StoredModels
from customer_profile.config import profile_rules, rules_file, rules_of
from customer_profile.domain.basis import Basis
from customer_profile.domain.rules import ProfileRules


def stored_rules(
    settings: Settings, documents: Callable[[str], Documents], clock: Clock
) -> StoredRules[Rules[ProfileRules]]:
    """The rules in force. Raises `RulesError` for a file that cannot be used, even where others were promoted."""
    own = Promoted(rules_text(rules_file(settings)), profile_rules(settings).version)
    return StoredRules(documents(RULES), own, lambda promoted: rules_of(promoted.text), clock)


class BasisInForce:
    """Rules and models together, under one version. Implements the chassis' `InForce`.

    One for each thread that works in batches: what holds must not change within a batch.
    """

    def __init__(self, settings: Settings, documents: Callable[[str], Documents], clock: Clock) -> None:
        self.rules = stored_rules(settings, documents, clock)
        self.models = StoredModels(documents(MODELS), clock)
        self._basis = self._made()

    @property
    def version(self) -> str:
        """The version of the rules and the models."""
        return self._basis.version

    def refresh(self) -> None:
        """Look whether others hold by now, unless that was done a moment ago. Raises `Unavailable`."""
        self.rules.refresh()
        self.models.refresh()
        if self._version() != self._basis.version:
            self._basis = self._made()

    def now(self) -> Basis:
        """What records are computed by, as of the last look."""
        return self._basis

    def _made(self) -> Basis:
        return Basis(self.rules.now().value, self._version(), self.models.now())

    def _version(self) -> str:
        return f"{self.rules.version}+{self.models.version}" if self.models.version else self.rules.version
