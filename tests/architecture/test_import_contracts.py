"""Each contract in .importlinter refuses what it is there to refuse."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, tool

NO_SERVICE_IMPORTS_ANOTHER = "No service imports another"
DOWNWARDS_ONLY = "A service's rooms import downwards only, and there are no others"
PURE_DOMAIN = "A domain imports nothing but the standard library"
NO_INFRASTRUCTURE = "Applications and stages do not know what carries them"
IGNORANT_CHASSIS = "Chassis knows no service and no business message"
SHARED_IS_BELOW = "What services share of the messages knows no service"
TOOLS_OUTSIDE = "Tools reach services through Kafka and gRPC only"
NO_TOOL_INSIDE = "No service imports a tool"

PLANTED = [
    (NO_SERVICE_IMPORTS_ANOTHER, "services/vip_tier/adapters", "import customer_profile.adapters"),
    (NO_SERVICE_IMPORTS_ANOTHER, "services/identity_resolution/adapters", "import advocacy_scoring"),
    (DOWNWARDS_ONLY, "services/customer_profile/application", "import customer_profile.adapters"),
    (DOWNWARDS_ONLY, "services/customer_profile/domain", "import customer_profile.application"),
    (DOWNWARDS_ONLY, "services/advocacy_scoring/adapters", "import advocacy_scoring.__main__"),
    (DOWNWARDS_ONLY, "services/vip_tier", '"""A room that the design does not have."""'),
    (PURE_DOMAIN, "services/identity_resolution/domain", "import chassis"),
    (PURE_DOMAIN, "services/customer_profile/domain", "import phonenumbers"),
    (PURE_DOMAIN, "services/advocacy_scoring/domain", "from rapport.common.v1 import common_pb2"),
    (PURE_DOMAIN, "services/vip_tier/domain", "import msgspec"),
    *[
        (NO_INFRASTRUCTURE, "services/vip_tier/application", line)
        for line in (
            "import faust",
            "import aiokafka",
            "import kafka",
            "import grpc",
            "from google.protobuf import timestamp_pb2",
            "from rapport.tier.v1 import tier_pb2",
            "import pymongo",
            "import mongoengine",
            "import bson",
            "from opentelemetry import trace",
        )
    ],
    (NO_INFRASTRUCTURE, "services/chassis/stages", "import pymongo"),
    (IGNORANT_CHASSIS, "services/chassis/store", "import vip_tier"),
    (IGNORANT_CHASSIS, "services/chassis/stream", "from rapport.common.v1 import common_pb2"),
    (IGNORANT_CHASSIS, "services/chassis/rpc", "import localstack"),
    (NO_INFRASTRUCTURE, "services/customer_profile/application", "import wire.reading"),
    (SHARED_IS_BELOW, "services/wire", "import vip_tier.domain"),
    (TOOLS_OUTSIDE, "services/rapportctl", "import vip_tier.domain"),
    (TOOLS_OUTSIDE, "deploy/localstack", "import identity_resolution"),
    (NO_TOOL_INSIDE, "services/advocacy_scoring/adapters", "import rapportctl"),
    (NO_TOOL_INSIDE, "services/identity_resolution/adapters", "import localstack"),
]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all that .importlinter speaks of."""
    copy = tmp_path_factory.mktemp("packages")
    only_python = shutil.ignore_patterns("__pycache__", "*.y*ml", "*.json", "*.lock")
    for folder in ("services", "deploy/localstack"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=only_python)
    (copy / "services/advocacy_scoring/__main__.py").touch()
    (copy / "tests/architecture").mkdir(parents=True)
    shutil.copy(ROOT / "tests/architecture/contracts.py", copy / "tests/architecture")
    shutil.copy(ROOT / ".importlinter", copy)
    return copy


@pytest.mark.parametrize(("contract", "folder", "line"), PLANTED)
def test_a_planted_import_breaks_the_contract(packages: Path, contract: str, folder: str, line: str) -> None:
    planted = packages / folder / "planted.py"
    planted.write_text(f"{line}\n")
    try:
        outcome = lint_imports(packages)
    finally:
        planted.unlink()
    assert outcome.returncode != 0
    assert f"{contract} BROKEN" in outcome.stdout
    assert "planted" in outcome.stdout.partition("Broken contracts")[2]


def test_every_contract_has_a_planted_violation() -> None:
    lines = (ROOT / ".importlinter").read_text().splitlines()
    contracts = {line.partition("=")[2].strip() for line in lines if line.startswith("name =")}
    assert contracts == {contract for contract, _, _ in PLANTED}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run lint-imports on the packages below the folder, not on those installed."""
    path = os.pathsep.join(str(folder / part) for part in ("services", "deploy"))
    return subprocess.run(
        [tool("lint-imports"), "--no-logo", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
