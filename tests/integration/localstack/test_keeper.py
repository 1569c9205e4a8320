"""The Kafka and the store that all test processes of a run share."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

USE = (
    "import sys, time, pathlib; from localstack.keeper import shared\n"
    "with shared(pathlib.Path(sys.argv[1])) as kept:\n"
    "    print(kept.bootstrap, kept.store_url, flush=True)\n"
    "    sys.stdin.readline()\n"
)
User = subprocess.Popen[str]
Use = Callable[[], User]


@pytest.fixture
def use(tmp_path: Path) -> Iterator[Use]:
    """Yield a function that starts a test process's use of the shared Kafka and store."""
    users: list[User] = []

    def start() -> User:
        command = [sys.executable, "-c", USE, str(tmp_path)]
        users.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return users[-1]

    yield start
    for user in users:
        user.kill()
        user.wait()


def addresses(user: User) -> str:
    assert user.stdout is not None
    return user.stdout.readline()


def test_all_users_share_one_until_the_last_is_gone(
    use: Use, tmp_path: Path, processes_of: Callable[[Path], list[str]], wait_for: Callable[..., None]
) -> None:
    """Two that come at once get the same; it outlives the end of one, and ends after the other, even by kill -9."""
    first, second = use(), use()
    assert addresses(first) == addresses(second) != ""
    first.communicate("done\n")
    wait_for(lambda: first.poll() is not None)
    assert any("kafka.Kafka" in line for line in processes_of(tmp_path))

    third = use()
    assert "127.0.0.1" in addresses(third)
    second.kill()
    third.kill()
    second.wait()
    third.wait()
    wait_for(lambda: processes_of(tmp_path) == [], 20)
