"""Values that commands take from the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from rapport.identity.v1.service_pb2 import IdentifierValue, Key
from rapportctl.advice import full_name

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:\d+[dhms])+")
_RATE = re.compile(r"(\d+(?:\.\d+)?)(?:/([dhms]))?")
_CUSTOMER_ID = re.compile(r"(?:customers/)?([0-9A-HJKMNP-TV-Z]{26})", re.IGNORECASE)
_KEY = re.compile(r"([a-z0-9_]{1,32})([=:])(.+)", re.DOTALL)
_NAME = re.compile(r"[a-z]+/[^\s/]+")


class Duration(click.ParamType):
    """A length of time: 30d, 12h, 90m, 45s, or several of them: 1d12h."""

    name = "duration"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> timedelta:  # noqa: ANN401 - click's
        """Read it; more than nothing."""
        if isinstance(value, timedelta):
            return value
        if not _DURATION.fullmatch(value):
            self.fail(f"{value!r} is no duration; right would be 30d, 12h, 90m, 45s or 1d12h", parameter, context)
        seconds = sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)([dhms])", value))
        if not 0 < seconds < 10**9:
            self.fail(f"{value!r} is too short or too long", parameter, context)
        return timedelta(seconds=seconds)


class Rate(click.ParamType):
    """How many in a time: 2000/s, 50/m; a number alone is by second."""

    name = "rate"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> float:  # noqa: ANN401 - click's
        """Read it; the result is per second."""
        if isinstance(value, float):
            return value
        match = _RATE.fullmatch(value)
        rate = float(match[1]) / _UNITS[match[2] or "s"] if match else 0.0
        if rate <= 0:
            self.fail(f"{value!r} is no rate; right would be 2000/s or 50/m", parameter, context)
        return rate


class Moment(click.ParamType):
    """A time in ISO 8601; without an offset it is UTC."""

    name = "time"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> datetime:  # noqa: ANN401 - click's
        """Read it; the result is aware."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time; right would be 2026-03-14 or 2026-03-14T09:26:53Z", parameter, context)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class CustomerKey(click.ParamType):
    """What a person can be known by: a customer id, type=value for an identifier, channel:id for an account."""

    name = "key"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> Key:  # noqa: ANN401 - click's
        """Read it."""
        if isinstance(value, Key):
            return value
        if customer := _CUSTOMER_ID.fullmatch(value):
            return Key(customer_id=customer[1].lower())
        match = _KEY.fullmatch(value)
        if match is None:
            self.fail(
                "right would be a customer id (26 characters), an identifier such as email=maria@example.com, "
                "or an account such as instagram:maria.k",
                parameter,
                context,
            )
        name, sign, rest = match.groups()
        return Key(account=value) if sign == ":" else Key(identifier=IdentifierValue(type=name, value=rest))


class Account(click.ParamType):
    """An account as channel:id, as the channel writes it or as Rapport shows it."""

    name = "account"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> str:  # noqa: ANN401 - click's
        """Read it."""
        match = _KEY.fullmatch(value)
        if match is None or match[2] != ":":
            self.fail("right would be an account such as instagram:maria.k", parameter, context)
        return str(value)


class Identifier(click.ParamType):
    """An identifier as type=value."""

    name = "identifier"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> IdentifierValue:  # noqa: ANN401 - click's
        """Read it."""
        if isinstance(value, IdentifierValue):
            return value
        match = _KEY.fullmatch(value)
        if match is None or match[2] != "=":
            self.fail("right would be an identifier such as email=info@example.com", parameter, context)
        return IdentifierValue(type=match[1], value=match[3])


class ResourceName(click.ParamType):
    """The name of a resource, with its collection or without: decisions/x or x."""

    def __init__(self, collection: str) -> None:
        self.collection = collection
        self.name = collection.removesuffix("s")

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> str:  # noqa: ANN401 - click's
        """Read it; the result has the collection."""
        name = full_name(self.collection, value)
        if not _NAME.fullmatch(name):
            self.fail(f"right would be {self.collection}/ and a name, as rapportctl shows it", parameter, context)
        return name


class Expiry(click.ParamType):
    """When something ends: a time, or a length of time from now."""

    name = "time or duration"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's
        parameter: click.Parameter | None,
        context: click.Context | None,
    ) -> datetime | timedelta:
        """Read it."""
        if isinstance(value, timedelta) or _DURATION.fullmatch(value):
            return DURATION.convert(value, parameter, context)
        return MOMENT.convert(value, parameter, context)


DURATION, RATE, MOMENT, CUSTOMER_KEY = Duration(), Rate(), Moment(), CustomerKey()
ACCOUNT, IDENTIFIER, EXPIRY = Account(), Identifier(), Expiry()
