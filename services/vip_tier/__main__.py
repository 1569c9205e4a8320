"""Runs one of the service's processes: `python -m vip_tier worker` or `server`."""

from __future__ import annotations

from chassis.main import main
from vip_tier.bootstrap import SERVICE

if __name__ == "__main__":
    main(SERVICE)
