"""Where things lie: one folder `.local` in the project holds all that is installed, and all data."""

from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Places:
    """Paths of the local stack; tests point `local` at a temporary folder."""

    project: Path = PROJECT
    local: Path = PROJECT / ".local"

    @property
    def jars(self) -> Path:
        """Folder of Kafka's jars."""
        return self.local / "jars"

    @property
    def jars_lock(self) -> Path:
        """The pinned jars with their checksums."""
        return self.project / "deploy" / "kafka-jars.lock"

    @property
    def startup_cache(self) -> Path:
        """The JVM's cache of loaded and linked classes, which makes Kafka start in half the time."""
        return self.local / "kafka.aot"

    @property
    def secantus_python(self) -> Path:
        """Virtual environment of SecantusDB's Python server."""
        return self.local / "secantus-py"

    @property
    def secantus_lock(self) -> Path:
        """The pinned requirements of SecantusDB's Python server."""
        return self.project / "deploy" / "secantus-requirements.lock"

    @property
    def secantus_rust(self) -> Path:
        """Where cargo installs SecantusDB's Rust server."""
        return self.local / "secantus-rs"

    @property
    def services(self) -> Path:
        """The list of Rapport's services."""
        return self.project / "deploy" / "services.yaml"

    @property
    def data(self) -> Path:
        """The data folder of `make run`."""
        return self.local / "data"
