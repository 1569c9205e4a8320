"""CustomerProfileService, by its parts: each checks what is asked, finds it, and answers."""

from __future__ import annotations

from collections.abc import Iterator

import grpc

from customer_profile.adapters.rpc_decisions import LaidDown
from customer_profile.adapters.rpc_erasure import Erasures
from customer_profile.adapters.rpc_export import Exports
from customer_profile.adapters.rpc_lists import Lists
from customer_profile.adapters.rpc_lookups import LookUps
from customer_profile.adapters.rpc_orders import Orders
from customer_profile.adapters.rpc_timeline import Timelines
from customer_profile.adapters.rpc_watch import Watches
from customer_profile.domain.persona import Persona
from customer_profile.domain.record import Record
from customer_profile.domain.segments import Change
from rapport.profile.v1 import profile_pb2 as pb
from wire.previewing import Previews


class CustomerProfile:
    """Implements CustomerProfileService; profile.proto says what each call promises. For any number of threads."""

    def __init__(
        self, *, look_ups: LookUps, lists: Lists, timelines: Timelines, orders: Orders, watches: Watches,
        laid_down: LaidDown, previews: Previews[Persona, Record, Change], exports: Exports, erasures: Erasures,
    ) -> None:  # fmt: skip
        self._look_ups = look_ups
        self._lists = lists
        self._timelines = timelines
        self._orders = orders
        self._watches = watches
        self._laid_down = laid_down
        self._previews = previews
        self._exports = exports
        self._erasures = erasures

    def get_customer(self, request: pb.GetCustomerRequest, context: object) -> bytes:
        """Return the record of the customer that is named, now or as it was at a time."""
        return self._look_ups.get(request)

    def batch_get_customers(self, request: pb.BatchGetCustomersRequest, context: object) -> bytes:
        """Return the records found, in the order of the names, each once however often it is named."""
        return self._look_ups.batch_get(request)

    def lookup_customer(self, request: pb.LookupCustomerRequest, context: object) -> bytes:
        """Return the record of whoever the key leads to."""
        return self._look_ups.look_up(request)

    def batch_lookup_customers(self, request: pb.BatchLookupCustomersRequest, context: object) -> bytes:
        """Return the records that the keys lead to, one answer for each key."""
        return self._look_ups.batch_look_up(request)

    def list_customers(self, request: pb.ListCustomersRequest, context: object) -> bytes:
        """Return a page of customers by what their records say."""
        return self._lists.customers(request)

    def list_accounts(self, request: pb.ListAccountsRequest, context: object) -> pb.ListAccountsResponse:
        """Return a page of a customer's accounts."""
        return self._lists.accounts(request)

    def list_field_values(self, request: pb.ListFieldValuesRequest, context: object) -> pb.ListFieldValuesResponse:
        """Return a page of all values of a contact field."""
        return self._lists.field_values(request)

    def list_timeline(self, request: pb.ListTimelineRequest, context: object) -> bytes:
        """Return a page of what happened, newest first."""
        return self._timelines.list(request)

    def list_orders(self, request: pb.ListOrdersRequest, context: object) -> pb.ListOrdersResponse:
        """Return a page of a customer's orders, newest first."""
        return self._orders.list(request)

    def preview_customers(self, request: pb.PreviewCustomersRequest, context: object) -> bytes:
        """Return what the records of the proposed customers would be, and which of their accounts are unknown."""
        return self._previews.answer(request.customers)

    def set_consent(self, request: pb.SetConsentRequest, context: object) -> bytes:
        """Lay down whether the customer agrees to be spoken to; return the record that shows it."""
        return self._laid_down.consent(request)

    def set_field(self, request: pb.SetFieldRequest, context: object) -> bytes:
        """Lay down a contact field by hand, or take that back; return the record that shows it."""
        return self._laid_down.field(request)

    def watch_customer(
        self, request: pb.WatchCustomerRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.WatchCustomerResponse]:
        """Return a customer's record, and newer ones as they come."""
        return self._watches.customer(request, context.is_active)

    def watch_segment(
        self, request: pb.WatchSegmentRequest, context: grpc.ServicerContext
    ) -> Iterator[pb.WatchSegmentResponse]:
        """Return who enters and leaves segments, as it is told."""
        return self._watches.segments(request, context.is_active)

    def export_customer(
        self, request: pb.ExportCustomerRequest, context: object
    ) -> Iterator[pb.ExportCustomerResponse]:
        """Return all that the four services hold of a customer."""
        return self._exports.export_customer(request)

    def erase_customer(self, request: pb.EraseCustomerRequest, context: object) -> pb.Erasure:
        """Remove a customer from every service, and return the receipt."""
        return self._erasures.erase_customer(request)

    def get_erasure(self, request: pb.GetErasureRequest, context: object) -> pb.Erasure:
        """Return the receipt of an erasure."""
        return self._erasures.get_erasure(request)
