"""How a text sounds where its source has not judged it: VADER for English, emoji and stars for every other language.

VADER is a lexicon and rules (Hutto and Gilbert, ICWSM 2014), offline and the same on every machine. Its compound value
from 0.05 is positive and to -0.05 negative, as its authors use it. A model can take this adapter's place: whatever
judges is called with text, language and stars, and answers with a word and what it rests on.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, NamedTuple

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

TEXT, SIGNAL = "text", "signal"
_CLEAR = 0.05
_POSITIVE = frozenset("😀😃😄😁😆😊😇🙂😍🥰😘😗😙😚😋🤩🥳😎👍👏🙌💪❤🧡💛💚💙💜🤍💖💕💗🎉✨🔥💯🙏⭐🌟")
_NEGATIVE = frozenset("😠😡🤬😤😞😟😢😭😖😣😩😫👎💔🤮🤢😒🙄😑💩😱")
_GOOD_STARS, _BAD_STARS = 4, 2


class Judged(NamedTuple):
    """A sentiment in the words of the rules, and what it rests on: "text", or "signal" for emoji and stars.

    Both are empty where nothing tells.
    """

    sentiment: str = ""
    basis: str = ""


SentimentJudge = Callable[[str, str, int], Judged]
"""Judges a text in a language (BCP 47, or empty) with that many stars of five (0 for none)."""


@lru_cache(maxsize=8192)
def judge(text: str, language: str, stars: int) -> Judged:
    """How a text sounds."""
    if language.lower().partition("-")[0] == "en" and text:
        compound: float = _vader().polarity_scores(text)["compound"]
        word = "positive" if compound >= _CLEAR else "negative" if compound <= -_CLEAR else "neutral"
        return Judged(word, TEXT)
    signal = sum((each in _POSITIVE) - (each in _NEGATIVE) for each in text)
    signal += (stars >= _GOOD_STARS) - (0 < stars <= _BAD_STARS)
    if signal == 0:
        return Judged()
    return Judged("positive" if signal > 0 else "negative", SIGNAL)


@cache
def _vader() -> Any:  # noqa: ANN401 - the library has no types
    return SentimentIntensityAnalyzer()
