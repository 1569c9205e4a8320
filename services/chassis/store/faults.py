"""What a failure of the store means to its caller: wait and try again, or stop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import errors

from chassis.errors import ChassisError, Unavailable

DUPLICATE_KEY = 11000

# Names and meaning: https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml
_PASSING_CODES = frozenset(
    {
        6,  # HostUnreachable
        7,  # HostNotFound
        24,  # LockTimeout
        50,  # MaxTimeMSExpired
        64,  # WriteConcernTimeout
        89,  # NetworkTimeout
        91,  # ShutdownInProgress
        100,  # UnsatisfiableWriteConcern
        112,  # WriteConflict
        134,  # ReadConcernMajorityNotAvailableYet
        189,  # PrimarySteppedDown
        202,  # NetworkInterfaceExceededTimeLimit
        262,  # ExceededTimeLimit
        9001,  # SocketException
        10058,  # LegacyNotPrimary
        10107,  # NotWritablePrimary
        11600,  # InterruptedAtShutdown
        11602,  # InterruptedDueToReplStateChange
        13435,  # NotPrimaryNoSecondaryOk
        13436,  # NotPrimaryOrSecondary
        14031,  # OutOfDiskSpace
    }
)
_PASSING_ERRORS = (
    errors.ConnectionFailure,
    errors.ExecutionTimeout,
    errors.WriteConcernError,
    errors.CursorNotFound,
)


class Refused(ChassisError):
    """The store answered that it will not do this, now or later: a fault in the program, the rights or the indexes."""


@contextmanager
def store_faults() -> Iterator[None]:
    """Turn pymongo's errors into `Unavailable`, where waiting may help, or `Refused`.

    Their messages hold codes and no contents of documents.
    """
    try:
        yield
    except _PASSING_ERRORS as error:
        raise Unavailable(_describe(error)) from error
    except errors.OperationFailure as error:
        if error.code in _PASSING_CODES or error.has_error_label("RetryableWriteError"):
            raise Unavailable(_describe(error)) from error
        # The cause's text may quote a document, so it is left out of the chain.
        raise Refused(_describe(error)) from None


def duplicates(details: dict[str, Any]) -> list[int]:
    """Return which operations of a bulk write, by index, met a document that has their `_id` already.

    `details` is what the store reported. Raises `Unavailable` or `Refused` where anything else went wrong.
    """
    for problem in details.get("writeConcernErrors", ()):
        raise Unavailable(f"the write was not confirmed by a majority: code {problem.get('code')}")
    found = []
    for problem in details.get("writeErrors", ()):
        code = problem.get("code")
        if code == DUPLICATE_KEY:
            fields = list(problem.get("keyPattern", {"_id": 1}))
            if fields != ["_id"]:
                raise Refused(f"a unique index on {', '.join(fields)} refused a document")
            found.append(int(problem["index"]))
        elif code in _PASSING_CODES:
            raise Unavailable(f"the store could not write: code {code}")
        else:
            raise Refused(f"the store refused a document: code {code}")
    return found


def _describe(error: errors.PyMongoError) -> str:
    code = getattr(error, "code", None)
    return type(error).__name__ + (f", code {code}" if code is not None else "")
