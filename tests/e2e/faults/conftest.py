"""One deployment for all tests of this folder: a start takes as long as many a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.faults.system import System, running


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run two workers and a server of each service, on a Kafka and a durable store that tests may stop and kill."""
    with running(tmp_path_factory.mktemp("faults"), workers=2) as system:
        yield system
