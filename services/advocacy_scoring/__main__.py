"""Runs one of the service's processes: `python -m advocacy_scoring worker` or `server`."""

from __future__ import annotations

from advocacy_scoring.bootstrap import SERVICE
from chassis.main import main

if __name__ == "__main__":
    main(SERVICE)
