"""Reading typed values from variables, with every mistake collected instead of the first one raised."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

_NAME = re.compile(r"[a-zA-Z0-9._-]*")
_HOST = re.compile(r"[a-zA-Z0-9._-]+|\[[0-9a-fA-F:]+\]")
_SWITCH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


class Variables:
    """Variables under a prefix. Each read returns a usable value, and `problems` tells what was wrong with it.

    An empty variable counts as absent: a line such as `RAPPORT_KAFKA=` in an env file means the default.
    """

    def __init__(self, environment: Mapping[str, str], prefix: str) -> None:
        self._environment = environment
        self._prefix = prefix
        self.problems: list[str] = []

    def integer(self, name: str, default: int, *, least: int, most: int, power_of_two: bool = False) -> int:
        """Read a whole number from `least` to `most`."""
        text = self._text(name)
        if text is None:
            return default
        kind = "a power of two" if power_of_two else "a whole number"
        if re.fullmatch(r"[+-]?\d{1,18}", text):
            value = int(text)
            if least <= value <= most and not (power_of_two and value & (value - 1)):
                return value
        self._wrong(name, text, f"{kind} from {least} to {most}")
        return default

    def number(self, name: str, default: float, *, above: float, most: float) -> float:
        """Read a number greater than `above`, up to `most`."""
        text = self._text(name)
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if above < value <= most:
            return value
        self._wrong(name, text, f"a number above {above:g} and up to {most:g}")
        return default

    def switch(self, name: str, *, default: bool) -> bool:
        """Read yes or no."""
        text = self._text(name)
        if text is None:
            return default
        if text.lower() not in _SWITCH:
            self._wrong(name, text, f"one of {', '.join(_SWITCH)}")
        return _SWITCH.get(text.lower(), default)

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        """Read one of several words, in any case."""
        text = self._text(name)
        if text is None:
            return default
        if text.lower() not in choices:
            self._wrong(name, text, f"one of {', '.join(choices)}")
            return default
        return text.lower()

    def name(self, name: str, default: str) -> str:
        """Read a part of a topic's or a database's name. Present and empty means empty, not the default."""
        text = self._environment.get(self._prefix + name)
        if text is None:
            return default
        if not _NAME.fullmatch(text):
            self._wrong(name, text, "letters, digits, '.', '_' and '-'")
        return text

    def address(self, name: str, default: str) -> str:
        """Read `host:port`."""
        text = self._text(name)
        if text is None:
            return default
        if not _is_address(text):
            self._wrong(name, text, "host:port, such as 127.0.0.1:7401")
            return default
        return text

    def addresses(self, name: str, default: str) -> tuple[str, ...]:
        """Read one or more `host:port`, separated by commas."""
        text = self._text(name)
        if text is None:
            return (default,)
        parts = tuple(part.strip() for part in text.split(","))
        if not all(map(_is_address, parts)):
            self._wrong(name, text, "host:port, and more after commas, such as 127.0.0.1:9092")
            return (default,)
        return parts

    def url(self, name: str, default: str, starts: tuple[str, ...]) -> str:
        """Read a URL that starts in one of these ways. It may hold a password, so a problem does not quote it."""
        text = self._text(name)
        if text is None:
            return default
        if not text.startswith(starts) or text in starts:
            self._wrong(name, None, f"a URL that starts with {' or '.join(starts)}")
            return default
        return text

    def secret(self, name: str, *, shortest: int, required: bool) -> bytes:
        """Read a secret of at least `shortest` bytes; a problem does not quote it."""
        value = (self._text(name) or "").encode()
        if not value and not required:
            return b""
        if len(value) < shortest:
            self._wrong(name, None, f"a secret of at least {shortest} bytes, the same in every process")
        return value

    def file(self, name: str) -> Path | None:
        """Read the path of an existing file, or None where there is none."""
        text = self._text(name)
        if text is None:
            return None
        if not Path(text).is_file():
            self._wrong(name, text, "the path of a file that exists")
        return Path(text)

    def _text(self, name: str) -> str | None:
        return self._environment.get(self._prefix + name, "").strip() or None

    def _wrong(self, name: str, text: str | None, right: str) -> None:
        variable = self._prefix + name
        if text is None:
            found = "is malformed" if self._text(name) else "is not set"
            self.problems.append(f"{variable} {found}; right would be {right}")
        else:
            self.problems.append(f"{variable} is {text!r}; right would be {right}")


def _is_address(text: str) -> bool:
    host, _, port = text.rpartition(":")
    return bool(_HOST.fullmatch(host)) and port.isascii() and port.isdigit() and int(port) < 1 << 16
