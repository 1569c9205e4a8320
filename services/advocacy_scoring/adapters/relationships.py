"""What stewards laid down of an account, on its topic: whom its person lives with, and whom the person works for."""

from __future__ import annotations

from advocacy_scoring.adapters.parties import Parties
from advocacy_scoring.domain.persona import Related
from chassis.errors import InvalidRecord
from chassis.positions import position
from chassis.records import Record
from chassis.stages.fold import Entry
from rapport.identity.v1 import events_pb2 as events
from wire.reading import parsed, require_key

TOPIC = "identity-relationships"


class RelationshipsReader:
    """Decodes a record of identity-relationships. `epoch` is the deployment's: the place of a record is its origin."""

    def __init__(self, parties: Parties, epoch: int) -> None:
        self._parties = parties
        self._epoch = epoch

    def __call__(self, record: Record) -> Entry[Related] | None:
        """Return what holds, with organisations as keyed hashes. Raises `InvalidRecord`.

        Of an erased account nothing: what there is of it goes when its assignment does.
        """
        if record.value is None:
            return None
        told = parsed(events.AccountRelationships, record)
        require_key(record, told.account_key)
        try:
            place = position(self._epoch, record.offset)
        except ValueError as error:
            raise InvalidRecord("INVALID_FIELD", str(error)) from None
        at = told.update_time.ToMilliseconds()
        return Entry(told.account_key, f"{TOPIC}-{record.partition}", place, self._related(told), at)

    def _related(self, told: events.AccountRelationships) -> Related:
        home = {
            each.other_account_key for each in told.relationships if each.kind == events.RELATIONSHIP_KIND_HOUSEHOLD
        }
        organisations = {self._parties.company(each.organisation) for each in told.relationships}
        return Related(told.version, tuple(sorted(home - {""})), tuple(sorted(organisations - {""})))
