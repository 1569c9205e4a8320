"""The whole stack over fake services: one data folder, one launcher, and the data that stays."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pymongo import MongoClient

from localstack import Event, LocalStackError, Ready, Service, Settings, Stack, read_running
from localstack.cli import main
from localstack.data_folder import DataFolder
from localstack.errors import AlreadyRunningError, DataMismatchError

pytestmark = pytest.mark.integration

MakeSettings = Callable[..., Settings]


@pytest.fixture
def make(tmp_path: Path, fake_settings: MakeSettings, fake_service: Service) -> Callable[..., Stack]:
    """Return a maker of stacks over fakes in this test's folder."""

    def build(mode: str = "good", **given: Any) -> Stack:
        return Stack(tmp_path / "data", settings=fake_settings(mode), services=[fake_service], **given)

    return build


def test_everything_runs_and_can_be_found_by_other_programs(make: Callable[..., Stack]) -> None:
    """Kafka and the store answer, then what has to precede the services, then these; a private file says where."""
    events: list[Event] = []
    seen = []
    with make(
        on_event=events.append,
        before_services=lambda stack: seen.append((stack.kafka.healthy(), stack.supervisor.statuses())),
    ) as stack:
        assert (stack.kafka.healthy(), stack.store.healthy()) == (True, True)
        running = read_running(stack.data)
        file_mode = stat.S_IMODE((stack.data / "stack.json").stat().st_mode)
        variables = stack.variables()
    names = [event.name for event in events if isinstance(event, Ready)]
    assert (names[:2], set(names[2:])) == (["store", "kafka"], {"fake-worker", "fake-server"})
    assert seen == [(True, [])]
    assert running["kafka"] == variables["RAPPORT_KAFKA"]
    assert running["servers"] == {"fake": variables["RAPPORT_FAKE_ADDRESS"]}
    assert running["environment"] == variables
    assert file_mode == 0o600


def test_it_goes_on_with_its_data_key_and_addresses(make: Callable[..., Stack]) -> None:
    """A second start over the same folder has the documents, key and addresses of the first; services are told them."""
    with make() as first:
        before = first.variables()
        with MongoClient[dict[str, Any]](first.store.url) as client:
            client["rapport_test"]["documents"].insert_one({"_id": "kept"})
    with make() as second:
        assert second.variables() == before
        told = json.loads((second.data / "logs" / "fake-worker.log").read_text().splitlines()[-1])
        expected = second.supervisor.environment("fake-worker")
        with MongoClient[dict[str, Any]](second.store.url) as client:
            assert client["rapport_test"]["documents"].find_one({"_id": "kept"}) is not None
    assert {name: value for name, value in told.items() if name != "pid"} == {
        name: value for name, value in expected.items() if name.startswith("RAPPORT_")
    }
    assert {"RAPPORT_KAFKA", "RAPPORT_STORE_URL", "RAPPORT_PSEUDONYM_KEY", "RAPPORT_HEALTH_LISTEN"} <= set(told)
    key = second.data / "pseudonym-key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_a_second_one_over_the_same_data_is_refused(make: Callable[..., Stack]) -> None:
    """While one runs, another start and clean-data say who has the folder, and the first goes on."""
    with make() as first:
        with pytest.raises(AlreadyRunningError, match=str(first.data)):
            make().start()
        with pytest.raises(AlreadyRunningError):
            DataFolder(first.data).forget()
        assert first.kafka.healthy()


def test_another_key_for_old_data_is_refused(tmp_path: Path, fake_settings: MakeSettings) -> None:
    """A key other than the data's would make every person unknown; the start says so and leaves nothing running."""
    data = DataFolder(tmp_path / "data")
    data.folder.mkdir()
    data.pseudonym_key(Settings())
    with pytest.raises(DataMismatchError, match="RAPPORT_PSEUDONYM_KEY"):
        Stack(tmp_path / "data", settings=fake_settings(RAPPORT_PSEUDONYM_KEY="other"), services=[]).start()
    assert not data.in_use()


def test_a_start_that_fails_leaves_nothing_running(
    make: Callable[..., Stack], tmp_path: Path, processes_of: Callable[[Path], list[str]]
) -> None:
    """When a service does not come up, Kafka and the store are stopped again and the folder is free."""
    with pytest.raises(LocalStackError, match="the fake service fails on purpose"):
        make("crash").start()
    assert processes_of(tmp_path / "data") == []
    assert not DataFolder(tmp_path / "data").in_use()


def test_clean_data_forgets_what_was_there(make: Callable[..., Stack]) -> None:
    """After clean-data the folder is gone; a folder that is none of ours is left alone."""
    data = make().data
    folder = DataFolder(data)
    folder.acquire()
    folder.release()
    result = CliRunner().invoke(main, ["clean-data", "--data", str(data)])
    assert (result.exit_code, data.exists()) == (0, False)

    (data / "photos").mkdir(parents=True)
    result = CliRunner().invoke(main, ["clean-data", "--data", str(data)])
    assert (result.exit_code, (data / "photos").exists()) == (1, True)
