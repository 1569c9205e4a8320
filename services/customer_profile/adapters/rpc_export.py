"""ExportCustomer: all that the four services hold of a person, as lines of JSON. docs/privacy.md has the format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import msgspec

from chassis.ports import Clock
from chassis.rpc.awaited import Places
from chassis.rpc.requests import parse_name
from customer_profile.adapters.holders import Holders
from customer_profile.adapters.people import People, Person
from rapport.holdings.v1.holdings_pb2 import CountHoldingsResponse, ListHoldingsResponse
from rapport.profile.v1 import profile_pb2 as pb

NAME = "customers/{customer}"
FORMAT = "rapport.export"
FORMAT_VERSION = 1

Counts = dict[str, Counter[str]]
"""Documents by service and collection."""

_encode = msgspec.json.encode


class Exports:
    """Implements ExportCustomer. For any number of threads, of which `at_once` may be exporting."""

    def __init__(self, people: People, holders: Holders, clock: Clock, at_once: int) -> None:
        self._people = people
        self._holders = holders
        self._clock = clock
        self._places = Places(at_once, "exports are under way already; repeat the call in a moment")

    def export_customer(self, request: pb.ExportCustomerRequest) -> Iterator[pb.ExportCustomerResponse]:
        """Yield the manifest, then every holding of each service, then how many there were.

        Without the last line an export is not whole. Raises `RpcError`: INVALID_ARGUMENT, NOT_FOUND, UNAVAILABLE with
        the service that did not answer, RESOURCE_EXHAUSTED where too many export.
        """
        (customer,) = parse_name(NAME, request.name)
        with self._places.one():
            person = self._people.person(customer)
            whose = person.whose()
            yield _lines(self._manifest(person, self._holders.counted(whose)))
            counts: Counts = {service: Counter() for service in self._holders.services}
            for service in self._holders.services:
                for pack in self._holders.held(service, whose):
                    counts[service].update(each.collection for each in pack.holdings)
                    yield pb.ExportCustomerResponse(lines=_held(service, pack))
            yield _lines({"counts": counts})

    def _manifest(self, person: Person, counted: Mapping[str, CountHoldingsResponse]) -> Mapping[str, object]:
        return {
            "manifest": {
                "format": FORMAT,
                "version": FORMAT_VERSION,
                "customer_id": person.customer,
                "absorbed": person.absorbed,
                "accounts": person.accounts,
                "time": self._clock.now(),
                "services": {service: _collections(each) for service, each in counted.items()},
            }
        }


def _collections(counted: CountHoldingsResponse) -> Mapping[str, object]:
    """What a service keeps in each collection, and how much there is of the person as the export begins."""
    return {
        collection: {"meaning": meaning, "documents": counted.documents.get(collection, 0)}
        for collection, meaning in sorted(counted.meanings.items())
    }


def _held(service: str, pack: ListHoldingsResponse) -> bytes:
    """A line for each holding; its JSON goes through unparsed."""
    return b"".join(
        _encode(
            {
                "service": service,
                "collection": each.collection,
                "id": each.id,
                "data": msgspec.Raw(each.json.encode()),
            }
        )
        + b"\n"
        for each in pack.holdings
    )


def _lines(value: object) -> pb.ExportCustomerResponse:
    return pb.ExportCustomerResponse(lines=_encode(value) + b"\n")
