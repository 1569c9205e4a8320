"""What producers send: people with several accounts, repeats, and what nobody can use."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from chassis.records import Message
from rapport.common.v1.common_pb2 import Money
from rapport.interactions.v1 import interaction_pb2 as pb
from tests.simulation.system import START, System

ACCOUNTS = (
    *("instagram:ann", "instagram:bob", "tiktok:ann", "tiktok:cleo", "web_shop:1", "web_shop:2", "web_shop:3"),
    *("store:77", "x:dan", "email:Ann@example.com", "email:ann@example.com", "email:bob@example.com"),
)
CLAIMS = (
    *(("email", "ann@example.com"), ("email", "bob@example.com"), ("email", "cleo@example.com")),
    *(("loyalty_number", "L-1"), ("loyalty_number", "L-2"), ("cookie", "c-1"), ("cookie", "c-2"), ("cookie", "c-3")),
    *(("handle", "tiktok/cleo"), ("email", "noreply@example.com")),
)
LATE_CLAIMS = 0.12


class Producer:
    """Sends interactions in an order and of a kind that the dice decide. `sent` counts them."""

    def __init__(self, system: System, random: Random) -> None:
        self._system = system
        self._random = random
        self._messages: list[Message] = []
        self.sent = 0

    def send(self) -> None:
        """Send one: new, a repeat, or of no use."""
        self.sent += 1
        if self._messages and self._random.random() < 0.12:
            message = self._random.choice(self._messages)
        else:
            message = self._message()
            self._messages.append(message)
        self._system.broker.publish([message])

    def _message(self) -> Message:
        random = self._random
        account = random.choice(ACCOUNTS)
        channel, _, id_ = account.partition(":")
        made = pb.Interaction(
            event_id=f"e{self.sent}",
            account=pb.Account(channel=channel, id=id_),
            source=random.choice(["shop", "social"]),
            **self._kind(),
        )
        made.occurred_at.FromDatetime(START - timedelta(minutes=random.randint(0, 60 * 24 * 90)))
        if random.random() < 0.3:
            made.figures.followers = random.randint(0, 2000)
        if random.random() < LATE_CLAIMS:
            for type_, claimed in random.sample(CLAIMS, random.choice([1, 1, 2])):
                made.identifiers.add(type=type_, value=claimed)
        value = made.SerializeToString()
        if random.random() < 0.03:
            made.event_id = ""
            value = random.choice([b"\xff", made.SerializeToString()])
        return Message(self._system.topic("interactions"), account.encode(), value)

    def _kind(self) -> dict[str, Any]:
        random = self._random
        number = f"o{random.randint(1, 40)}"
        # Beyond 10**12 the services that add up refuse it, though identity resolution lets it pass.
        cents = random.choice([100, 4_999, 20_000, 30_000, 60_000, 110_000, 10**12 + 1 if random.random() < 0.1 else 1])
        total = Money(currency_code=random.choice(["EUR", "EUR", "EUR", "JPY"]), minor_units=cents)
        content = pb.Content(
            text="hm", intent=random.choice(pb.Intent.values()), visibility=random.choice(pb.Visibility.values())
        )
        return random.choice(
            [
                {"purchase": pb.Purchase(order_id=number, total=total)},
                {"purchase": pb.Purchase(order_id=number, total=total)},
                {"purchase_return": pb.PurchaseReturn(return_id=number, order_id=number, total=total)},
                {"review": pb.Review(product_id="p", rating=random.randint(1, 5))},
                {"referral": pb.Referral(code="c")},
                {"comment": pb.Comment(post_id="p", content=content)},
                {"post": pb.Post(post_id="p", content=content)},
                {"like": pb.Like(post_id="p")},
                {"follow": pb.Follow(ended=random.random() < 0.3)},
                {"brand_reply": pb.BrandReply(conversation_id="c", content=content)},
                {"observation": pb.Observation(given_name=random.choice(["Ann", "Bob"]), language="en")},
            ]
        )
