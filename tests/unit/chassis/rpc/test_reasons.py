"""The chassis' reasons are those of the API."""

from __future__ import annotations

from chassis.rpc import reasons
from rapport.common.v1.common_pb2 import ErrorReason


def test_each_reason_is_one_of_the_api() -> None:
    known = {name.removeprefix("ERROR_REASON_") for name in ErrorReason.DESCRIPTOR.values_by_name}
    own = {value for name, value in vars(reasons).items() if name.isupper() and name != "DOMAIN"}
    assert own
    assert own <= known
