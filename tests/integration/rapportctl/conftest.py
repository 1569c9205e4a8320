"""A deployment with topics of its own on the shared broker, and commands that work on it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from localstack.testing import SharedKafka
from rapportctl.__main__ import main
from rapportctl.deployment import Deployment

KEY = "a secret of at least sixteen bytes"

Run = Callable[..., Result]


@pytest.fixture
def environment(kafka: SharedKafka, topic_prefix: str) -> dict[str, str]:
    """Return the variables that lead to the test's own topics."""
    return {
        "RAPPORT_KAFKA": kafka.bootstrap,
        "RAPPORT_TOPIC_PREFIX": topic_prefix,
        "RAPPORT_PARTITIONS": "4",
        "RAPPORT_PSEUDONYM_KEY": KEY,
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Return a function that runs a command as a person does; input may be given as `stdin`."""

    def call(*arguments: str, stdin: str | None = None) -> Result:
        result = CliRunner().invoke(main, list(arguments), obj=Deployment(environment), input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return call


@pytest.fixture
def deployment(environment: dict[str, str], run: Run) -> Deployment:
    """Return the deployment, with its topics made."""
    assert run("topics", "apply").exit_code == 0
    return Deployment(environment)
