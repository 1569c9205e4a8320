"""Chassis could carry another product tomorrow: no word of this one's business stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import SERVICES, python_files

BUSINESS_WORDS = {
    "account", "advocacy", "advocate", "benefit", "brand", "campaign", "crm", "customer", "interaction", "loyalty",
    "persona", "programme", "purchase", "referral", "score", "survivorship", "tier", "vip",
}  # fmt: skip
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def business_words(text: str) -> Iterator[tuple[int, str]]:
    """Line number and word of each business word in names, strings, comments and docstrings, also in the plural."""
    for number, line in enumerate(text.splitlines(), start=1):
        for word in _WORD.findall(line):
            singular = word.lower().removesuffix("s")
            if word.lower() in BUSINESS_WORDS or singular in BUSINESS_WORDS:
                yield number, word


@pytest.mark.parametrize("path", python_files(SERVICES / "chassis"), ids=lambda path: str(path.relative_to(SERVICES)))
def test_chassis_knows_no_business_word(path: Path) -> None:
    assert list(business_words(path.read_text())) == []


@pytest.mark.parametrize(
    "line", ["def load_customers(): ...", "class TierStore: ...", "SCORE = 1", '"""Fold by account."""', "vipTier = 2"]
)
def test_a_planted_business_word_is_found(line: str) -> None:
    assert list(business_words(f"import os\n{line}\n"))


@pytest.mark.parametrize("line", ["frontier = branded = 1", "def accounting(): ...", "underscore = profiler"])
def test_a_word_that_merely_contains_one_passes(line: str) -> None:
    assert list(business_words(line)) == []
