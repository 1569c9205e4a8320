"""Making the topics before the services start."""

import subprocess
import sys

from localstack.errors import LocalStackError
from localstack.stack import Stack

TIMEOUT_SECONDS = 60


def apply_topics(stack: Stack) -> None:
    """Have rapportctl create the topics that are missing; raises LocalStackError with what it said."""
    result = subprocess.run(
        [sys.executable, "-m", "rapportctl", "topics", "apply"],
        env=stack.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    if result.returncode != 0:
        said = (result.stderr or result.stdout).strip()
        raise LocalStackError(f"rapportctl could not make the topics:\n{said}", f"Kafka's log is {stack.kafka.log}.")
