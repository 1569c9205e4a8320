"""What is wrong with a line that should be an interaction, said without quoting it: lines hold personal data."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor

from rapport.interactions.v1.interaction_pb2 import Interaction

_FIELD = re.compile(r"Failed to parse (\w+) field")
_NO_FIELD = re.compile(r'Message type "([\w.]+)" has no field named "(\w{1,64})"')
_SEVERAL = re.compile(r'should not have multiple "(\w+)" oneof fields')

_WHOLE, _FRACTION, _BYTES = "a whole number", "a number", "text in base64"
_RIGHT = {
    FieldDescriptor.CPPTYPE_INT32: _WHOLE,
    FieldDescriptor.CPPTYPE_INT64: _WHOLE,
    FieldDescriptor.CPPTYPE_UINT32: _WHOLE,
    FieldDescriptor.CPPTYPE_UINT64: _WHOLE,
    FieldDescriptor.CPPTYPE_DOUBLE: _FRACTION,
    FieldDescriptor.CPPTYPE_FLOAT: _FRACTION,
    FieldDescriptor.CPPTYPE_BOOL: "true or false",
    FieldDescriptor.CPPTYPE_STRING: "text",
}


def mistake_in_json(error: json_format.Error, text: str) -> str:
    """Say what keeps `text` from being an interaction in protobuf's JSON mapping."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as mistake:
        return f"no JSON: {mistake.msg} at column {mistake.colno}"
    except (ValueError, RecursionError):
        return "no JSON that can be read: too deep, or a number with too many digits"
    return _mistake_of_field(str(error)) if isinstance(value, dict) else "not a JSON object"


def missing_in(interaction: Interaction) -> str:
    """Say which of the fields that every interaction needs is missing; empty where none is."""
    if not interaction.event_id:
        return "eventId is missing"
    if not interaction.HasField("occurred_at"):
        return "occurredAt is missing"
    if not (interaction.account.channel and interaction.account.id):
        return "account.channel or account.id is missing"
    if interaction.WhichOneof("kind") is None:
        return "the kind is missing: comment, purchase, ..."
    return ""


def _mistake_of_field(said: str) -> str:
    """Translate protobuf's message, which would quote values."""
    if unknown := _NO_FIELD.search(said):
        return f"{unknown[1].rpartition('.')[2]} has no field {unknown[2]}"
    if several := _SEVERAL.search(said):
        return f"more than one {several[1]}"
    if "duplicate key" in said:
        return "a field is there twice"
    path = _FIELD.findall(said)
    field = _find(Interaction.DESCRIPTOR, path)
    right = f": right would be {_right(field)}" if field else ""
    return f"{'.'.join(path)} cannot be read{right}" if path else "no interaction"


def _right(field: FieldDescriptor) -> str:
    if field.is_repeated:
        return "a list" if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE else "a list of texts"
    if field.enum_type is not None:
        return "one of " + ", ".join(value.name for value in field.enum_type.values)
    if field.message_type is not None:
        is_time = field.message_type.full_name == "google.protobuf.Timestamp"
        return "a time such as 2026-03-14T09:26:53Z" if is_time else "an object"
    return _RIGHT.get(field.cpp_type, _BYTES)


def _find(descriptor: Descriptor, path: Sequence[str]) -> FieldDescriptor | None:
    """Return the field at the end of the path, whose first step may lie inside a kind: protobuf leaves that one out."""
    starts = [descriptor, *(field.message_type for field in descriptor.fields if field.containing_oneof)]
    for start in starts:
        field: FieldDescriptor | None = None
        inside: Descriptor | None = start
        for step in path:
            field = _field_of(inside, step) if inside else None
            inside = field.message_type if field else None
        if field is not None:
            return field
    return None


def _field_of(descriptor: Descriptor, name: str) -> FieldDescriptor | None:
    return descriptor.fields_by_camelcase_name.get(name) or descriptor.fields_by_name.get(name)
