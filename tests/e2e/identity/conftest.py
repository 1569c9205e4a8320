"""One deployment for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.identity.deciders import Deciders, running


@pytest.fixture(scope="package")
def deciders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deciders]:
    """Run two identity workers, of which one decides, on a Kafka and a store."""
    with running(tmp_path_factory.mktemp("deciders")) as deciders:
        yield deciders
