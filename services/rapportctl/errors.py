"""What a command reports to the person who ran it."""

from __future__ import annotations


class RapportctlError(Exception):
    """Something that the message explains; the command ends with exit status 1."""


class NotFoundError(RapportctlError):
    """What was asked for does not exist; exit status 3, so that scripts can tell."""
