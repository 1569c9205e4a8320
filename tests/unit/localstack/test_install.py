"""Setup and fast-store, with programs that only pretend."""

import hashlib
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from localstack import Places, Settings, secantus
from localstack import setup as installation
from localstack.cli import main
from localstack.errors import InstallError
from localstack.store_choice import secantus_python_program, secantus_rust_program

CARGO = """#!/bin/sh
echo "$@" > "{log}"
while [ "$1" != --root ]; do shift; done
mkdir -p "$2/bin"
printf '#!/bin/sh\\necho secantusd-rs {version}\\n' > "$2/bin/secantusd-rs"
chmod +x "$2/bin/secantusd-rs"
"""


def pretend_cargo(folder: Path, version: str) -> Settings:
    """Return settings under which a pretended cargo builds a server of this version."""
    folder.mkdir(exist_ok=True)
    cargo = folder / "cargo"
    cargo.write_text(CARGO.format(log=folder / "arguments", version=version))
    cargo.chmod(0o755)
    return Settings(search_path=str(folder))


def test_the_rust_server_is_built_at_the_pinned_version(tmp_path: Path) -> None:
    """Cargo is told the version and the folder, and the result counts as built."""
    places = Places(local=tmp_path / "local")
    settings = pretend_cargo(tmp_path / "bin", secantus.CRATE_VERSION)
    assert not secantus.rust_server_is_built(places)
    secantus.build_rust_server(places, settings)
    assert secantus.rust_server_is_built(places)
    arguments = (tmp_path / "bin" / "arguments").read_text()
    assert f"install secantus-mdb --version {secantus.CRATE_VERSION} --ignore-rust-version" in arguments
    assert str(places.secantus_rust) in arguments


def test_a_server_of_another_version_does_not_count_as_built(tmp_path: Path) -> None:
    """A build that left an older server is reported as failed."""
    with pytest.raises(InstallError, match="could not build"):
        secantus.build_rust_server(Places(local=tmp_path / "local"), pretend_cargo(tmp_path / "bin", "0.1.0"))


def test_without_cargo_the_error_says_what_would_help(tmp_path: Path) -> None:
    """The error names the toolchain, and that one can do without."""
    with pytest.raises(InstallError, match=r"(?s)no cargo.*rustup"):
        secantus.build_rust_server(Places(local=tmp_path), Settings(search_path=""))


def test_the_python_server_counts_as_installed_only_for_its_own_lock(tmp_path: Path) -> None:
    """A changed lock leads to a new installation."""
    places = Places(project=tmp_path, local=tmp_path / "local")
    places.secantus_lock.parent.mkdir()
    places.secantus_lock.write_text("SecantusDB==1\n")
    program = secantus_python_program(places)
    program.parent.mkdir(parents=True)
    program.touch()
    assert not secantus.python_server_is_installed(places)
    (places.secantus_python / secantus.STAMP).write_text(secantus._digest(places.secantus_lock))
    assert secantus.python_server_is_installed(places)
    places.secantus_lock.write_text("SecantusDB==2\n")
    assert not secantus.python_server_is_installed(places)


def tiny_wheel(folder: Path) -> str:
    """Make a package of nothing where pip looks; return its sha256."""
    folder.mkdir()
    wheel = folder / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


def test_packages_are_held_to_their_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that is not the pinned one is not installed and the error shows what pip said; the pinned one is."""
    places = Places(project=tmp_path, local=tmp_path / "local")
    places.secantus_lock.parent.mkdir()
    right = tiny_wheel(tmp_path / "wheels")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))

    places.secantus_lock.write_text(f"tiny==1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(InstallError, match=r"(?s)Could not install SecantusDB.*(?i:hash)"):
        secantus.install_python_server(places)
    assert not (places.secantus_python / secantus.STAMP).exists()

    places.secantus_lock.write_text(f"tiny==1.0 --hash=sha256:{right}\n")
    secantus.install_python_server(places)
    assert list(places.secantus_python.rglob("tiny-1.0.dist-info"))
    assert (places.secantus_python / secantus.STAMP).exists()


@pytest.mark.parametrize("other", ["url", "mongod", "rust"])
def test_the_python_server_is_not_installed_where_there_is_another_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    """A store that the person has is enough."""
    installed: list[Places] = []
    places = Places(local=tmp_path / "local")
    monkeypatch.setattr(secantus, "install_python_server", installed.append)
    settings = Settings(search_path=str(tmp_path), store_url="mongodb://db" if other == "url" else None)
    program = tmp_path / "mongod" if other == "mongod" else secantus_rust_program(places)
    if other != "url":
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    installation._see_to_a_store(places, settings, Console())
    assert installed == []
    installation._see_to_a_store(Places(local=tmp_path / "empty"), Settings(search_path=""), Console(quiet=True))
    assert len(installed) == 1


def test_every_package_of_the_store_is_pinned_by_hash() -> None:
    """Each requirement in the project's own lock has hashes."""
    text = Places().secantus_lock.read_text().replace("\\\n", " ")
    requirements = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert any(line.lower().startswith("secantusdb==0.7.0b3") for line in requirements)
    assert all("--hash=sha256:" in line for line in requirements)


@pytest.mark.parametrize("command", ["run", "demo", "setup", "fast-store", "up", "down", "env", "clean-data"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    """--help tells what the command does and shows, on a line of its own, how it is called."""
    result = CliRunner().invoke(main, [command, "--help"])
    assert result.exit_code == 0
    _, _, examples = result.output.partition("\nExamples:\n")
    assert all(f"python -m localstack {command}" in line for line in examples.splitlines())
    assert examples
