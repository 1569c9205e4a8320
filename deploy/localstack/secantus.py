"""Installing SecantusDB: its Python server from PyPI, or its faster Rust server built by cargo.

A beta under GPL-2.0: separate programs for development and tests, never linked, never for production.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from localstack.errors import InstallError
from localstack.places import Places
from localstack.process import tail
from localstack.settings import Settings
from localstack.store_choice import secantus_python_program, secantus_rust_program

CRATE = "secantus-mdb"
CRATE_VERSION = "0.5.3-beta.196"
STAMP = "complete"


def python_server_is_installed(places: Places) -> bool:
    """Say whether the server that the lock pins is there."""
    stamp = places.secantus_python / STAMP
    return (
        secantus_python_program(places).exists()
        and stamp.exists()
        and stamp.read_text() == _digest(places.secantus_lock)
    )


def install_python_server(places: Places) -> None:
    """Make the server's virtual environment anew, from the lock, every package checked by its hash.

    Raises InstallError with the last lines of what pip said.
    """
    folder, log = places.secantus_python, places.local / "secantus-py-install.log"
    shutil.rmtree(folder, ignore_errors=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    python = str(folder / "bin" / "python")
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)], log, "Could not make a virtual environment.")
    install = ["install", "--require-hashes", "--only-binary", ":all:", "--requirement", str(places.secantus_lock)]
    _run([sys.executable, "-m", "pip", "--python", python, *install], log, "Could not install SecantusDB.")
    (folder / STAMP).write_text(_digest(places.secantus_lock))


def rust_server_is_built(places: Places) -> bool:
    """Say whether the pinned version of the Rust server is there."""
    program = secantus_rust_program(places)
    if not program.exists():
        return False
    result = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    return CRATE_VERSION in result.stdout


def build_rust_server(places: Places, settings: Settings) -> None:
    """Build the Rust server by cargo, whose own output is shown; takes minutes. Raises InstallError."""
    cargo = settings.program("cargo")
    if cargo is None:
        raise InstallError(
            "There is no cargo on the PATH, which builds the faster store.",
            "Install the Rust toolchain (rustup), or do without: `make setup` installs a store that needs no compiler.",
        )
    command = [str(cargo), "install", CRATE, "--version", CRATE_VERSION, "--ignore-rust-version", "--force"]
    result = subprocess.run([*command, "--root", str(places.secantus_rust)], check=False)  # noqa: S603
    if result.returncode != 0 or not rust_server_is_built(places):
        raise InstallError(
            f"cargo could not build {CRATE} {CRATE_VERSION}.",
            "The lines above say why; a C compiler, cmake and a recent Rust are needed.",
        )


def _run(command: list[str], log: Path, problem: str) -> None:
    with log.open("ab") as output:
        result = subprocess.run(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if result.returncode != 0:
        raise InstallError(problem, f"Is the network there? All of it is in {log}; the last lines:\n{tail(log)}")


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()
