"""Reading services.yaml and planning its processes."""

from pathlib import Path

import pytest

from localstack import LocalStackError, Places, read_services
from localstack.catalog import plan


def test_the_projects_own_list_is_read() -> None:
    """All four services, with their packages and the variable by which callers find them."""
    services = {service.name: service for service in read_services(Places().services)}
    assert set(services) == {"identity-resolution", "customer-profile", "advocacy-scoring", "vip-tier"}
    identity = services["identity-resolution"]
    assert (identity.package, identity.address_variable) == (
        "identity_resolution",
        "RAPPORT_IDENTITY_RESOLUTION_ADDRESS",
    )


def test_workers_come_before_servers_and_are_numbered_from_the_second() -> None:
    """The order is that of stopping; a lone worker keeps its plain name."""
    services = [service for service in read_services(Places().services) if service.name in {"vip-tier"}]
    assert [one.name for one in plan(services)] == ["vip-tier-worker", "vip-tier-server"]
    assert [one.name for one in plan(services, 2)] == ["vip-tier-worker", "vip-tier-worker-2", "vip-tier-server"]


def test_workers_are_told_a_health_address_and_servers_a_grpc_address() -> None:
    """The variables are those of the conventions."""
    planned = plan(read_services(Places().services)[:1])
    assert [one.listen_variable for one in planned] == ["RAPPORT_HEALTH_LISTEN", "RAPPORT_GRPC_LISTEN"]


def test_an_entry_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """The error shows the entry and what it lacks."""
    file = tmp_path / "services.yaml"
    file.write_text("services: [{name: half}]")
    with pytest.raises(LocalStackError, match=r"half.*package"):
        read_services(file)
