"""Asking processes for their health, and where to ask."""

from __future__ import annotations

import pytest

from chassis.health import Health
from chassis.rpc.health_probe import serve_health
from chassis.settings import SettingsError
from rapportctl.deployment import Deployment
from rapportctl.health import Process, ProcessHealth, State, ask, ask_all, processes


def test_a_process_says_whether_it_serves() -> None:
    health = Health()
    health.serving()
    server = serve_health("127.0.0.1:0", health)
    try:
        assert ask(Process("vip-tier", "worker", server.address)).state is State.SERVING
    finally:
        server.stop(0.0)


def test_a_process_that_waits_does_not_serve() -> None:
    health = Health()
    health.waiting("the store is away")
    server = serve_health("127.0.0.1:0", health)
    try:
        assert ask(Process("vip-tier", "worker", server.address)).state is State.NOT_SERVING
    finally:
        server.stop(0.0)


def test_nobody_at_an_address_is_no_answer_and_no_failure() -> None:
    process = Process("vip-tier", "worker", "127.0.0.1:1")
    assert ask_all([process, process], timeout=1.0) == [ProcessHealth(process, State.SILENT, "unavailable")] * 2


def test_every_process_of_every_service_is_asked() -> None:
    """Each service of services.yaml has a server and a worker."""
    deployment = Deployment({"RAPPORT_VIP_TIER_HEALTH": "127.0.0.1:1, 127.0.0.1:2"})
    found = processes(deployment)
    assert len(found) == 2 * len(deployment.services) + 1
    assert [each.address for each in found if (each.service, each.role) == ("vip-tier", "worker")] == [
        "127.0.0.1:1",
        "127.0.0.1:2",
    ]
    profile = deployment.services["customer-profile"]
    assert Process("customer-profile", "worker", f"127.0.0.1:{profile.health_port}") in found
    assert Process("customer-profile", "server", f"127.0.0.1:{profile.grpc_port}") in found


def test_a_wrong_address_is_told_by_its_variable() -> None:
    with pytest.raises(SettingsError, match="RAPPORT_VIP_TIER_HEALTH"):
        processes(Deployment({"RAPPORT_VIP_TIER_HEALTH": "here"}))
