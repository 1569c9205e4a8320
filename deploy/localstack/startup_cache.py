"""The JVM's start-up cache for Kafka: made once at setup by a trial run, it halves the time to the first answer."""

import hashlib
import tempfile
from pathlib import Path

from localstack.broker import JVM_OPTIONS, Kafka
from localstack.errors import LocalStackError
from localstack.java import Java
from localstack.places import Places
from localstack.settings import Settings

WRITE_SECONDS = 120.0


def is_current(places: Places, java: Java) -> bool:
    """Say whether the cache was made for these jars, this Java and these options."""
    stamp = _stamp(places)
    return places.startup_cache.exists() and stamp.exists() and stamp.read_text() == _made_for(places, java)


def make(places: Places, settings: Settings, java: Java) -> bool:
    """Run Kafka once and let the JVM write the cache when it ends; say whether it did.

    Kafka works without: where the trial fails, there is no cache, and that is all.
    """
    places.startup_cache.unlink(missing_ok=True)
    draft = places.startup_cache.with_suffix(".draft")
    with tempfile.TemporaryDirectory(dir=places.local, prefix="trial-") as home:
        trial = Kafka(
            Path(home), places=places, settings=settings, jvm_options=(f"-XX:AOTCacheOutput={draft}", "-Xlog:aot=off")
        )
        try:
            trial.start()
            trial.stop(WRITE_SECONDS)
        except LocalStackError:
            return False
    if not draft.exists():
        return False
    draft.replace(places.startup_cache)
    _stamp(places).write_text(_made_for(places, java))
    return True


def _stamp(places: Places) -> Path:
    return places.startup_cache.with_suffix(".stamp")


def _made_for(places: Places, java: Java) -> str:
    parts = [str(java.program), str(java.version), str(places.jars), *JVM_OPTIONS]
    return hashlib.sha256("\n".join(parts).encode() + places.jars_lock.read_bytes()).hexdigest()
