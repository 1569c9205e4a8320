"""A deed as rules see it, and the signature under which deeds that no rule can tell apart are counted together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

REFERRAL_VALID = "referral_valid"
"""The kind of a referral that brought a purchase: nobody sends it, it follows from several interactions."""
REFERRED = "referred"
"""The other side of it: the purchase of somebody who was referred."""

_SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class Deed:
    """What classification looks at, in the words of the rules file. "" and 0 stand for what the source did not tell.

    `basis` says where the sentiment comes from: "" the source, "text" its words, "signal" emoji or stars alone, which
    is of low confidence.
    """

    kind: str
    intent: str = ""
    sentiment: str = ""
    visibility: str = ""
    rating: int = 0
    basis: str = ""

    @property
    def signature(self) -> str:
        """The deed in one word; `read_signature` reads it."""
        return _SEPARATOR.join(
            (self.kind, self.intent, self.sentiment, self.visibility, str(self.rating or ""), self.basis)
        )


@lru_cache(maxsize=4096)
def read_signature(signature: str) -> Deed:
    """The deed of a signature; raises ValueError for text that is none."""
    kind, intent, sentiment, visibility, rating, basis = signature.split(_SEPARATOR)
    return Deed(kind, intent, sentiment, visibility, int(rating or 0), basis)
