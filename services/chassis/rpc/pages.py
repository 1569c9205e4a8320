"""Page tokens: opaque to callers, and good only for the request that they continue."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from typing import Any

import grpc
import msgspec
from google.protobuf.message import Message

from chassis.rpc.errors import RpcError
from chassis.rpc.reasons import INVALID_PAGE_TOKEN

_CHECK = 8
_PAGING_FIELDS = ("page_token", "page_size")


def page_token(position: Sequence[Any], request: Message, key: bytes = b"") -> str:
    """Return the token of the page after `position`, a list of numbers and strings.

    It is bound to all fields of the request but the paging ones. It holds the position in the clear.
    """
    body = msgspec.msgpack.encode(list(position))
    token = base64.urlsafe_b64encode(_check(body, request, key) + body)
    return token.decode("ascii").rstrip("=")


def page_position(token: str, request: Message, key: bytes = b"", field: str = "page_token") -> list[Any] | None:
    """Return the position that a page starts after, or None for the first page (an empty token).

    Raises `RpcError` INVALID_ARGUMENT (INVALID_PAGE_TOKEN), naming `field`, for a token that `page_token` did not make
    for this request.
    """
    if not token:
        return None
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refused(field) from None
    check, body = data[:_CHECK], data[_CHECK:]
    if not hmac.compare_digest(check, _check(body, request, key)):
        raise _refused(field)
    try:
        return msgspec.msgpack.decode(body, type=list[Any])
    except msgspec.DecodeError:
        raise _refused(field) from None


def _check(body: bytes, request: Message, key: bytes) -> bytes:
    bound = type(request)()
    bound.CopyFrom(request)
    for name in _PAGING_FIELDS:
        if name in request.DESCRIPTOR.fields_by_name:
            bound.ClearField(name)
    parts = (request.DESCRIPTOR.full_name.encode(), bound.SerializeToString(deterministic=True), body)
    digest = hashlib.blake2b(digest_size=_CHECK, key=key[:64])
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


def _refused(field: str) -> RpcError:
    return RpcError(
        grpc.StatusCode.INVALID_ARGUMENT,
        INVALID_PAGE_TOKEN,
        f"{field}: take it from the answer before, and repeat the request unchanged",
        {"field": field},
    )
