"""A stack that another process runs: reading its addresses, stopping it."""

import contextlib
import json
import os
import signal
import time
from pathlib import Path
from typing import Any

from localstack.data_folder import DataFolder
from localstack.errors import LocalStackError
from localstack.stack import ADDRESS_FILE

STOP_SECONDS = 60.0


def read_running(data: Path) -> dict[str, Any]:
    """Return what a running stack left about itself: its addresses, `environment` and `pid`.

    Raises LocalStackError where none is running, or it is not ready yet.
    """
    file = data / ADDRESS_FILE
    if not DataFolder(data).in_use() or not file.exists():
        raise LocalStackError(
            f"No local stack is running with the data in {data}.",
            "Start one with `make run` or `.venv/bin/python -m localstack up`, and wait until it prints its addresses.",
        )
    content: dict[str, Any] = json.loads(file.read_text())
    return content


def stop_running(data: Path) -> bool:
    """Stop the stack that uses `data` and return when it has ended; False where none does.

    Raises LocalStackError if it has not ended within a minute.
    """
    folder = DataFolder(data)
    if not folder.in_use():
        return False
    holder = folder.holder()
    if holder is not None:
        with contextlib.suppress(ProcessLookupError):  # then its guardian is ending what it left
            os.kill(holder, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while folder.in_use():
        if time.monotonic() > deadline:
            raise LocalStackError(f"Process {holder} did not end within {STOP_SECONDS:g} s.", "Look at its terminal.")
        time.sleep(0.05)
    return True
