"""What a person sees."""

import io
from pathlib import Path

from rich.console import Console

from localstack import Addresses, Ended, Ready, Restarted
from localstack.broker import cluster_id
from localstack.show import addresses_table, describe


def test_every_address_is_shown_whole() -> None:
    """Nothing of an address is cut off, however narrow the output."""
    url = "mongodb://127.0.0.1:18673/?directConnection=true"
    addresses = Addresses("127.0.0.1:1", url, "mongod", {"vip-tier": "127.0.0.1:2"}, {"w": "127.0.0.1:3"}, "/d", "/l")
    output = io.StringIO()
    Console(file=output, width=60).print(addresses_table(addresses))
    shown = output.getvalue()
    for text in ("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"):
        assert text in shown
    assert url in shown.replace("\n", "").replace(" ", "")


def test_events_are_told_in_one_line_each() -> None:
    """An end tells the signal or the status, the wait and the log."""
    log = Path("/logs/w.log")
    assert describe(Ready("kafka", 0.61)) == "kafka is ready (0.6 s)"
    assert describe(Ended("w", -9, 0.2, log)) == "w was ended by signal 9; again in 0.2 s (log: /logs/w.log)"
    assert describe(Ended("w", 3, 0.4, log)) == "w ended with status 3; again in 0.4 s (log: /logs/w.log)"
    assert describe(Restarted("w", 2)) == "w was started again, restart 2"


def test_a_cluster_id_never_looks_like_an_option() -> None:
    """One random id in 64 would begin with a dash, which Kafka's format tool refuses."""
    assert not any(cluster_id().startswith("-") for _ in range(1000))
