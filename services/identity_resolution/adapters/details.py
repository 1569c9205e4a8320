"""Details of accounts as documents: normalised values by field, and what the log was told of pairs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import msgspec

from chassis.errors import Conflict
from chassis.ports import Document, Documents
from chassis.store.cache import Cache
from identity_resolution.domain.known import Known
from identity_resolution.domain.matching.details import Details

ATTEMPTS = 50
"""With each of them at least one of those who write the same account at the same time succeeds."""
DECODED_KEPT = 20_000
_NOTHING = Known()


class _Body(msgspec.Struct, array_like=True):
    details: dict[str, tuple[str, ...]]
    told: dict[str, float]


_Stored = tuple[int, Known]
"""A revision, 0 where nothing is stored, and what is known by it."""
_Decoded = tuple[bytes, Known]
_Change = Callable[[str, Known], Known]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Body).decode


class StoredDetails:
    """The `DetailsStore` port over a collection. Who loses a write reads again, and adds to what others have written.

    What was read or written last is kept decoded, and used where the store has the same bytes: of an account that was
    forgotten and has come up anew, a revision comes again.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._decoded: Cache[_Decoded] = Cache(DECODED_KEPT)

    def show(self, shown: Mapping[str, Details]) -> dict[str, Known]:
        """Add details to accounts; all that is known of each, then.

        Raises `Conflict` where others write the same accounts without end.
        """
        return self._change(shown.keys(), lambda account, known: known.showing(shown[account]))

    def load(self, accounts: Collection[str]) -> dict[str, Known]:
        """What is known of these accounts; nothing is known of those that are missing."""
        return {account: known for account, (_, known) in self._load(accounts).items()}

    def tell(self, told: Mapping[str, Mapping[str, float]]) -> dict[str, Known]:
        """Note, by account, the weights of its pairs that the log is told; what is known, then. Raises as `show`."""
        return self._change(told.keys(), lambda account, known: known.telling(told[account]))

    def untell(self, named: Mapping[str, Collection[str]]) -> None:
        """Forget, by account, that the log was told of its pairs with these others. Raises as `show`."""
        self._change(named.keys(), lambda account, known: known.without(named[account]))

    def forget(self, accounts: Collection[str]) -> None:
        """Know nothing of these accounts."""
        self._documents.delete(accounts)
        self._decoded.take(accounts)

    def _change(self, accounts: Collection[str], change: _Change) -> dict[str, Known]:
        known: dict[str, Known] = {}
        waiting = accounts
        for _ in range(ATTEMPTS):
            if not waiting:
                return known
            stored = self._load(waiting)
            changed: dict[str, _Stored] = {}
            for account in waiting:
                rev, before = stored.get(account, (0, _NOTHING))
                known[account] = after = change(account, before)
                if after is not before:
                    changed[account] = (rev + 1, after)
            waiting = self._write(changed)
        raise Conflict(f"the details of {len(waiting)} accounts were written by other workers, {ATTEMPTS} times")

    def _load(self, accounts: Collection[str]) -> dict[str, _Stored]:
        found = self._documents.load(accounts) if accounts else {}
        decoded = self._decoded.take(found.keys())
        for account, document in found.items():
            if account not in decoded or decoded[account][0] != document["body"]:
                decoded[account] = (document["body"], known(document))
        self._decoded.put_all(decoded)
        return {account: (document["rev"], decoded[account][1]) for account, document in found.items()}

    def _write(self, changed: Mapping[str, _Stored]) -> set[str]:
        """Write these, and return the accounts of which somebody else has written something since they were read."""
        if not changed:
            return set()
        documents = {account: _document(account, rev, known) for account, (rev, known) in changed.items()}
        lost = self._documents.compare_and_set(documents.values())
        written = changed.keys() - lost
        self._decoded.put_all({account: (documents[account]["body"], changed[account][1]) for account in written})
        return lost


class DetailsInMemory:
    """The `DetailsStore` port in memory, for one process."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}

    def show(self, shown: Mapping[str, Details]) -> Mapping[str, Known]:
        """Add details to accounts; all that is known of anybody, then."""
        known = self._known
        for account, details in shown.items():
            known[account] = known.get(account, _NOTHING).showing(details)
        return known

    def load(self, accounts: Collection[str]) -> Mapping[str, Known]:
        """What is known of anybody."""
        return self._known

    def tell(self, told: Mapping[str, Mapping[str, float]]) -> Mapping[str, Known]:
        """Note, by account, the weights of its pairs that the log is told; all that is known of anybody, then."""
        for account, weights in told.items():
            self._known[account] = self._known[account].telling(weights)
        return self._known


def known(document: Document) -> Known:
    """What is known of the account whose document this is."""
    body = _decode(document["body"])
    return Known(body.details, body.told)


def _document(account: str, rev: int, known: Known) -> Document:
    return {"_id": account, "rev": rev, "body": _encode(_Body(dict(known.details), dict(known.told)))}
