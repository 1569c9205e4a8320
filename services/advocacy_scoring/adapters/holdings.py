"""What the service holds of a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from advocacy_scoring.adapters import codec, traces
from advocacy_scoring.adapters.documents import PERSONAS, SCORES, TOLD, TRACES
from chassis.ports import Document, Documents
from rapport.advocacy.v1 import advocacy_pb2, alert_pb2
from wire.holdings import Kept, Whose
from wire.kept import by_field, by_id, of_accounts, parts, results, rows
from wire.plain import Plain, plain


def kept(documents: Callable[[str], Documents]) -> Sequence[Kept]:
    """All collections in which something of people is kept; for one thread."""
    return (
        parts(
            PERSONAS,
            "of each account: deeds for and against the brand, audience, what was found of it",
            documents(PERSONAS),
            codec.personas(),
        ),
        results(
            SCORES,
            "how much the customer speaks for the brand, and from what that follows",
            documents(SCORES),
            state=codec.scores(),
            message=advocacy_pb2.Score,
            inputs={},
            change=alert_pb2.DetractorAlert,
        ),
        Kept(
            TRACES,
            "of deeds of the last 400 days, also of others' that name an account: hashes for comparing them",
            _traces(documents(TRACES)),
            _trace,
        ),
        rows(
            TOLD,
            "whether something suspicious was found of an account, as a hash",
            by_id(documents(TOLD), of_accounts),
        ),
    )


def _traces(documents: Documents) -> Callable[[Whose], Iterator[Document]]:
    """The accounts' own traces, and those of others that name one of the accounts."""
    naming = by_field(documents, "other", "_id", of_accounts)

    def found(whose: Whose) -> Iterator[Document]:
        for account in whose.accounts:
            yield from traces.of_account(documents, account)
        yield from (each for each in naming(whose) if traces.trace(each).account not in whose.accounts)

    return found


def _trace(document: Document, _: Whose) -> Plain:
    trace = traces.trace(document)
    return plain(trace._asdict() | {"sketch": trace.sketch.hex(), "expires_at": document["expires_at"]})
