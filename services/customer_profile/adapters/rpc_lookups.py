"""Records by id, by account or by identifier, one or many: what is stored, passed on as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chassis.ports import Documents
from chassis.rpc.errors import RpcError, invalid
from chassis.rpc.requests import check_batch, check_mask, parse_name, parse_names
from chassis.stages.lookup import find_messages
from customer_profile.adapters import answers
from customer_profile.adapters.finding import CUSTOMER, message_under
from customer_profile.adapters.identity import Identity
from customer_profile.adapters.rpc_history import Earlier
from rapport.identity.v1.service_pb2 import Key, ResolveResponse
from rapport.profile.v1 import profile_pb2 as pb
from wire.answering import MOST_NAMES, not_computed

MOST_KEYS = 1000
_RECORD = pb.CustomerRecord.DESCRIPTOR
_KEYS = "set one of customer_id, account and identifier"


class LookUps:
    """For any number of threads."""

    def __init__(self, records: Documents, identity: Identity, earlier: Earlier) -> None:
        self._records = records
        self._identity = identity
        self._earlier = earlier

    def get(self, request: pb.GetCustomerRequest) -> bytes:
        """The record of the customer that is named, now or as it was."""
        (customer,) = parse_name(CUSTOMER, request.name)
        check_mask(request.read_mask, _RECORD)
        if request.HasField("as_of"):
            return self._earlier.record(customer, request)
        if request.identity:
            raise invalid("identity", "only where as_of is set")
        return answers.record(message_under(self._records, customer), customer, request.read_mask)

    def batch_get(self, request: pb.BatchGetCustomersRequest) -> bytes:
        """The records found, in the order of the names, each once however often it is named."""
        check_batch(request.names, MOST_NAMES)
        check_mask(request.read_mask, _RECORD)
        asked = dict.fromkeys(parse_names(CUSTOMER, request.names))
        found = {id_: each for id_, each in find_messages(self._records, asked).items() if each.message}
        mask = request.read_mask
        return answers.batch(
            [answers.record(found[id_], id_, mask) for id_ in asked if id_ in found],
            [f"customers/{id_}" for id_ in asked if id_ not in found],
        )

    def look_up(self, request: pb.LookupCustomerRequest) -> bytes:
        """The record of whoever the key leads to; a customer id is looked up without asking anybody."""
        check_mask(request.read_mask, _RECORD)
        customer = _customer_id(request.key, "key")
        if customer:
            return answers.record(message_under(self._records, customer), customer, request.read_mask)
        resolved = self._identity.resolve(request.key)
        found = find_messages(self._records, [resolved.customer_id]).get(resolved.customer_id)
        if found is None or not found.message:
            raise not_computed()
        return answers.record(found, resolved.merged_from or resolved.customer_id, request.read_mask)

    def batch_look_up(self, request: pb.BatchLookupCustomersRequest) -> bytes:
        """The records that the keys lead to, one answer for each key; customer ids are looked up without asking."""
        keys = request.keys
        check_batch(keys, MOST_KEYS, "keys")
        check_mask(request.read_mask, _RECORD)
        if not keys:
            raise invalid("keys", f"1 to {MOST_KEYS}")
        ids = [_customer_id(key, f"keys[{place}]") for place, key in enumerate(keys)]
        resolved = self._resolve({place: keys[place] for place, id_ in enumerate(ids) if not id_})
        wanted = {resolved[place].customer_id if place in resolved else id_ for place, id_ in enumerate(ids)}
        found = find_messages(self._records, wanted - {""})
        records: list[bytes] = []
        for place, id_ in enumerate(ids):
            answer = resolved.get(place)
            customer = answer.customer_id if answer else id_
            known = found.get(customer)
            asked = (answer.merged_from if answer else "") or customer
            records.append(answers.record(known, asked, request.read_mask) if known and known.message else b"")
        return answers.looked_up(records)

    def _resolve(self, keys: Mapping[int, Key]) -> dict[int, ResolveResponse]:
        """Whose the keys are, by their places in the request, in whose terms errors are told."""
        places = list(keys)
        try:
            return dict(zip(places, self._identity.batch_resolve(list(keys.values())), strict=True))
        except RpcError as refused:
            told = refused.metadata.get("field", "")
            field = _in_request(told, places)
            message = field + refused.message.removeprefix(told)
            raise RpcError(refused.code, refused.reason, message, {**refused.metadata, "field": field}) from refused


def _customer_id(key: Key, field: str) -> str:
    """The customer id of the key, empty where it is a key of another kind. Raises `RpcError` where it is none."""
    which = key.WhichOneof("key")
    if which is None:
        raise invalid(field, _KEYS)
    if which != "customer_id":
        return ""
    return parse_name("{customer}", key.customer_id, f"{field}.customer_id")[0]


def _in_request(field: str, places: Sequence[int]) -> str:
    """A field of the keys that were passed on, by its place in the request: keys[0].account may be keys[4].account."""
    head, bracket, rest = field.partition("[")
    number, _, tail = rest.partition("]")
    if not bracket or not number.isdigit() or int(number) >= len(places):
        return field
    return f"{head}[{places[int(number)]}]{tail}"
