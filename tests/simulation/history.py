"""What producers send: people with several accounts, repeats, and what nobody can use; and what people command."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from random import Random
from typing import Any

from chassis.records import Message
from identity_resolution.config import identity_rules, make_keys
from identity_resolution.domain.decisions import suggestion_id
from rapport.common.v1.common_pb2 import Money
from rapport.identity.v1.events_pb2 import EvidenceEntry
from rapport.interactions.v1 import interaction_pb2 as pb
from rapport.interactions.v1.decision_pb2 import Decision
from tests.e2e.identity.commander import About, Commander
from tests.simulation.system import IDENTITY, START, System

ACCOUNTS = (
    *("instagram:ann", "instagram:bob", "tiktok:ann", "tiktok:cleo", "web_shop:1", "web_shop:2", "web_shop:3"),
    *("store:77", "x:dan", "email:Ann@example.com", "email:ann@example.com", "email:bob@example.com"),
)
ANNS = pb.Address(lines=["Schillerstraße 14"], postal_code="60313", city="Frankfurt", country="DE")
CLAIMS = (
    *(("email", "ann@example.com"), ("email", "bob@example.com"), ("email", "cleo@example.com")),
    *(("loyalty_number", "L-1"), ("loyalty_number", "L-2"), ("cookie", "c-1"), ("cookie", "c-2"), ("cookie", "c-3")),
    *(("handle", "tiktok/cleo"), ("email", "noreply@example.com")),
)
LATE_CLAIMS = 0.12
DECISIONS = 0.1
"""How often somebody lays something down: at an interaction, mostly nobody."""
SEEN = (
    {"given_name": "Ann", "language": "en"},
    {"full_name": "Ann Arbogast", "date_of_birth": "1984-02-29", "email": "ann@example.com"},
    {"full_name": "Anne Arbogast", "date_of_birth": "1984-02-28", "address": ANNS},
    {"full_name": "Bob Arbogast", "date_of_birth": "1951-07-01", "address": ANNS},
    {"full_name": "Cleo Castellanos", "date_of_birth": "1990-11-30", "email": "cleo@example.com"},
)
"""Details: of one person twice, of another one of her household, of a third."""


class Producer:
    """Sends interactions in an order and of a kind that the dice decide. `sent` counts them.

    Now and then somebody lays down consent or a contact field in between.
    """

    def __init__(self, system: System, random: Random) -> None:
        settings = system.settings[IDENTITY]
        keys = make_keys(identity_rules(settings).value, settings.pseudonym_key)
        self._accounts = sorted({keys.account(*account.split(":")) for account in ACCOUNTS})
        self._system = system
        self._random = random
        self._messages: list[Message] = []
        self.sent = 0

    def send(self) -> None:
        """Send one: new, a repeat, or of no use."""
        if self._random.random() < DECISIONS:
            self._system.broker.publish([self._decision()])
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

    def _decision(self) -> Message:
        """Few ids, purposes and times: many decisions repeat an id, or are made at the same time as another."""
        random = self._random
        made = Decision(
            event_id=f"d{random.randint(1, 30)}", account_key=random.choice(self._accounts), owner="o", reason="r"
        )
        made.decided_at.FromDatetime(START + timedelta(minutes=random.randint(0, 5)))
        if random.random() < 0.2:
            made.expires_at.FromDatetime(START + timedelta(days=random.randint(1, 40)))
        if random.random() < 0.3:
            made.field.field, made.field.value = "given_name", random.choice(["", "Bo", "Annie"])
        else:
            consent = made.consent
            consent.purpose = random.choice(["newsletter", "newsletter", "no blanks"])
            consent.channel, consent.granted = random.choice(["", "email"]), random.random() < 0.5
        return Message(self._system.topic("decisions"), made.account_key.encode(), made.SerializeToString())

    def _kind(self) -> dict[str, Any]:
        random = self._random
        number = f"o{random.randint(1, 40)}"
        # Beyond 10**12 the services that add up refuse it, though identity resolution lets it pass.
        cents = random.choice([100, 4_999, 20_000, 30_000, 60_000, 110_000, 10**12 + 1 if random.random() < 0.1 else 1])
        total = Money(currency_code=random.choice(["EUR", "EUR", "EUR", "JPY"]), minor_units=cents)
        content = pb.Content(
            text="hm",
            intent=random.choice(pb.Intent.values()),
            sentiment=random.choice(pb.Sentiment.values()),
            visibility=random.choice(pb.Visibility.values()),
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
                {"brand_reply": pb.BrandReply(in_reply_to=f"e{random.randint(1, self.sent)}", content=content)},
                {"support_message": pb.SupportMessage(conversation_id="c", content=content, closes=self.sent % 5 == 0)},
                *(2 * [{"observation": pb.Observation(**random.choice(SEEN))}]),
            ]
        )


class Staff:
    """People who command who is who, on what the store says at the moment."""

    def __init__(self, system: System, random: Random) -> None:
        settings = system.settings[IDENTITY]
        keys = make_keys(identity_rules(settings).value, settings.pseudonym_key)
        accounts = sorted({keys.account(*account.split(":")) for account in ACCOUNTS})
        identifiers = [keys.claim(type_, claimed, "") for type_, claimed in CLAIMS]
        pairs = [suggestion_id(one, other) for one, other in combinations(accounts, 2)]
        stores = system.stores[IDENTITY]
        self._commander = Commander(
            About(accounts, [each for each in identifiers if each], pairs),
            lambda name, ids: stores[name].load(ids),
            random,
        )
        self._system = system

    def command(self) -> None:
        """Command something."""
        entry = EvidenceEntry(command=self._commander.command())
        self._system.broker.publish(
            [Message(self._system.topic("identity-evidence"), b"staff", entry.SerializeToString(), (), 0)]
        )
