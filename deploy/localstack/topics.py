"""Making the topics before the services start."""

import subprocess
import sys

from localstack.errors import LocalStackError
from localstack.stack import Stack

TIMEOUT_SECONDS = 60


def apply_topics(stack: Stack) -> None:
    """Have rapportctl create the topics that are missing, and give those of an older version their new settings.

    Raises LocalStackError with what it said.
    """
    result = subprocess.run(
        [sys.executable, "-m", "rapportctl", "topics", "apply", "--repair"],
        env=stack.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    if result.returncode != 0:
        said = f"{result.stdout}{result.stderr}".strip()
        raise LocalStackError(
            f"rapportctl could not make the topics:\n{said}",
            f"If earlier data are in the way, `make clean-data` forgets them. Kafka's log is {stack.kafka.log}.",
        )
