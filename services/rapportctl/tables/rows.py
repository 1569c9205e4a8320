"""Makes interactions of a table's rows: for each row one account, which is observed with the row's details."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice

import phonenumbers

from rapport.interactions.v1.interaction_pb2 import Account, Interaction, Observation
from rapportctl.errors import RapportctlError
from rapportctl.tables import dates
from rapportctl.tables.mapping import CHANNEL, TableMapping, Written, source
from rapportctl.tables.reading import Row, Table

LONGEST_ID = 256
LONGEST_CHANNEL = 32
SAMPLE = 10_000
"""Rows that are looked at to find out how dates are written."""
SOURCE = "table"
_NO_CHANNEL = re.compile(r"[^a-z0-9_]+")
_ADDRESS = {"postal_code", "city", "region"}
_PLAIN = {"given_name", "family_name", "full_name", "email", "company", "language"}

Take = Callable[[Sequence[str]], str]
"""Takes a value from a row; empty where it is missing."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row as an interaction; `id` is what the table calls the record, `truth` who it is, where the table says so."""

    line: int
    id: str
    truth: str
    interaction: Interaction


@dataclass(slots=True)
class TableReport:
    """What became of the rows: bad ones with their lines, and how many values of each detail could not be used."""

    bad: list[tuple[int, str]] = field(default_factory=list)
    unusable: Counter[str] = field(default_factory=Counter)


