"""`python -m identity_resolution worker` and `python -m identity_resolution server`."""

from __future__ import annotations

from chassis.main import main
from identity_resolution.bootstrap import SERVICE

if __name__ == "__main__":
    main(SERVICE)
