"""`rapportctl profile export`, `erase` and `erasure` against the four services themselves."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chassis.health import Health
from chassis.rpc.server import Server
from rapport.common.v1.common_pb2 import Money
from rapport.interactions.v1.interaction_pb2 import Comment, Purchase
from rapportctl.__main__ import main
from rapportctl.exporting import UnfinishedExportError, take
from tests.unit.customer_profile.four_services import IDENTITY, PROFILE, TIER, FourServices, interaction
from tests.unit.rapportctl.fakes import MemoryDeployment

SHOP, CRM = "web_shop:77", "crm:5"
MAIL = ("email", "joe@example.com")
BY = ("--owner", "S-17", "--reason", "case 4711")


class Deployed(MemoryDeployment):
    """A deployment whose identity resolution and profile are those of four services in memory."""

    four: FourServices


@pytest.fixture
def deployment() -> Iterator[Deployed]:
    """Joe with two accounts."""
    four = FourServices()
    four.happened(
        interaction("e1", SHOP, MAIL, purchase=Purchase(order_id="o", total=Money(currency_code="EUR", minor_units=5))),
        interaction("e2", CRM, MAIL, comment=Comment(post_id="p-1")),
    )
    health = Health()
    health.serving()
    servers = {name: Server("127.0.0.1:0", four.served[name], health) for name in (IDENTITY, PROFILE)}
    for server in servers.values():
        server.start()
    addresses = {
        f"RAPPORT_{name.upper().replace('-', '_')}_ADDRESS": server.address for name, server in servers.items()
    }
    made = Deployed(addresses)
    made.four = four
    yield made
    for server in servers.values():
        server.stop(0.0)


def run(deployment: Deployed, *arguments: str, status: int = 0, **options: Any) -> Result:
    result = CliRunner().invoke(main, ["profile", *arguments], obj=deployment, **options)
    assert result.exit_code == status, (result.stdout, result.stderr, result.exception)
    return result


def test_pr5_an_export_is_written_to_a_file_for_its_owner_alone(deployment: Deployed, tmp_path: Path) -> None:
    path = tmp_path / "joe.jsonl"
    result = run(deployment, "export", SHOP, "--output", str(path))
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert lines[0]["manifest"]["customer_id"] == deployment.four.customer_of(SHOP).customer_id
    assert "counts" in lines[-1]
    assert f"{len(lines) - 2} documents" in result.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_goes_to_standard_output_without_a_file(deployment: Deployed) -> None:
    lines = run(deployment, "export", SHOP).stdout.splitlines()
    assert "manifest" in json.loads(lines[0])
    assert "counts" in json.loads(lines[-1])


@pytest.mark.parametrize("method", ["CountHoldings", "ListHoldings"])
def test_an_export_that_is_not_whole_leaves_no_file(deployment: Deployed, tmp_path: Path, method: str) -> None:
    """The exit status says so, and the message names the service that is away."""
    deployment.four.callers[TIER].away.add(method)
    result = run(deployment, "export", SHOP, "--output", str(tmp_path / "joe.jsonl"), status=1)
    assert TIER in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_told(deployment: Deployed, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere" / "joe.jsonl"
    assert "cannot write" in run(deployment, "export", SHOP, "--output", str(missing), status=1).stderr


def test_who_is_not_known_is_neither_exported_nor_erased(deployment: Deployed) -> None:
    nobody = "01hf7yat0000000001zzzzzzzz"
    run(deployment, "export", nobody, status=3)
    run(deployment, "erase", nobody, "--yes", *BY, status=3)


def test_pr5_a_person_is_erased_with_a_receipt(deployment: Deployed) -> None:
    shown = run(deployment, "erase", SHOP, "--yes", *BY, "--format", "json")
    receipt = json.loads(shown.stdout)
    assert receipt["state"] == "ERASURE_STATE_COMPLETE"
    assert {each["service"] for each in receipt["services"]} == {"advocacy-scoring", IDENTITY, PROFILE, TIER}
    again = run(deployment, "erasure", receipt["name"]).stdout
    assert "complete" in again
    assert "case 4711" in again
    assert receipt["customer_hash"] in run(deployment, "erasure", receipt["name"].partition("/")[2]).stdout
    run(deployment, "export", SHOP, status=3)


def test_nobody_is_erased_without_being_asked_for(deployment: Deployed) -> None:
    """Who says no, or cannot answer, has changed nothing; the question says who, and how many accounts."""
    result = run(deployment, "erase", SHOP, *BY, status=1, input="n\n")
    assert "with 2 accounts" in result.stderr
    run(deployment, "erase", SHOP, *BY, status=1, input="")
    assert deployment.four.customer_of(SHOP)
    run(deployment, "erase", SHOP, *BY, input="y\n")
    with pytest.raises(KeyError):
        deployment.four.customer_of(SHOP)


def test_the_same_command_again_shows_the_receipt(deployment: Deployed) -> None:
    customer = deployment.four.customer_of(SHOP).customer_id
    first = run(deployment, "erase", customer, "--yes", *BY, "--request-id", "r-1").stdout
    assert run(deployment, "erase", customer, "--yes", *BY, "--request-id", "r-1").stdout == first


def test_an_erasure_that_is_not_complete_in_time_is_no_success(deployment: Deployed) -> None:
    """The message says under which request id to ask again; the erasure goes on."""
    deployment.four.at_once = False
    late = run(deployment, "erase", SHOP, "--yes", *BY, "--request-id", "r-1", "--timeout", "1s", status=1)
    assert "--request-id r-1" in late.stderr
    deployment.four.at_once = True
    deployment.four.settle()
    customer = next(iter(deployment.four.stores[PROFILE]["erasures"].everything().values()))
    assert "complete" in run(deployment, "erasure", customer["_id"]).stdout


def test_a_receipt_that_is_none_is_not_found(deployment: Deployed) -> None:
    run(deployment, "erasure", "h_none", status=3)


def test_an_export_without_its_last_line_is_not_whole() -> None:
    written: list[bytes] = []
    manifest = b'{"manifest":{"services":{"a":{"rows":{"documents":2}}}}}\n'
    with pytest.raises(UnfinishedExportError):
        take([manifest, b'{"id":"1"}\n'], written.append, lambda *_: None)
    with pytest.raises(UnfinishedExportError):
        take([], written.append, lambda *_: None)
    seen: list[tuple[int, int]] = []
    packs = [manifest + b'{"id":"1"}\n', b'{"id":"2"}\n', b'{"counts":{}}\n']
    assert take(packs, written.append, lambda *now: seen.append(now)) == 2
    assert seen[0] == (1, 2)
