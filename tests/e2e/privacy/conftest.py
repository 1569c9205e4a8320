"""One deployment for all tests of this folder, in which a town has lived."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.faults.system import System, running


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Run a worker and a server of each service, and send them a town."""
    with running(tmp_path_factory.mktemp("privacy"), workers=1) as system:
        system.send(system.town(60))
        system.wait_until_quiet()
        yield system
