"""Names of people: what is no part of them goes, and a full name is told apart into given and family names."""

from __future__ import annotations

import re

from identity_resolution.domain.matching.folding import listed, words

_TITLES = listed(
    """
    mr mrs ms miss mx dr prof professor sir dame lord lady rev revd fr hon capt col sgt herr frau hr fru mme
    mlle monsieur madame dott dottssa sig signor signora sra dra srta ing dipl mag msgr shri smt haji
    """
)
_SUFFIXES = listed(
    """
    jr sr ii iii iv esq phd md dds mba bsc msc ba ma obe mbe cbe dphil
    """
)
_HONORIFICS = ("さん", "さま", "様", "氏", "先生", "殿", "님", "씨", "先生", "女士", "小姐")

# Words that begin a family name of several words.
_PARTICLES = listed(
    """
    van von der den de del della di da do dos das du la le los las ter ten te zu zum zur af av bin ibn bint ben
    bat al el abu abd st mac mc y e بن ابن بنت ابو בן בת
    """
)

# The family names of nine Vietnamese in ten; they stand first in a full name.
_VIETNAMESE = listed(
    """
    nguyen tran le pham huynh hoang phan vu vo dang bui do ho ngo duong ly dinh truong trinh doan lam luong mai
    cao
    """
)
_KOREAN_PAIRS = listed(
    """
    남궁 황보 제갈 사공 선우 서문 독고 동방
    """
)
_CHINESE_PAIRS = listed(
    """
    欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 司徒 皇甫 尉迟 公孙 公孫 慕容 令狐 端木
    """
)
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff々]+")
_HANGUL = re.compile(r"[\uac00-\ud7a3]+")
_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3々ー\s]+")


def person_name(text: str) -> str:
    """Return a given or family name without titles and suffixes, its words parted by single blanks; text is folded."""
    for honorific in _HONORIFICS:
        if len(text) > len(honorific) + 1:
            text = text.removesuffix(honorific)
    return " ".join(_bare(words(text)))


def split_name(text: str) -> tuple[str, str]:
    """Return given and family names of a full name, folded; either may be empty.

    "Family, Given" and "Given Family" are told by the comma. Chinese, Japanese, Korean and Vietnamese names have the
    family name first. Where no blank parts a Japanese name, its first two signs are taken: four signs of names in five
    are so. Wrong guesses cost little, since matching sees names that are swapped.
    """
    family, comma, given = text.partition(",")
    if comma and set(words(given)) - _SUFFIXES:
        return person_name(given), person_name(family)
    if _EAST_ASIAN.fullmatch(text):
        return _split_east_asian(person_name(text))
    # A hyphen makes one name of two.
    parts = _bare([" ".join(words(part)) for part in text.split() if words(part)])
    text = " ".join(parts)
    if len(parts) < 2:
        return (text, "")
    if len(parts) > 2 and parts[0] in _VIETNAMESE and parts[-1] not in _VIETNAMESE:
        return " ".join(parts[1:]), parts[0]
    start = len(parts) - 1
    while start > 1 and parts[start - 1] in _PARTICLES:
        start -= 1
    return " ".join(parts[:start]), " ".join(parts[start:])


def _split_east_asian(text: str) -> tuple[str, str]:
    family, blank, given = text.partition(" ")
    if blank:
        return given.replace(" ", ""), family
    if _HANGUL.fullmatch(text):
        size = 2 if text[:2] in _KOREAN_PAIRS and len(text) > 2 else 1
    elif _HAN.fullmatch(text):
        size = 2 if len(text) > 3 or (text[:2] in _CHINESE_PAIRS and len(text) > 2) else 1
    else:
        return text, ""
    return text[size:], text[:size]


def _bare(parts: list[str]) -> list[str]:
    """The words without titles before and suffixes behind, as long as something is left."""
    while len(parts) > 1 and parts[0] in _TITLES:
        parts = parts[1:]
    while len(parts) > 1 and parts[-1] in _SUFFIXES:
        parts = parts[:-1]
    return parts
