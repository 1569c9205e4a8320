"""A launcher to be killed: runs a stack with a fake service in the folder given, and says when all is up."""

import os
import sys
from pathlib import Path

from localstack import Interrupted, Service, Settings, Stack, interruptible, sleep_until_interrupted

folder, mode = Path(sys.argv[1]), sys.argv[2]
here = Path(__file__).parent
settings = Settings.from_environment({**os.environ, "PYTHONPATH": str(here), "FAKE_MODE": mode})
service = Service("fake", "fake_service", ("worker", "server"), grpc_port=1, health_port=2)
try:
    with interruptible(), Stack(folder, settings=settings, services=[service]):
        print("up", flush=True)
        sleep_until_interrupted()
except Interrupted:
    print("stopped", flush=True)
