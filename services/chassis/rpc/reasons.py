"""Why a call was refused, as codes for programs. They are names of the API's list of reasons, without its prefix."""

from __future__ import annotations

DOMAIN = "rapport"

INVALID_FIELD = "INVALID_FIELD"
UNKNOWN_FIELD_IN_MASK = "UNKNOWN_FIELD_IN_MASK"
BATCH_TOO_LARGE = "BATCH_TOO_LARGE"
INVALID_PAGE_TOKEN = "INVALID_PAGE_TOKEN"  # noqa: S105 - no password
STORE_UNAVAILABLE = "STORE_UNAVAILABLE"
DEPENDENCY_UNAVAILABLE = "DEPENDENCY_UNAVAILABLE"
