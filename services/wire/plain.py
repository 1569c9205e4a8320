"""States and messages as JSON has them, for people and programs that know neither their classes nor their protos."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]

_AS_IT_IS = frozenset({type(None), bool, int, float, str})


def plain(value: object) -> Plain:  # noqa: PLR0911 - one form after another
    """Return the value as JSON has it: objects by their fields, whole numbers whole, times as RFC 3339.

    Members of sets are sorted. A mapping whose keys are neither texts nor numbers becomes a list of {"key", "value"}.
    Raises TypeError for bytes: what they mean must be known.
    """
    if type(value) in _AS_IT_IS:
        return value  # type: ignore[return-value]
    if isinstance(value, Message):
        return _message(value)
    if isinstance(value, Enum):
        return value.value if isinstance(value.value, str) else value.name
    if isinstance(value, int):
        # A store has kinds of whole numbers of its own.
        return int(value)
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, AbstractSet):
        return [plain(each) for each in sorted(value)]
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    named = _named(value)
    if named is not None:
        return {name: plain(each) for name, each in named.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    raise TypeError(f"nothing says how a {type(value).__name__} stands in JSON")


def _named(value: object) -> Mapping[str, object] | None:
    """The fields of a dataclass, a struct or a named tuple, without those that are its own business."""
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value) if not each.name.startswith("_")}
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.asdict(value)
    as_dict: Callable[[], dict[str, object]] | None = getattr(value, "_asdict", None)
    return as_dict() if isinstance(value, tuple) and as_dict is not None else None


def _mapping(value: Mapping[Any, Any]) -> Plain:
    if all(isinstance(key, (str, int)) for key in value):
        return {_key(key): plain(each) for key, each in value.items()}
    return [{"key": plain(key), "value": plain(each)} for key, each in value.items()]


def _key(key: str | int) -> str:
    return str(plain(key)) if isinstance(key, Enum) else str(key)


def _message(message: Message) -> Plain:
    """The fields that are set, by the names in the proto; fields at their defaults are left out, as on the wire."""
    if isinstance(message, Timestamp) or message.DESCRIPTOR.full_name == "google.protobuf.Duration":
        text: str = message.ToJsonString()  # type: ignore[attr-defined]
        return text
    return {field.name: _field(field, value) for field, value in message.ListFields()}


def _field(field: FieldDescriptor, value: Any) -> Plain:  # noqa: ANN401 - as protobuf has it
    kind = field.message_type
    if kind is not None and kind.GetOptions().map_entry:
        of_values = kind.fields_by_name["value"]
        return {str(key): _single(of_values, value[key]) for key in sorted(value)}
    if field.is_repeated:
        return [_single(field, each) for each in value]
    return _single(field, value)


def _single(field: FieldDescriptor, value: Any) -> Plain:  # noqa: ANN401 - as protobuf has it
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(value)
        return known.name if known is not None else int(value)
    return plain(value)
