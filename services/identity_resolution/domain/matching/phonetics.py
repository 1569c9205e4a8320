"""Names by sound, so that blocking brings spellings together that sound alike."""

from __future__ import annotations

import re
from functools import lru_cache

# Spellings of a sound, longest first; then Soundex's classes of consonants (Russell 1918), which vowels separate.
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^(?:kn|gn|pn)", "n"), (r"^wr", "r"), (r"^ps", "s"), (r"^x", "s"), (r"^rh", "r"), (r"^wh", "w"),
        (r"sch|sh|tch|ch", "j"), (r"ph", "f"), (r"ght", "t"), (r"gh", "g"), (r"ck|cq|q|c(?![eiy])", "k"), (r"c", "s"),
        (r"dg(?=[eiy])", "j"), (r"th", "t"), (r"z", "s"), (r"v", "f"), (r"mb$", "m"), (r"y", "i"),
    )
]  # fmt: skip
_CLASSES = {
    letter: digit
    for digit, letters in {"1": "bfpv", "2": "cgjkqsxz", "3": "dt", "4": "l", "5": "mn", "6": "r"}.items()
    for letter in letters
}
_LATIN = re.compile(r"[a-z]+")
LENGTH = 4


@lru_cache(maxsize=65_536)
def phonetic(word: str) -> str:
    """Return a code of up to four signs that spellings of one sound share; the word is folded.

    A word in another script than the Latin, where letters stand for sounds in other ways, is its own first letters.
    """
    if not _LATIN.fullmatch(word):
        return word[:LENGTH]
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    code, last = word[:1], _CLASSES.get(word[:1])
    for letter in word[1:]:
        current = _CLASSES.get(letter)
        if current and current != last:
            code += current
        if letter not in "hw":
            last = current
        if len(code) == LENGTH:
            break
    return code
