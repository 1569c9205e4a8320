"""CustomerProfileService: checks what is asked, finds it, and answers with what is stored."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.ports import Documents
from chassis.rpc.errors import invalid
from chassis.rpc.pages import page_position, page_token
from chassis.rpc.requests import check_batch, check_mask, page_size, parse_name, parse_names
from chassis.stages.lookup import Found, find
from customer_profile.adapters import answers
from customer_profile.adapters.identity import Identity
from customer_profile.application.history import Filter, History
from customer_profile.domain.persona import Persona
from customer_profile.domain.record import Record
from customer_profile.domain.timeline import EARLIEST, LATEST, Position
from rapport.interactions.v1.interaction_pb2 import Interaction
from rapport.profile.v1.profile_pb2 import (
    BatchGetCustomersRequest,
    CustomerRecord,
    GetCustomerRequest,
    ListTimelineRequest,
    LookupCustomerRequest,
    PreviewCustomersRequest,
    TimelineFilter,
)
from wire.answering import MOST_NAMES, not_computed, not_found
from wire.previewing import Previews

NAME = "customers/{customer}"
PAGE = 50
MOST_ON_A_PAGE = 1000
_RECORD = CustomerRecord.DESCRIPTOR
_KINDS = frozenset(field.name for field in Interaction.DESCRIPTOR.oneofs_by_name["kind"].fields)


class CustomerProfile:
    """Implements CustomerProfileService; profile.proto says what each call promises. For any number of threads.

    `token_key` signs page tokens, so that only those issued here are taken.
    """

    def __init__(
        self,
        records: Documents,
        history: History,
        identity: Identity,
        previews: Previews[Persona, Record, None],
        token_key: bytes,
    ) -> None:
        self._records = records
        self._history = history
        self._identity = identity
        self._previews = previews
        self._token_key = token_key

    def get_customer(self, request: GetCustomerRequest, context: object) -> bytes:
        """Answer with the record of the customer that is named."""
        (customer,) = parse_name(NAME, request.name)
        check_mask(request.read_mask, _RECORD)
        return answers.record(self._find(customer), customer, request.read_mask)

    def batch_get_customers(self, request: BatchGetCustomersRequest, context: object) -> bytes:
        """Answer with the records found, in the order of the names, each once however often it is named."""
        check_batch(request.names, MOST_NAMES)
        check_mask(request.read_mask, _RECORD)
        asked = dict.fromkeys(parse_names(NAME, request.names))
        found = {id_: each for id_, each in find(self._records, asked).items() if each.message}
        mask = request.read_mask
        return answers.batch(
            [answers.record(found[id_], id_, mask) for id_ in asked if id_ in found],
            [f"customers/{id_}" for id_ in asked if id_ not in found],
        )

    def lookup_customer(self, request: LookupCustomerRequest, context: object) -> bytes:
        """Answer with the record of whoever the key leads to; a customer id is looked up without asking anybody."""
        check_mask(request.read_mask, _RECORD)
        key = request.key
        which = key.WhichOneof("key")
        if which is None:
            raise invalid("key", "set one of customer_id, account and identifier")
        if which == "customer_id":
            (customer,) = parse_name("{customer}", key.customer_id, "key.customer_id")
            return answers.record(self._find(customer), customer, request.read_mask)
        resolved = self._identity.resolve(key)
        found = find(self._records, [resolved.customer_id]).get(resolved.customer_id)
        if found is None or not found.message:
            raise not_computed()
        return answers.record(found, resolved.merged_from or resolved.customer_id, request.read_mask)

    def list_timeline(self, request: ListTimelineRequest, context: object) -> bytes:
        """Answer with a page of the interactions of all accounts that the customer holds now."""
        (customer,) = parse_name(NAME, request.parent, "parent")
        size = page_size(request.page_size, PAGE, MOST_ON_A_PAGE)
        wanted = _filter(request.filter)
        cursor = page_position(request.page_token, request, self._token_key)
        after = Position(*cursor) if cursor is not None else None
        page = self._history.page(self._find(customer).members(), wanted, after, size)
        token = page_token(page.next, request, self._token_key) if page.next else ""
        return answers.timeline(page.rows, token)

    def preview_customers(self, request: PreviewCustomersRequest, context: object) -> bytes:
        """Answer with what the records of the proposed customers would be, and which of their accounts are unknown."""
        return self._previews.answer(request.customers)

    def _find(self, customer: str) -> Found:
        found = find(self._records, [customer]).get(customer)
        if found is None:
            raise not_found()
        if not found.message:
            raise not_computed()
        return found


def _filter(message: TimelineFilter) -> Filter:
    for index, kind in enumerate(message.kinds):
        if kind not in _KINDS:
            raise invalid(f"filter.kinds[{index}]", f"one of {', '.join(sorted(_KINDS))}")
    start = _milliseconds(message.start_time, "filter.start_time") if message.HasField("start_time") else EARLIEST
    end = _milliseconds(message.end_time, "filter.end_time") if message.HasField("end_time") else LATEST + 1
    if start > end:
        raise invalid("filter.end_time", "not before filter.start_time")
    return Filter(frozenset(message.kinds), frozenset(message.channels), start, end)


def _milliseconds(time: Timestamp, field: str) -> int:
    value = time.seconds * 1000 + time.nanos // 1_000_000
    if not EARLIEST <= value <= LATEST:
        raise invalid(field, "a time in the years 1 to 9999")
    return value
