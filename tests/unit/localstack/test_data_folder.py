"""One folder of data, one user at a time."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from localstack import LocalStackError, Settings, read_running, stop_running
from localstack.data_folder import DataFolder
from localstack.errors import AlreadyRunningError, DataMismatchError
from localstack.places import Places

HOLD = (
    "import sys, time, pathlib; from localstack.data_folder import DataFolder;"
    "DataFolder(pathlib.Path(sys.argv[1])).acquire(); print('held', flush=True); time.sleep(60)"
)


def holder_of(folder: Path) -> "subprocess.Popen[str]":
    """Return another process that has the folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_folder_in_use_is_refused_with_its_user(tmp_path: Path) -> None:
    """The error names the process; when that is killed, the folder is free without anybody's doing."""
    other = holder_of(tmp_path)
    with pytest.raises(AlreadyRunningError, match=str(other.pid)):
        DataFolder(tmp_path).acquire()
    assert DataFolder(tmp_path).in_use()
    other.kill()
    other.wait()
    assert not DataFolder(tmp_path).in_use()
    folder = DataFolder(tmp_path)
    folder.acquire()
    assert folder.holder() == os.getpid()
    folder.release()


def test_stop_running_ends_the_user_of_the_folder(tmp_path: Path) -> None:
    """`down` sends SIGTERM and returns when the folder is free; with no user there is nothing to do."""
    assert stop_running(tmp_path) is False
    other = holder_of(tmp_path)
    assert stop_running(tmp_path) is True
    assert other.wait() == -15


def test_addresses_of_a_stack_that_does_not_run_are_an_error(tmp_path: Path) -> None:
    """A file left by a crash is not taken for a running stack."""
    (tmp_path / "stack.json").write_text("{}")
    with pytest.raises(LocalStackError, match="make run"):
        read_running(tmp_path)


def test_the_key_is_made_once_and_for_this_user_alone(tmp_path: Path) -> None:
    """A new folder gets a random key, which stays; another one named by the person is refused."""
    folder = DataFolder(tmp_path)
    key = folder.pseudonym_key(Settings())
    assert len(key) == 64
    assert folder.pseudonym_key(Settings()) == folder.pseudonym_key(Settings(pseudonym_key=key)) == key
    assert stat.S_IMODE((tmp_path / "pseudonym-key").stat().st_mode) == 0o600
    with pytest.raises(DataMismatchError, match="RAPPORT_PSEUDONYM_KEY"):
        folder.pseudonym_key(Settings(pseudonym_key="another"))


def test_the_persons_own_key_is_used_for_new_data(tmp_path: Path) -> None:
    """A key in the environment becomes the data's key, also for later starts that do not name it."""
    assert DataFolder(tmp_path).pseudonym_key(Settings(pseudonym_key="mine")) == "mine"
    assert DataFolder(tmp_path).pseudonym_key(Settings()) == "mine"


def test_forgetting_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    """clean-data may be run at any time."""
    assert DataFolder(tmp_path / "none").forget() is False


def test_data_of_a_version_that_wrote_otherwise_is_refused(tmp_path: Path) -> None:
    """What the services could not read is told before they start, with what to do."""
    (tmp_path / "store.json").write_text('{"kind": "url", "url": "mongodb://127.0.0.1:1"}')
    with pytest.raises(DataMismatchError, match="another version") as refused:
        DataFolder(tmp_path).choose_store(Places(tmp_path), Settings(store_url="mongodb://127.0.0.1:1"))
    assert "clean-data" in str(refused.value)
