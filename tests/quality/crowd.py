"""A list of made-up people of any length, as a shop keeps one: what speed is measured on.

Of a hundred records about twenty are of somebody who is in the list already, with a typing error, a nickname, another
address, swapped names or something missing. Names, streets, cities and postal codes are those of the simulator's town:
as unevenly common as real ones, so that the longer the list, the more different ones it has, and the more people bear
each of the common ones.

    python -m tests.quality.crowd 300000 > crowd.csv
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from typing import TextIO

from rapportctl.town import TownSettings, chance
from rapportctl.town.details import Details
from rapportctl.town.people import Population

COLUMNS = (
    *("id", "person", "given_name", "family_name", "date_of_birth", "email", "phone"),
    *("street", "postal_code", "city", "region", "country"),
)
"""`person` is whose record it is: the truth, not for the linker's eyes."""

DUPLICATES = 0.2
"""Of all records: those of somebody who has another."""

_SHOWN = {"email": 0.7, "phone": 0.6}
_SEPARATOR = "\x1f"
_NOISE = {
    "mistake_share": 0.15,
    "moved_share": 0.08,
    "married_share": 0.02,
    "nickname_share": 0.03,
    "swapped_share": 0.02,
    "plain_share": 0.05,
    "date_mistake_share": 0.02,
    "missing_share": 0.05,
    "junk_details_share": 0.005,
}


def crowd(records: int, seed: int = 1) -> Iterator[tuple[str, ...]]:
    """Yield so many rows under `COLUMNS`, in random order; equal arguments give equal rows on every machine.

    Makes them all before the first: about 40 microseconds for each, and 320 MB for 300,000.
    """
    people = max(1, round(records * (1 - DUPLICATES)))
    settings = TownSettings(people=people, seed=seed).with_shares(_NOISE)
    draw = chance.draw_of(seed, chance.RENDERING)
    more = [0] * people
    for _ in range(records - people):
        more[int(draw() * people)] += 1
    details = Details(settings, draw)
    lines: list[str] = []
    for person in Population(settings):
        for _ in range(1 + more[person.number]):
            at_ms = int(draw() * settings.duration_ms)
            told = details.form(person, at_ms).told
            if draw() < _SHOWN["email"]:
                told.setdefault("email", person.email)
            if draw() < _SHOWN["phone"]:
                told["phone"] = person.as_of(at_ms).phone
            lines.append(_SEPARATOR.join((str(person.number), *(told.get(column, "") for column in COLUMNS[2:]))))
    for place in range(len(lines) - 1, 0, -1):
        other = int(draw() * (place + 1))
        lines[place], lines[other] = lines[other], lines[place]
    for number, line in enumerate(lines, start=1):
        yield (str(number), *line.split(_SEPARATOR))


def write(rows: Iterable[tuple[str, ...]], file: TextIO) -> None:
    """Write the rows as CSV, under a line of column names."""
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows(rows)


if __name__ == "__main__":
    write(crowd(int(sys.argv[1])), sys.stdout)
