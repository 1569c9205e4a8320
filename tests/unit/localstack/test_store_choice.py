"""Which store is taken."""

from pathlib import Path

import pytest

from localstack import Places, Settings
from localstack.data_folder import DataFolder
from localstack.errors import DataMismatchError, NotInstalledError
from localstack.store import without_password
from localstack.store_choice import StoreKind, choose_store, secantus_python_program, secantus_rust_program


def program(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)


def test_the_best_store_there_is_is_taken(tmp_path: Path) -> None:
    """The order is: the person's own, mongod, the Rust server, the Python server."""
    places, bin_folder = Places(local=tmp_path / "local"), tmp_path / "bin"
    nothing = Settings(search_path=str(bin_folder))
    with pytest.raises(NotInstalledError, match="make setup"):
        choose_store(places, nothing)

    program(secantus_python_program(places))
    python_server = choose_store(places, nothing)
    assert (python_server.kind, python_server.read_chunk) == (StoreKind.SECANTUS_PYTHON, 100)
    program(secantus_rust_program(places))
    rust_server = choose_store(places, nothing)
    assert (rust_server.kind, rust_server.read_chunk) == (StoreKind.SECANTUS_RUST, None)
    program(bin_folder / "mongod")
    assert choose_store(places, nothing).program == bin_folder / "mongod"
    own = choose_store(places, Settings(store_url="mongodb://db:27017", search_path=str(bin_folder)))
    assert (own.kind, own.url) == (StoreKind.URL, "mongodb://db:27017")


def test_old_data_keeps_its_store(tmp_path: Path) -> None:
    """A better store that comes later is for new data; the old data's offsets belong to its own store."""
    places, settings, folder = Places(local=tmp_path / "local"), Settings(search_path=""), DataFolder(tmp_path / "data")
    folder.folder.mkdir()
    program(secantus_python_program(places))
    assert folder.choose_store(places, settings).kind is StoreKind.SECANTUS_PYTHON
    program(secantus_rust_program(places))
    assert folder.choose_store(places, settings).kind is StoreKind.SECANTUS_PYTHON

    secantus_python_program(places).unlink()
    with pytest.raises(DataMismatchError, match="secantusd-py"):
        folder.choose_store(places, settings)


def test_a_url_is_never_passed_over_in_silence(tmp_path: Path) -> None:
    """Naming another store for old data is an error, and so is leaving out the one it was made with."""
    places, folder = Places(local=tmp_path / "local"), DataFolder(tmp_path / "data")
    folder.folder.mkdir()
    program(secantus_python_program(places))
    folder.choose_store(places, Settings(search_path=""))
    with pytest.raises(DataMismatchError, match="db:27017"):
        folder.choose_store(places, Settings(store_url="mongodb://me:secret@db:27017", search_path=""))


def test_the_datas_own_url_is_accepted_again(tmp_path: Path) -> None:
    """The URL is compared, and kept, without its password."""
    places, folder = Places(local=tmp_path / "local"), DataFolder(tmp_path / "data")
    folder.folder.mkdir()
    for password in ("secret", "changed"):
        url = f"mongodb://me:{password}@db:27017/"
        assert folder.choose_store(places, Settings(store_url=url, search_path="")).url == url
    assert "secret" not in (folder.folder / "store.json").read_text()
    with pytest.raises(DataMismatchError, match="db:27017"):
        program(secantus_python_program(places))
        folder.choose_store(places, Settings(search_path=""))


def test_urls_are_shown_without_their_password() -> None:
    """User and password are left out, the rest stays."""
    assert without_password("mongodb://me:p@ss@db:1/x?y=1") == "mongodb://db:1/x?y=1"
    assert without_password("mongodb://127.0.0.1:27017") == "mongodb://127.0.0.1:27017"
