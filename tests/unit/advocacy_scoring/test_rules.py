"""The rules file: what counts as what, and which mistakes are told where."""

from __future__ import annotations

from pathlib import Path

import pytest

from advocacy_scoring.config import DEFAULT_RULES, read_rules
from advocacy_scoring.domain.deed import Deed
from chassis.rules import RulesError
from tests.unit.advocacy_scoring.actions import RULES


def deed(kind: str, **told: str | int) -> Deed:
    return Deed(kind, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("done", "action"),
    [
        (deed("comment", intent="thank_you"), "thank_you"),
        (deed("direct_message", intent="thank_you", visibility="private"), "thank_you"),
        (deed("mention", sentiment="positive"), "tag"),
        (deed("share"), "share"),
        (deed("review", rating=5), "review_positive"),
        (deed("review", rating=4, intent="complaint"), "review_positive"),
        (deed("review", rating=1), "review_negative"),
        (deed("referral"), "recommendation"),
        (deed("referral_valid"), "referral"),
        (deed("referred"), "referred"),
        (deed("post"), "user_generated_content"),
        (deed("story", sentiment="positive"), "user_generated_content"),
        (deed("reply", intent="defence"), "defence"),
        (deed("reply", intent="answer"), "answer"),
        (deed("like"), "like"),
        (deed("follow"), "follow"),
        (deed("support_message", intent="complaint", visibility="private"), "complaint_private"),
        (deed("comment", intent="complaint", visibility="public"), "complaint_public"),
        (deed("post", intent="detraction"), "detraction"),
        (deed("post", sentiment="negative"), "negative_content"),
    ],
)
def test_ad1_every_action_of_the_list_counts_as_itself(done: Deed, action: str) -> None:
    """The rules that come with the service name each action of AD1."""
    found = RULES.classify(done)
    assert found is not None
    assert found.name == action


@pytest.mark.parametrize(
    "done",
    [
        deed("unfollow"),
        deed("review", rating=3),
        deed("review"),
        deed("comment", sentiment="positive"),
        deed("comment", intent="question"),
        deed("purchase"),
        deed("observation"),
    ],
)
def test_ad1_what_no_action_names_counts_for_nothing(done: Deed) -> None:
    """Neither good nor bad, or not about the brand."""
    assert RULES.classify(done) is None


def test_ad1_complaint_and_detraction_count_against() -> None:
    """What harms has a negative weight, all else a positive one."""
    against = {action.name for action in RULES.actions if action.weight_milli < 0}
    assert against == {"review_negative", "detraction", "complaint_private", "complaint_public", "negative_content"}


def test_ad1_liking_and_following_weigh_least() -> None:
    """The smallest positive weights are those of the smallest efforts."""
    positive = sorted((action.weight_milli, action.name) for action in RULES.actions if action.weight_milli > 0)
    assert [name for _, name in positive[:2]] == ["like", "follow"]


SMALL = """
version: 3
half_score_milli: 100000
history_days: 730
publish_step: 10
bands: {supporter: 150, advocate: 500}
actions:
  - name: like
    when: {kinds: [like]}
    weight_milli: 500
    half_life_days: 30
    daily_cap_milli: 2500
  - name: share
    when: {kinds: [share]}
    weight_milli: 8000
    half_life_days: 90
    daily_cap_milli: 24000
"""


def problems(tmp_path: Path, old: str, new: str) -> str:
    """What is said of `SMALL` with one text replaced."""
    assert SMALL.count(old) == 1, old
    path = tmp_path / "rules.yaml"
    path.write_text(SMALL.replace(old, new))
    with pytest.raises(RulesError) as refused:
        read_rules(path)
    return str(refused.value).replace(str(tmp_path), "")


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("publish_step: 10", "publish_stp: 10", "5:1", "did you mean 'publish_step'"),
        ("kinds: [share]", "kinds: [shares]", "14:20", "did you mean 'share'"),
        ("name: share", "name: like", "13:11", "occurs twice"),
        ("daily_cap_milli: 2500", "daily_cap_milli: 400", "12:22", "right would be 500 or more"),
        ("{kinds: [like]}", "{}", "9:11", "without a condition every event counts"),
        ("advocate: 500", "advocate: 150", "6:35", "must be above supporter"),
        ("half_life_days: 90", "half_life_days: 0", "16:21", "less than the minimum 1"),
        ("half_life_days: 90", "half_life_days: 90.5", "16:21", "expected integer"),
        ("{kinds: [share]}", "{rating: {least: 4, most: 2}}", "14:20", "no rating is from 4 to 2"),
        ("weight_milli: 8000", "weight_milli: 0", "15:19", "0 counts for nothing"),
        ("history_days: 730", "history_days: 2000", "4:15", "more than the maximum 1095"),
        (
            "publish_step: 10",
            "publish_step: 10\nreach: {from_followers: 9, full_followers: 9}",
            "6:44",
            "must be above",
        ),
        (
            "publish_step: 10",
            "publish_step: 10\nresonance: {means_ppm: [1, 2, 1, 1, 1]}",
            "6:24",
            "larger audiences react less",
        ),
        (
            "publish_step: 10",
            "publish_step: 10\nrelevance: {niches: [{name: a}, {name: a}]}",
            "6:40",
            "'a' occurs twice",
        ),
        ("publish_step: 10", "publish_step: 10\ngaming: {ring_exchange: 3}", "6:10", "did you mean 'ring_exchanges'"),
        (
            "publish_step: 10",
            "publish_step: 10\ngaming: {discounts_percent: {ring: 100}}",
            "6:36",
            "more than the maximum 95",
        ),
    ],
)
def test_a_mistake_is_told_with_line_and_column(tmp_path: Path, old: str, new: str, place: str, words: str) -> None:
    """Whoever edits the rules learns where the mistake is, and what would be right."""
    told = problems(tmp_path, old, new)
    assert f"/rules.yaml:{place}: " in told
    assert words in told


def test_the_version_names_the_file_and_its_contents(tmp_path: Path) -> None:
    """Two files with the same `version` and other contents are told apart; comments do not matter."""
    versions = []
    for text in (SMALL, SMALL + "# a remark\n", SMALL.replace("500\n", "600\n", 1)):
        path = tmp_path / "rules.yaml"
        path.write_text(text)
        versions.append(read_rules(path).version)
    assert versions[0] == versions[1] != versions[2]
    assert versions[0].startswith("3-")
    assert read_rules(DEFAULT_RULES).version.startswith("2-")
