"""A process that serves the sample library, for tests of a process's life."""

from __future__ import annotations

import logging
import os
import sys

from chassis.health import Health
from chassis.rpc.process import serve
from chassis.settings import Settings
from tests.integration.chassis.rpc.sample import SERVICE, Book, Books, Library


class Numbered(Library):
    """Tells which process answers."""

    def list_books(self, request: object, context: object) -> object:
        return Books(books=[Book(name=str(os.getpid()))])


def main() -> int:
    """Serve until told to stop."""
    logging.basicConfig(level="INFO")
    settings = Settings.from_environment("library", services={}, needs_key=False)
    health = Health()
    return serve(settings, lambda: [(SERVICE, Numbered())], health, grace_seconds=5)


if __name__ == "__main__":
    sys.exit(main())
