"""What the local stack takes from the environment; nothing else in this package reads it."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """The person's own choices and programs.

    `store_url` is set only where the person named a store; `inherited` is handed on to the services.
    """

    store_url: str | None = None
    pseudonym_key: str | None = None
    java_home: Path | None = None
    search_path: str = os.defpath
    inherited: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read `environment`, by default the process's own; an empty variable counts as unset."""
        given = dict(os.environ if environment is None else environment)
        java_home = given.get("JAVA_HOME")
        return cls(
            store_url=given.get("RAPPORT_STORE_URL") or None,
            pseudonym_key=given.get("RAPPORT_PSEUDONYM_KEY") or None,
            java_home=Path(java_home) if java_home else None,
            search_path=given.get("PATH", os.defpath),
            inherited=given,
        )

    def program(self, name: str) -> Path | None:
        """Return the program of this name on the search path, or None."""
        found = shutil.which(name, path=self.search_path)
        return Path(found) if found else None
