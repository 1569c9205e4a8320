"""A name for what Faust and aiokafka give and take: both carry no types."""

from typing import Any

Untyped = Any