class Rows:
    """A table under a mapping, as records. It can be read more than once; `report` is of the last time.

    `now` is when they were observed, where the mapping names no time. The same row gives the same event id, so that
    sending a table again changes nothing.
    """

    def __init__(self, table: Table, mapping: TableMapping, now: datetime) -> None:
        self.report = TableReport()
        self._table = table
        self._mapping = mapping
        self._places = {name: place for place, name in enumerate(table.header)}
        self._missing = frozenset(mapping.missing) | {""}
        self._now = now
        self._details = {name: self._taker(written) for name, written in mapping.details.items()}
        self._attributes = {name: self._taker(written) for name, written in mapping.attributes.items()}
        self._identifiers = [
            (type_, self._taker(column))
            for type_, columns in mapping.identifiers.items()
            for column in ((columns,) if isinstance(columns, str) else columns)
        ]
        self._id = self._taker(mapping.id) if mapping.id else None
        self._channel = self._taker(mapping.account.channel)
        self._account = self._taker(mapping.account.id) if mapping.account.id is not None else None
        self._truth = self._taker(mapping.truth) if mapping.truth else None
        self._time = self._taker(mapping.time) if mapping.time is not None else None
        self._phone = _e164(mapping.phone_region)
        self._orders = {name: self._order_of(written) for name, written in self._dated().items()}
        self._dates = {
            name: dates.reader(source(written).format, self._orders[name]) for name, written in self._dated().items()
        }

    def ambiguous_dates(self) -> list[str]:
        """Details whose dates are written day and month first, and do not show which; they are read as day first."""
        return [name for name, order in self._orders.items() if order is dates.Order.UNKNOWN]

    def records(self, on_bytes: Callable[[int], None] | None = None) -> Iterator[Record]:
        """Yield a record per row. Bad rows are left out and told in `report`: ragged, without or with a used id."""
        self.report = report = TableReport()
        lines: dict[str, int] = {}
        number = 0

        def ragged(line: int, reason: str) -> None:
            report.bad.append((line, reason))

        for row in self._table.rows(ragged, on_bytes):
            number += 1
            try:
                record = self._record(row, number)
            except _BadRowError as error:
                report.bad.append((row.line, str(error)))
                continue
            first = lines.setdefault(record.id, row.line)
            if first != row.line:
                report.bad.append((row.line, f"the id of the record occurs before, in line {first}"))
                continue
            yield record

    def _record(self, row: Row, number: int) -> Record:
        values = row.values
        id_ = self._id(values) if self._id else str(number)
        if not id_:
            raise _BadRowError(f"no id in the column {self._mapping.id}")
        name = self._account(values) if self._account else id_ if self._id else f"{self._table.path.stem}/{number}"
        if not name or len(name) > LONGEST_ID:
            raise _BadRowError(f"the account's id has {len(name)} characters; 1 to {LONGEST_ID} would be right")
        account = Account(channel=_channel(self._channel(values)), id=name)
        interaction = Interaction(account=account, source=SOURCE, observation=self._observation(values))
        for type_, take in self._identifiers:
            if value := take(values):
                interaction.identifiers.add(type=type_, value=self._phone(value) if type_ == "phone" else value)
        digest = hashlib.sha256(interaction.SerializeToString(deterministic=True))
        interaction.event_id = f"{SOURCE}/{digest.hexdigest()[:32]}"
        interaction.occurred_at.FromDatetime(self._observed_at(values))
        return Record(row.line, id_, self._truth(values) if self._truth else "", interaction)

    def _observation(self, values: Sequence[str]) -> Observation:
        taken = {name: value for name, take in self._details.items() if (value := take(values))}
        attributes = {name: value for name, take in self._attributes.items() if (value := take(values))}
        if handle := taken.get("handle"):
            # A handle that is alike speaks for one person; as an identifier it would say so for certain.
            attributes["handle"] = handle
        observation = Observation(attributes=attributes)
        for name in taken.keys() & _PLAIN:
            setattr(observation, name, taken[name])
        if phone := taken.get("phone"):
            observation.phone = self._phone(phone)
        if born := taken.get("date_of_birth"):
            observation.date_of_birth = self._date("date_of_birth", born)
        for name in taken.keys() & _ADDRESS:
            setattr(observation.address, name, taken[name])
        if country := taken.get("country"):
            observation.address.country = self._country(country)
        if street := taken.get("street"):
            observation.address.lines.append(street)
        return observation

    def _date(self, name: str, text: str) -> str:
        found = self._dates[name](text)
        if not found:
            self.report.unusable[name] += 1
        return found

    def _country(self, text: str) -> str:
        if len(text) == 2 and text.isascii() and text.isalpha():
            return text.upper()
        self.report.unusable["country"] += 1
        return ""

    def _observed_at(self, values: Sequence[str]) -> datetime:
        if self._time is None:
            return self._now
        found = self._date("time", self._time(values))
        return datetime.fromisoformat(found).replace(tzinfo=UTC) if found else self._now

    def _taker(self, written: Written) -> Take:
        said = source(written)
        missing, value = self._missing, said.value
        places = [self._places[name] for name in said.names]
        if len(places) == 1:
            place = places[0]

            def one(values: Sequence[str]) -> str:
                text = values[place].strip()
                return value if text.lower() in missing else text

            return one

        def joined(values: Sequence[str]) -> str:
            texts = (values[place].strip() for place in places)
            return " ".join(text for text in texts if text.lower() not in missing) or value

        return joined

    def _dated(self) -> Mapping[str, Written]:
        details = self._mapping.details
        dated = {name: details[name] for name in ("date_of_birth",) if name in details}
        return dated if self._mapping.time is None else {**dated, "time": self._mapping.time}

    def _order_of(self, written: Written) -> dates.Order:
        """In which order a column writes dates, by its first rows; a format that is given tells it itself."""
        if source(written).format:
            return dates.Order.YEAR_FIRST
        take = self._taker(written)
        first = islice(self._table.rows(lambda line, reason: None), SAMPLE)
        return dates.order_of(take(row.values) for row in first)


def _channel(text: str) -> str:
    """A channel's name as accounts have it: lower case, digits and underscores."""
    return _NO_CHANNEL.sub("_", text.lower())[:LONGEST_CHANNEL].strip("_") or CHANNEL


class _BadRowError(ValueError):
    """A row of which no record can be made; the message says why."""


def _e164(region: str) -> Callable[[str], str]:
    """What writes telephone numbers of the region with their country code; others stay as they are."""
    if not region:
        return lambda text: text
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise RapportctlError(
            f"phone_region: no numbering plan has the region {region}; GB, DE and US are some that have one"
        )

    @lru_cache(maxsize=4096)
    def written(text: str) -> str:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            return text
        if not phonenumbers.is_possible_number(number):
            return text
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    return written
