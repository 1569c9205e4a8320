"""Reads interactions as producers send them, and refuses with a reason what Rapport cannot use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NoReturn

from google.protobuf.message import DecodeError

from chassis.errors import InvalidRecord
from chassis.records import Record
from identity_resolution.adapters import checks
from identity_resolution.adapters.observations import observed
from identity_resolution.application.ports import Submission
from identity_resolution.domain.account import NO_DETAILS
from identity_resolution.domain.keys import CHANNEL, Keys
from identity_resolution.domain.matching.details import Details, normalise
from identity_resolution.domain.matching.rules import MatchField
from rapport.interactions.v1.interaction_pb2 import Interaction, Referral

LONGEST_EVENT_ID = 128
REMEMBERED_DETAILS = 8_192
HANDLE = "handle"
OBSERVATION = "observation"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NANOSECONDS = 1_000_000_000
_parse = Interaction.FromString


class IntakeReader:
    """Parses, checks, turns what a person can be known by into keys, and normalises details. One parse serves all.

    `fields` are those of the rules of matching. Details are those of an observation, and handles shown as identifiers.

    Reasons: UNPARSEABLE, NO_ACCOUNT, NO_EVENT_ID, NO_TIME, TIME_IN_FUTURE, UNKNOWN_KIND, UNKNOWN_IDENTIFIER_TYPE,
    VALUE_OUT_OF_RANGE. A detail names the field and what would be right, and never the value.
    """

    def __init__(self, keys: Keys, fields: Mapping[str, MatchField], future_tolerance: timedelta) -> None:
        self._keys = keys
        # Forms are sent again and again.
        self._normalised = lru_cache(maxsize=REMEMBERED_DETAILS)(lambda raw: normalise(raw, fields))
        self._tolerance = future_tolerance
        self._now = _EPOCH
        self._latest = 0

    def read(self, record: Record, now: datetime) -> Submission:
        """The interaction of the record. Raises `InvalidRecord` with one of the reasons above."""
        if now is not self._now:
            self._now, self._latest = now, (now + self._tolerance - _EPOCH) // timedelta(microseconds=1) * 1000
        interaction = _parsed(record.value)
        account = interaction.account
        channel, id_ = account.channel, account.id
        if not CHANNEL.fullmatch(channel) or not id_ or id_.isspace():
            _refuse_account(channel)
        event_id = interaction.event_id
        if not event_id or len(event_id) > LONGEST_EVENT_ID or event_id.isspace():
            raise InvalidRecord("NO_EVENT_ID", f"event_id: 1 to {LONGEST_EVENT_ID} characters")
        occurred_at = self._time(interaction)
        kind = interaction.WhichOneof("kind")
        if kind is None:
            raise InvalidRecord("UNKNOWN_KIND", "kind: one of the kinds that Interaction names must be set")
        claims = self._claims(interaction, kind)
        checks.text(id_, "account.id")
        checks.text(interaction.source, "source")
        if interaction.HasField("figures"):
            checks.figures(interaction.figures)
        checks.KINDS[kind](getattr(interaction, kind))
        implied = self._keys.personal_channels.get(channel)
        if implied is not None:
            claims.append((implied, id_))
        identifiers, ignored_values = self._identifiers(claims, channel)
        details = self._details(interaction, kind, claims, channel) if claims or kind == OBSERVATION else NO_DETAILS
        return Submission(self._keys.account(channel, id_), event_id, occurred_at, identifiers, ignored_values, details)

    def whose(self, record: Record) -> Submission | None:
        """Of a record that cannot be used, the account and the time as far as they can be read; None where not.

        Producers key what they send by "channel:id", so that the account can be told where the value is no interaction.
        """
        channel, id_, occurred_at = "", "", 0
        try:
            interaction = _parse(record.value or b"")
        except DecodeError:
            pass
        else:
            channel, id_ = interaction.account.channel, interaction.account.id
            occurred_at = interaction.occurred_at.seconds * _NANOSECONDS + interaction.occurred_at.nanos
        if not id_:
            channel, _, id_ = (record.key or b"").decode(errors="replace").partition(":")
        if not CHANNEL.fullmatch(channel) or not id_ or id_.isspace():
            return None
        return Submission(self._keys.account(channel, id_), "", occurred_at, (), 0)

    def _identifiers(self, claims: list[tuple[str, str]], channel: str) -> tuple[tuple[str, ...], int]:
        """The keys of what was claimed, each once, and how many claims tie nothing."""
        if not claims:
            return (), 0
        claim = self._keys.claim
        keys = [claim(type_, value, channel) for type_, value in claims]
        return tuple(dict.fromkeys([key for key in keys if key])), keys.count(None)

    def _details(self, interaction: Interaction, kind: str, claims: list[tuple[str, str]], channel: str) -> Details:
        """What it tells of the person, normalised; a handle that ties nothing tells nothing."""
        claim = self._keys.claim
        raw = [each for each in claims if each[0] == HANDLE and claim(HANDLE, each[1], channel)]
        if kind == OBSERVATION:
            raw += observed(interaction.observation, self._keys)
        return self._normalised(tuple(raw)) if raw else NO_DETAILS

    def _time(self, interaction: Interaction) -> int:
        """When it happened, in nanoseconds since 1970."""
        if not interaction.HasField("occurred_at"):
            raise InvalidRecord("NO_TIME", "occurred_at: when it happened, by the source's clock")
        timestamp = interaction.occurred_at
        nanos = timestamp.nanos
        occurred_at = timestamp.seconds * _NANOSECONDS + nanos
        if occurred_at > self._latest:
            raise InvalidRecord(
                "TIME_IN_FUTURE",
                f"occurred_at: at most {self._tolerance.total_seconds() / 3600:g} hours ahead of Rapport's clock",
            )
        if occurred_at < 0 or not 0 <= nanos < _NANOSECONDS:
            raise checks.Unfit("occurred_at", "not before 1970, and less than a second of nanoseconds")
        return occurred_at

    def _claims(self, interaction: Interaction, kind: str) -> list[tuple[str, str]]:
        """Type and raw value of all that it says of who the person is."""
        claims: list[tuple[str, str]] = []
        types = self._keys.types
        for identifier in interaction.identifiers:
            type_, value = identifier.type, identifier.value
            if type_ not in types:
                raise _unknown_type("identifiers.type")
            checks.text(value, "identifiers.value", checks.LONGEST_IDENTIFIER)
            claims.append((type_, value))
        if len(claims) > checks.MOST_IDENTIFIERS:
            raise checks.Unfit("identifiers", f"at most {checks.MOST_IDENTIFIERS}")
        if kind == OBSERVATION:
            contacts = (("email", interaction.observation.email), ("phone", interaction.observation.phone))
            claims += [claim for claim in contacts if claim[1] and claim[0] in types]
        elif kind == "referral":
            self._check_referred(interaction.referral)
        return claims

    def _check_referred(self, referral: Referral) -> None:
        """Somebody else's identifier ties nothing to this account, but must be of a type that can be looked up."""
        if referral.HasField("referred") and referral.referred.type not in self._keys.types:
            raise _unknown_type("referral.referred.type")


def _parsed(value: bytes | None) -> Interaction:
    if not value:
        raise InvalidRecord("UNPARSEABLE", "the value is empty; a serialized Interaction would be right")
    try:
        return _parse(value)
    except DecodeError:
        raise InvalidRecord("UNPARSEABLE", "the value is no serialized Interaction") from None


def _refuse_account(channel: str) -> NoReturn:
    if not channel:
        raise InvalidRecord("NO_ACCOUNT", "account.channel: is missing")
    if not CHANNEL.fullmatch(channel):
        raise InvalidRecord("NO_ACCOUNT", "account.channel: 1 to 32 lower-case letters, digits and underscores")
    raise InvalidRecord("NO_ACCOUNT", "account.id: is missing or blank")


def _unknown_type(field: str) -> InvalidRecord:
    return InvalidRecord("UNKNOWN_IDENTIFIER_TYPE", f"{field}: one of the types that the identity rules declare")
