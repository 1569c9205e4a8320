"""Each store that is installed here, through what tests of faults do to it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from localstack import LocalStackError, Places, Settings, Store
from localstack.keeper import Kept
from localstack.store_choice import StoreChoice, StoreKind, available_stores

pytestmark = pytest.mark.integration

OURS = [kind for kind in StoreKind if kind is not StoreKind.URL]


@pytest.fixture(params=OURS)
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Yield each kind of store in turn; one that is not installed is skipped."""
    choices = {choice.kind: choice for choice in available_stores(Places(), Settings.from_environment())}
    if request.param not in choices:
        pytest.skip(f"{request.param} is not installed here")
    with Store(tmp_path / "store", choice=choices[request.param], durable=True) as store:
        yield store


def documents(client: MongoClient[dict[str, Any]]) -> Any:
    return client["rapport_test"]["documents"]


def test_kill_9_loses_no_acknowledged_document(any_store: Store) -> None:
    """After SIGKILL of a durable store and a restart at the same address, every acknowledged document is there."""
    url = any_store.url
    with MongoClient[dict[str, Any]](url) as client:
        documents(client).insert_many([{"_id": n, "rev": 1} for n in range(500)])
    any_store.kill()
    assert not any_store.healthy()
    any_store.restart()
    assert any_store.url == url
    with MongoClient[dict[str, Any]](url) as client:
        assert sorted(document["_id"] for document in documents(client).find({})) == list(range(500))


def test_a_paused_store_is_unhealthy_until_it_resumes(any_store: Store, wait_for: Callable[..., None]) -> None:
    """SIGSTOP leaves the port open but no answer, and health says so; SIGCONT brings the answer back."""
    any_store.pause()
    assert not any_store.healthy()
    any_store.resume()
    wait_for(any_store.healthy)


def test_the_persons_own_store_is_used_and_not_stopped(kept_stack: Kept, tmp_path: Path) -> None:
    """A store named by URL is waited for, used, and left running."""
    choice = StoreChoice(StoreKind.URL, url=kept_stack.store_url)
    with Store(tmp_path, choice=choice) as store:
        assert (store.url, store.running) == (kept_stack.store_url, False)
    assert store.healthy()


def test_a_url_where_nobody_answers_is_an_error_without_the_password(tmp_path: Path) -> None:
    """The error shows the address that was tried and not the password in it."""
    choice = StoreChoice(StoreKind.URL, url="mongodb://me:secret@127.0.0.1:1/")
    with pytest.raises(LocalStackError, match=r"mongodb://127\.0\.0\.1:1/") as raised:
        Store(tmp_path, choice=choice).start()
    assert "secret" not in str(raised.value)
