"""The names of the service's collections."""

from __future__ import annotations

from identity_resolution.application import ports

CUSTOMERS = ports.CUSTOMERS
MEMBERSHIPS = ports.MEMBERSHIPS
ACCOUNTS = "accounts"
DETAILS = "details"
BLOCKS = "blocks"
IDENTIFIERS = "identifiers"
DECISIONS = "decisions"
CONSTRAINTS = "constraints"
SUGGESTIONS = "suggestions"
RELATIONSHIPS = "relationships"
OUTCOMES = "outcomes"
MARKERS = "markers"
JOURNAL = "journal"

DECIDED = (
    MARKERS,
    DECISIONS,
    CONSTRAINTS,
    CUSTOMERS,
    MEMBERSHIPS,
    IDENTIFIERS,
    SUGGESTIONS,
    RELATIONSHIPS,
    OUTCOMES,
)
"""What decisions change: each before those that name what is in it. Markers are first, so that nothing that was erased
is forgotten before it is known to have been."""
