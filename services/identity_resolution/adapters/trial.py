"""What a command would lead to: carried out on what is stored now, and written nowhere."""

from __future__ import annotations

from collections.abc import Callable

import grpc

from chassis.clock import milliseconds
from chassis.ports import Clock, Documents
from chassis.rpc.errors import RpcError
from chassis.rpc.reasons import STORE_UNAVAILABLE
from identity_resolution.adapters.customers import StoredCustomers
from identity_resolution.adapters.markers import Hash
from identity_resolution.domain.commands import carry_out
from identity_resolution.domain.decisions import Decision, Outcome
from identity_resolution.domain.evidence import Act, Command
from identity_resolution.domain.policy import Policy
from identity_resolution.domain.staging import Entered, Staging

ATTEMPTS = 3
_NOBODYS = "trial/"
"""A request id that no call can bear."""


class Trials:
    """Tries commands. For any number of threads: each trial reads for itself."""

    def __init__(self, documents: Callable[[str], Documents], hashed: Hash, policy: Policy, clock: Clock) -> None:
        self._documents = documents
        self._hash = hashed
        self._policy = policy
        self._clock = clock

    def of(self, act: Act) -> tuple[Outcome, Decision | None]:
        """The outcome that the act would have now, and the decision, if anything would change.

        Raises `RpcError` UNAVAILABLE where customers change so fast that they are never read as of one moment.
        """
        for _ in range(ATTEMPTS):
            try:
                return self._try(act)
            except KeyError:
                # Documents are written one after the other: what was read does not fit together.
                continue
        raise RpcError(
            grpc.StatusCode.UNAVAILABLE, STORE_UNAVAILABLE, "the customers are just changing; the call may be repeated"
        )

    def _try(self, act: Act) -> tuple[Outcome, Decision | None]:
        staging = Staging()
        StoredCustomers(self._documents, self._hash).load_command(Command(_NOBODYS, "", "", act), staging)
        latest = max((customer.version for customer in staging.customers.values()), default=0)
        entered = Entered(latest, milliseconds(self._clock.now()))
        carry_out(staging, Command(_NOBODYS, "", "", act), entered, self._policy)
        outcome = staging.outcomes[_NOBODYS]
        return outcome, staging.changes.decisions.get(outcome.decision)
