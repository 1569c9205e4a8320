"""Buf refuses schema changes that would break a consumer or blur the protos' style, and lets harmless ones pass."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.architecture.tree import ROOT, tool

PROTOS = ROOT / "protos"
# No other proto imports this one.
IDENTIFIED = "rapport/interactions/v1/identified_interaction.proto"
INTERACTION = "rapport/interactions/v1/interaction.proto"
PROFILE = "rapport/profile/v1/profile.proto"
TIER = "rapport/tier/v1/tier.proto"


class Change(NamedTuple):
    """In `file`, each text on the left becomes the one on the right. `rule` is buf's reason to refuse."""

    file: str
    texts: dict[str, str]
    rule: str = ""


BREAKING = {
    "a field is removed": Change(TIER, {"  int32 rank = 4;\n": ""}, "FIELD_NO_DELETE"),
    "a field gets another number": Change(TIER, {"int32 rank = 4;": "int32 rank = 40;"}, "FIELD_NO_DELETE"),
    "a field is renamed": Change(TIER, {"int32 rank = 4;": "int32 level = 4;"}, "FIELD_SAME_NAME"),
    "a field's type changes": Change(TIER, {"int32 rank = 4;": "string rank = 4;"}, "FIELD_SAME_TYPE"),
    "a list becomes a single value": Change(
        TIER, {"repeated string benefits = 5;": "string benefits = 5;"}, "FIELD_SAME_CARDINALITY"
    ),
    "a kind leaves the oneof": Change(
        INTERACTION,
        {"    Observation observation = 26;\n  }": "  }\n  Observation observation = 26;"},
        "FIELD_SAME_ONEOF",
    ),
    "an enum value is removed": Change(TIER, {"  CHANGE_REASON_RULES_CHANGED = 6;\n": ""}, "ENUM_VALUE_NO_DELETE"),
    "two enum values swap numbers": Change(
        TIER,
        {
            "CHANGE_REASON_UPGRADED = 2;": "CHANGE_REASON_UPGRADED = 3;",
            "CHANGE_REASON_DOWNGRADED = 3;": "CHANGE_REASON_DOWNGRADED = 2;",
        },
        "ENUM_VALUE_SAME_NAME",
    ),
    "a message is renamed": Change(
        TIER, {"message Receipt {": "message Voucher {", "  Receipt receipt": "  Voucher receipt"}, "MESSAGE_NO_DELETE"
    ),
    "a call is removed": Change(TIER, {"  rpc GetTier(GetTierRequest) returns (Tier);\n": ""}, "RPC_NO_DELETE"),
    "a call answers with something else": Change(
        PROFILE, {"returns (ListTimelineResponse);": "returns (TimelineEntry);"}, "RPC_SAME_RESPONSE_TYPE"
    ),
    "a package is renamed": Change(
        IDENTIFIED,
        {
            "package rapport.interactions.v1;": "package rapport.choices.v1;",
            "  Interaction interaction": "  rapport.interactions.v1.Interaction interaction",
        },
        "FILE_SAME_PACKAGE",
    ),
}

BAD_STYLE = {
    "an enum starts with a meaning": Change(
        TIER,
        {"enum ChangeReason {": "// Mood.\nenum Mood {\n  MOOD_GOOD = 0;\n}\n\nenum ChangeReason {"},
        "ENUM_ZERO_VALUE_SUFFIX",
    ),
    "a call does not say what it does": Change(
        TIER,
        {"  // A customer's tier. A merged-away id answers with the survivor's tier and says so.\n": ""},
        "COMMENT_RPC",
    ),
    "a field in camel case": Change(
        TIER, {"int32 rank = 4;": "int32 rank = 4;\n  int32 nextRank = 60;"}, "FIELD_LOWER"
    ),
}

HARMLESS = {
    "a field is added": Change(TIER, {"int32 rank = 4;": "int32 rank = 4;\n  string colour = 60;"}),
    "a kind is added to the oneof": Change(
        INTERACTION,
        {"    Observation observation = 26;": "    Observation observation = 26;\n    Like super_like = 27;"},
    ),
    "an enum value is added": Change(
        TIER, {"CHANGE_REASON_RULES_CHANGED = 6;": "CHANGE_REASON_RULES_CHANGED = 6;\n  CHANGE_REASON_FROZEN = 99;"}
    ),
    "a message and a call are added": Change(
        TIER,
        {
            "  // Up to 1,000 tiers": "  // Says how far the next tier is.\n"
            "  rpc PraiseTier(PraiseTierRequest) returns (Tier);\n  // Up to 1,000 tiers",
            "message GetTierRequest {": "message PraiseTierRequest {\n  string name = 1;\n}\n\n"
            "message GetTierRequest {",
        },
    ),
    "a field is deprecated": Change(TIER, {"int32 rank = 4;": "int32 rank = 4 [deprecated = true];"}),
    "a comment is reworded": Change(TIER, {"// 0 is the lowest.": "// Counted from 0, the lowest."}),
}


@pytest.fixture
def protos(tmp_path: Path) -> Path:
    """A copy of the protos, to be changed."""
    shutil.copytree(PROTOS / "rapport", tmp_path / "rapport")
    shutil.copy(PROTOS / "buf.yaml", tmp_path)
    return tmp_path


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING.keys())
def test_a_change_that_breaks_consumers_is_refused(protos: Path, change: Change) -> None:
    apply(change, protos)
    outcome = buf("breaking", "--against", str(PROTOS / "baseline.binpb"), "--error-format=json", folder=protos)
    assert outcome.returncode != 0
    assert f'"type":"{change.rule}"' in outcome.stdout


@pytest.mark.parametrize("change", BAD_STYLE.values(), ids=BAD_STYLE.keys())
def test_a_change_that_blurs_the_style_is_refused(protos: Path, change: Change) -> None:
    apply(change, protos)
    outcome = buf("lint", "--error-format=json", folder=protos)
    assert outcome.returncode != 0
    assert f'"type":"{change.rule}' in outcome.stdout


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS.keys())
def test_a_harmless_change_passes(protos: Path, change: Change) -> None:
    apply(change, protos)
    for check in (["lint"], ["breaking", "--against", str(PROTOS / "baseline.binpb")]):
        outcome = buf(*check, folder=protos)
        assert outcome.returncode == 0, outcome.stdout


def apply(change: Change, protos: Path) -> None:
    """Make the change in the copy. Fails when a text is not there: the change would prove nothing."""
    path = protos / change.file
    text = path.read_text()
    for old, new in change.texts.items():
        assert text.count(old) == 1, f"{change.file} has {text.count(old)} times: {old}"
        text = text.replace(old, new)
    path.write_text(text)


def buf(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run buf in the folder."""
    return subprocess.run([tool("buf"), *arguments], cwd=folder, capture_output=True, text=True, check=False)
