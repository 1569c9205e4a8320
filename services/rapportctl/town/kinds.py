"""The kinds of steps, and what people do on which channel."""

from __future__ import annotations

from enum import IntEnum, auto

from rapportctl.town.chance import spread
from rapportctl.town.identifiers import SOCIAL


class StepKind(IntEnum):
    """What happens in a step; at most 31."""

    COMMENT = auto()
    MENTION = auto()
    REPLY = auto()
    STORY = auto()
    DIRECT_MESSAGE = auto()
    LIKE = auto()
    SHARE = auto()
    FOLLOW = auto()
    UNFOLLOW = auto()
    REVIEW = auto()
    REFERRAL = auto()
    PURCHASE = auto()
    PURCHASE_RETURN = auto()
    SUPPORT_OPEN = auto()
    SUPPORT_FOLLOW_UP = auto()
    SUPPORT_CLOSE = auto()
    SURVEY_ANSWER = auto()
    BRAND_REPLY = auto()
    POST = auto()
    OBSERVATION = auto()
    COMPLAINT = auto()
    """In public, where support is a conversation in private."""
    CRISIS_COMPLAINT = auto()
    CRISIS_DEFENCE = auto()
    REGISTRATION = auto()
    """A form that an account is opened with; it tells more than others."""


LIGHT = frozenset(
    {
        StepKind.COMMENT,
        StepKind.MENTION,
        StepKind.REPLY,
        StepKind.STORY,
        StepKind.LIKE,
        StepKind.SHARE,
        StepKind.FOLLOW,
        StepKind.UNFOLLOW,
        StepKind.POST,
    }
)
"""What nobody leaves an e-mail address or a phone number with."""

_ON_SOCIAL = spread(
    (StepKind.LIKE, 36),
    (StepKind.COMMENT, 17),
    (StepKind.MENTION, 8),
    (StepKind.SHARE, 8),
    (StepKind.REPLY, 6),
    (StepKind.STORY, 5),
    (StepKind.FOLLOW, 4),
    (StepKind.POST, 4),
    (StepKind.DIRECT_MESSAGE, 4),
    (StepKind.PURCHASE, 3),
    (StepKind.COMPLAINT, 2),
    (StepKind.UNFOLLOW, 1),
    (StepKind.SUPPORT_OPEN, 1),
    (StepKind.REFERRAL, 1),
)

WHAT_PEOPLE_DO: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(SOCIAL, _ON_SOCIAL),
    "web_shop": spread(
        (StepKind.PURCHASE, 52),
        (StepKind.REVIEW, 18),
        (StepKind.OBSERVATION, 10),
        (StepKind.REFERRAL, 7),
        (StepKind.SUPPORT_OPEN, 7),
        (StepKind.SURVEY_ANSWER, 6),
    ),
    "email": spread(
        (StepKind.SUPPORT_OPEN, 35),
        (StepKind.SURVEY_ANSWER, 35),
        (StepKind.OBSERVATION, 15),
        (StepKind.REFERRAL, 15),
    ),
    "phone": spread((StepKind.SUPPORT_OPEN, 75), (StepKind.SURVEY_ANSWER, 15), (StepKind.OBSERVATION, 10)),
    "store": spread(
        (StepKind.PURCHASE, 75),
        (StepKind.SURVEY_ANSWER, 12),
        (StepKind.OBSERVATION, 8),
        (StepKind.REFERRAL, 5),
    ),
}
"""Per channel, a table to draw kinds from."""
