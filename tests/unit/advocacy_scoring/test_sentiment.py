"""How texts sound where their source has not judged them, and which are copies of each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advocacy_scoring.adapters.likeness import copies, sketch
from advocacy_scoring.adapters.sentiment import SIGNAL, TEXT, Judged, judge


@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("I love this jacket, it is wonderful", "positive"),
        ("I do not love this jacket at all, terrible", "negative"),
        ("The jacket is blue", "neutral"),
    ],
)
def test_english_is_judged_by_its_words(text: str, sentiment: str) -> None:
    """Negation included."""
    assert judge(text, "en-GB", 0) == Judged(sentiment, TEXT)


@pytest.mark.parametrize(
    ("text", "language", "stars", "expected"),
    [
        ("Die Jacke ist da 😍", "de", 0, Judged("positive", SIGNAL)),
        ("Die Jacke ist da 😡😡 👍", "de", 0, Judged("negative", SIGNAL)),
        ("Die Jacke ist da", "de", 5, Judged("positive", SIGNAL)),
        ("Die Jacke ist da", "de", 1, Judged("negative", SIGNAL)),
        ("Die Jacke ist da", "de", 3, Judged()),
        ("I love it", "", 0, Judged()),
        ("", "en", 2, Judged("negative", SIGNAL)),
    ],
)
def test_other_languages_are_judged_by_emoji_and_stars_alone(
    text: str, language: str, stars: int, expected: Judged
) -> None:
    """Of low confidence, and said so; where nothing tells, nothing is said."""
    assert judge(text, language, stars) == expected


@given(st.text(max_size=300), st.sampled_from(["en", "de", "", "zz-ZZ"]), st.integers(0, 5))
def test_any_text_can_be_judged(text: str, language: str, stars: int) -> None:
    """Whatever people write."""
    assert judge(text, language, stars).sentiment in ("", "positive", "neutral", "negative")


WORDS = [
    "a",
    "jacket",
    "that",
    "keeps",
    "warm",
    "in",
    "the",
    "coldest",
    "winter",
    "and",
    "looks",
    "good",
    "on",
    "everybody",
]


@given(st.lists(st.sampled_from(WORDS), min_size=8, max_size=30))
def test_a_copy_is_found_whatever_its_capitals_and_punctuation(words: list[str]) -> None:
    """Equal texts have equal sketches."""
    text = " ".join(words)
    made = [sketch(each, 6) for each in (text, text.upper() + "!!", ", ".join(words), "nobody wrote this but me alone")]
    assert [0, 1, 2] in [sorted(group) for group in copies(made, 80)]


def test_texts_that_share_a_phrase_only_are_no_copies() -> None:
    """Of two that begin alike, most is different."""
    texts = [
        f"i bought a jacket from this brand and {rest}"
        for rest in (
            "my sister borrowed it on the very first evening",
            "then it rained for three weeks without a break",
            "nobody at the office recognised me any more",
        )
    ]
    assert copies([sketch(text, 6) for text in texts], 80) == []
