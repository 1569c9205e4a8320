"""Runs the service: `python -m customer_profile worker` or `python -m customer_profile server`."""

from __future__ import annotations

from chassis.main import main
from customer_profile.bootstrap import SERVICE

if __name__ == "__main__":
    main(SERVICE)
