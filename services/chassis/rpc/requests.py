"""Checks that every server makes of its requests, and answers put together from stored messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Sized
from functools import lru_cache
from typing import TypeVar

import grpc
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from chassis.rpc.errors import RpcError, invalid
from chassis.rpc.reasons import BATCH_TOO_LARGE, UNKNOWN_FIELD_IN_MASK

M = TypeVar("M", bound=Message)

_SEGMENT = re.compile(r"\{[a-z_]+\}")
_LENGTH_DELIMITED = 2


def parse_name(pattern: str, name: str, field: str = "name") -> tuple[str, ...]:
    """Return the ids in a resource name: `parse_name("shelves/{shelf}/books/{book}", "shelves/7/books/x")` is (7, x).

    An id is one or more characters of which none is a slash. Raises `RpcError` INVALID_ARGUMENT, naming `field`.
    """
    match = _name_expression(pattern).fullmatch(name)
    if match is None:
        raise invalid(field, f"expected the form {pattern}")
    return match.groups()


def parse_names(pattern: str, names: Iterable[str], field: str = "names") -> list[str]:
    """Return the ids of names with one id each, as `parse_name`; the error names the position of the first bad name."""
    fullmatch = _name_expression(pattern).fullmatch
    ids = []
    for index, name in enumerate(names):
        match = fullmatch(name)
        if match is None:
            raise invalid(f"{field}[{index}]", f"expected the form {pattern}")
        ids.append(match[1])
    return ids


def check_batch(keys: Sized, limit: int, field: str = "names") -> None:
    """Raise `RpcError` INVALID_ARGUMENT (BATCH_TOO_LARGE) where there are more keys than `limit`."""
    if len(keys) > limit:
        raise RpcError(
            grpc.StatusCode.INVALID_ARGUMENT,
            BATCH_TOO_LARGE,
            f"{field}: at most {limit} in one call",
            {"field": field, "limit": str(limit)},
        )


def page_size(asked: int, default: int = 100, most: int = 1000) -> int:
    """Return how many to put on a page: the default for 0, and no more than `most`.

    Raises `RpcError` INVALID_ARGUMENT for a negative number.
    """
    if asked < 0:
        raise invalid("page_size", "0 or more")
    return min(asked or default, most)


def check_mask(mask: FieldMask, resource: Descriptor, field: str = "read_mask") -> None:
    """Raise `RpcError` INVALID_ARGUMENT (UNKNOWN_FIELD_IN_MASK) for the first path that the resource does not have."""
    for path in mask.paths:
        if path != "*" and not _has_path(resource, path):
            raise RpcError(
                grpc.StatusCode.INVALID_ARGUMENT,
                UNKNOWN_FIELD_IN_MASK,
                f"{field}: {resource.name} has no field {path[:100]!r}; only the last step of a path may be repeated",
                {"field": path[:100]},
            )


def masked(message: M, mask: FieldMask) -> M:
    """Return the message with the mask's fields only, or itself where the mask is empty or has `*`.

    The mask must have passed `check_mask`.
    """
    if not mask.paths or "*" in mask.paths:
        return message
    kept = type(message)()
    mask.MergeMessage(message, kept)
    return kept


def concat_repeated(field_number: int, messages: Iterable[bytes]) -> bytes:
    """Return the bytes of a message whose repeated message field holds these, without parsing them.

    Bytes of other fields may be put before or after: concatenation merges in protobuf.
    """
    tag = _varint(field_number << 3 | _LENGTH_DELIMITED)
    parts: list[bytes] = []
    for message in messages:
        parts += (tag, _varint(len(message)), message)
    return b"".join(parts)


@lru_cache(maxsize=64)
def _name_expression(pattern: str) -> re.Pattern[str]:
    literals = [re.escape(part) for part in _SEGMENT.split(pattern)]
    return re.compile("([^/]+)".join(literals), re.DOTALL)


def _has_path(resource: Descriptor, path: str) -> bool:
    descriptor: Descriptor | None = resource
    field: FieldDescriptor | None = None
    steps: Sequence[str] = path.split(".")
    for index, step in enumerate(steps):
        field = descriptor.fields_by_name.get(step) if descriptor is not None else None
        if field is None or (field.is_repeated and index < len(steps) - 1):
            return False
        descriptor = field.message_type
    return field is not None


@lru_cache(maxsize=16_384)
def _varint(value: int) -> bytes:
    # Source: base-128 varints of protobuf's encoding.
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)
