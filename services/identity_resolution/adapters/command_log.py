"""Has commands carried out: puts them into the log, and waits for what comes of them."""

from __future__ import annotations

from collections.abc import Mapping

from chassis.ports import Clock, Documents, Publisher
from chassis.rpc.awaited import Places, Waiting, append, reused
from identity_resolution.adapters import decided
from identity_resolution.adapters.commands import message
from identity_resolution.adapters.evidence import digest
from identity_resolution.adapters.refusals import not_carried_out
from identity_resolution.domain.decisions import Outcome
from rapport.identity.v1 import events_pb2 as events


class CommandLog:
    """The log of evidence as those see it who command. For any number of threads."""

    def __init__(
        self, topic: str, publisher: Publisher, outcomes: Documents, clock: Clock, waiting: Waiting | None = None
    ) -> None:
        self._topic = topic
        self._publisher = publisher
        self._outcomes = outcomes
        self._clock = clock
        self._waiting = waiting or Waiting()
        self._places = Places(
            self._waiting.at_once, "commands wait for their outcomes already; repeat the call in a moment"
        )

    def carry_out(self, command: events.Command, places: Mapping[str, str]) -> Outcome:
        """What came of the command; at once where its request id has an outcome already.

        `places` name the field of the request by the key or id that it gave. Raises `RpcError`: as `not_carried_out`;
        ALREADY_EXISTS for another command under a request id that was used; DEADLINE_EXCEEDED where the outcome is not
        known in time; RESOURCE_EXHAUSTED where too many wait; UNAVAILABLE where the log cannot be written.
        """
        outcome = self._outcome(command.request_id) or self._decided(command)
        if outcome.digest != digest(command):
            raise reused("another command was given under it; a new command needs a new one")
        if outcome.error:
            raise not_carried_out(outcome.error, dict(outcome.details), places)
        return outcome

    def _decided(self, command: events.Command) -> Outcome:
        with self._places.one():
            end = self._waiting.end()
            append(
                self._publisher,
                message(self._topic, command, self._clock.now()),
                "the log did not take the command in time; the call may be repeated with the same request_id",
            )
            return self._waiting.until_known(end, lambda: self._outcome(command.request_id))

    def _outcome(self, request_id: str) -> Outcome | None:
        document = self._outcomes.load([request_id]).get(request_id)
        return decided.outcome(document) if document is not None else None
