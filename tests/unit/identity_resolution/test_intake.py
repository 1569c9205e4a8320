"""What is refused at the door, and with which reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from chassis.dead_letters import SOURCE_KEY, SOURCE_OFFSET, SOURCE_TOPIC
from chassis.records import Message
from rapport.common.v1.common_pb2 import Money
from rapport.interactions.v1 import interaction_pb2 as pb
from tests.unit.identity_resolution.world import DEAD_LETTERS, INTERACTIONS, START, World, interaction

Spoil = Callable[[pb.Interaction], object]


def purchase(**fields: object) -> pb.Purchase:
    return pb.Purchase(**{"order_id": "o-1", "total": euros(100), **fields})  # type: ignore[arg-type]


def euros(minor_units: int) -> Money:
    return Money(currency_code="EUR", minor_units=minor_units)


def line(quantity: int = 1, price: Money | None = None) -> pb.OrderLine:
    return pb.OrderLine(sku="s", quantity=quantity, unit_price=price or euros(5))


def review(rating: int) -> pb.Interaction:
    return interaction("1", "instagram:joe", review=pb.Review(rating=rating))


def answer(score: int) -> pb.Interaction:
    return interaction("1", "instagram:joe", survey_answer=pb.SurveyAnswer(score=score))


def buying(bought: pb.Purchase) -> pb.Interaction:
    return interaction("1", "instagram:joe", purchase=bought)


def returning(total: Money) -> pb.Interaction:
    return interaction("1", "instagram:joe", purchase_return=pb.PurchaseReturn(return_id="r", total=total))


def saying(**content: object) -> pb.Interaction:
    return interaction("1", "instagram:joe", comment=pb.Comment(content=pb.Content(**content)))  # type: ignore[arg-type]


def observing(**fields: object) -> pb.Interaction:
    return interaction("1", "instagram:joe", observation=pb.Observation(**fields))  # type: ignore[arg-type]


def spoilt(spoil: Spoil) -> pb.Interaction:
    made = interaction("1", "instagram:joe", ("email", "joe@example.com"))
    spoil(made)
    return made


def at(moment: datetime) -> pb.Interaction:
    return spoilt(lambda made: made.occurred_at.FromDatetime(moment))


def account(channel: str, id_: str) -> pb.Interaction:
    return spoilt(lambda made: made.account.CopyFrom(pb.Account(channel=channel, id=id_)))


REFUSED = [
    ("NO_ACCOUNT", "account.channel", spoilt(lambda made: made.ClearField("account"))),
    ("NO_ACCOUNT", "account.channel", account("", "joe")),
    ("NO_ACCOUNT", "account.channel", account("Insta gram", "joe")),
    ("NO_ACCOUNT", "account.channel", account("x" * 33, "joe")),
    ("NO_ACCOUNT", "account.id", account("instagram", "")),
    ("NO_ACCOUNT", "account.id", account("instagram", " \t")),
    ("NO_EVENT_ID", "event_id", interaction("", "instagram:joe")),
    ("NO_EVENT_ID", "event_id", interaction("  ", "instagram:joe")),
    ("NO_EVENT_ID", "event_id", interaction("x" * 129, "instagram:joe")),
    ("NO_TIME", "occurred_at", spoilt(lambda made: made.ClearField("occurred_at"))),
    ("TIME_IN_FUTURE", "occurred_at", at(START + timedelta(days=1, microseconds=1))),
    ("UNKNOWN_KIND", "kind", spoilt(lambda made: made.ClearField("like"))),
    ("UNKNOWN_IDENTIFIER_TYPE", "identifiers.type", interaction("1", "instagram:joe", ("shoe_size", "4242"))),
    ("UNKNOWN_IDENTIFIER_TYPE", "identifiers.type", interaction("1", "instagram:joe", ("", "42"))),
    (
        "UNKNOWN_IDENTIFIER_TYPE",
        "referral.referred.type",
        interaction("1", "instagram:joe", referral=pb.Referral(referred=pb.Identifier(type="shoe_size", value="4242"))),
    ),
    *[
        ("VALUE_OUT_OF_RANGE", field, made)
        for field, made in [
            ("occurred_at", at(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC))),
            ("account.id", account("instagram", "x" * 257)),
            ("source", spoilt(lambda made: setattr(made, "source", "x" * 257))),
            ("identifiers.value", interaction("1", "instagram:joe", ("email", "x" * 513))),
            ("identifiers", interaction("1", "instagram:joe", *[("cookie", f"c{n}") for n in range(101)])),
            ("figures.followers", spoilt(lambda made: setattr(made.figures, "followers", -1))),
            ("figures.following", spoilt(lambda made: setattr(made.figures, "following", -1))),
            ("figures.posts_last_year", spoilt(lambda made: setattr(made.figures, "posts_last_year", -1))),
            ("review.rating", review(0)),
            ("review.rating", review(6)),
            ("survey_answer.score", answer(-1)),
            ("survey_answer.score", answer(11)),
            ("purchase.total", buying(pb.Purchase(order_id="o"))),
            ("purchase.total.minor_units", buying(purchase(total=euros(-1)))),
            ("purchase.total.minor_units", buying(purchase(total=euros(10**12 + 1)))),
            ("purchase.total.currency_code", buying(purchase(total=Money(currency_code="eur", minor_units=1)))),
            ("purchase.total.currency_code", buying(purchase(total=Money(currency_code="EURO", minor_units=1)))),
            ("purchase.lines", buying(purchase(lines=[line()] * 1001))),
            ("purchase.lines[1].quantity", buying(purchase(lines=[line(), line(0)]))),
            ("purchase.lines[0].quantity", buying(purchase(lines=[line(-2)]))),
            ("purchase.lines[0].unit_price.minor_units", buying(purchase(lines=[line(1, euros(-5))]))),
            ("purchase.lines[0].unit_price", buying(purchase(lines=[line(1, Money(currency_code="USD"))]))),
            ("purchase.lines[0]", buying(purchase(lines=[pb.OrderLine(sku="x" * 257, quantity=1)]))),
            ("purchase.order_id", buying(purchase(order_id="x" * 257))),
            ("purchase.source", buying(purchase(source=99))),
            ("purchase_return.total.minor_units", returning(euros(0))),
            ("purchase_return.total.minor_units", returning(euros(-3))),
            ("content.text", saying(text="x" * 10_001)),
            ("content.url", saying(url="x" * 2_049)),
            ("content.language", saying(language="x" * 36)),
            ("content.topics", saying(topics=["t"] * 101)),
            ("content", saying(sentiment=9)),
            ("content.engagement.views", saying(engagement=pb.Engagement(views=-1))),
            ("observation.date_of_birth", observing(date_of_birth="29.02.1984")),
            ("observation.date_of_birth", observing(date_of_birth="1983-02-29")),
            ("observation.given_name", observing(given_name="x" * 257)),
            ("observation.email", observing(email="x" * 513)),
            ("observation.address.country", observing(address=pb.Address(country="Germany"))),
            ("observation.address.lines", observing(address=pb.Address(lines=["x"] * 11))),
            ("observation.attributes: at most 20", observing(attributes={f"a{n}": "1" for n in range(21)})),
            ("observation.attributes: names", observing(attributes={"Shoe size": "44"})),
            ("observation.attributes: names", observing(attributes={"": "44"})),
            ("observation.attributes: names", observing(attributes={"x" * 33: "44"})),
            ("observation.attributes: at most 512", observing(attributes={"national_id": "x" * 513})),
        ]
    ],
]
ACCEPTED = [
    at(START + timedelta(days=1)),
    at(datetime(1970, 1, 1, tzinfo=UTC)),
    review(1),
    review(5),
    answer(0),
    answer(10),
    buying(purchase(total=euros(0))),
    buying(purchase(lines=[line(1, euros(0))] * 1000)),
    buying(purchase(lines=[pb.OrderLine(sku="a gift", quantity=1)])),
    returning(euros(1)),
    saying(text="x" * 10_000, topics=["t"] * 100),
    saying(),
    observing(date_of_birth="1984-02-29", address=pb.Address(lines=["High Street 1"], country="GB")),
    observing(email="no address", phone="call me"),
    observing(attributes={f"a_{n}": "x" * 512 for n in range(20)}),
    observing(given_name="\u202eeoJ", family_name="\x00", company="\U0001f600" * 256, attributes={"national_id": ""}),
    interaction("x" * 128, "instagram:" + "x" * 256),
    interaction("1", "instagram:a:b", ("email", "no address")),
    interaction(
        "1", "instagram:joe", referral=pb.Referral(code="JOE", referred=pb.Identifier(type="email", value="a@b.cc"))
    ),
    interaction("1", "instagram:joe", follow=pb.Follow()),
]


@pytest.mark.parametrize(("reason", "field", "made"), REFUSED, ids=lambda part: part if isinstance(part, str) else "")
def test_in2_what_cannot_be_used_is_dead_lettered_with_reason_and_field(
    reason: str, field: str, made: pb.Interaction
) -> None:
    world = World()
    world.send(made)
    world.settle()
    ((found, detail),) = world.dead_letters()
    assert (found, detail.startswith(field)) == (reason, True), (found, detail)
    assert world.forwarded() == []
    assert world.evidence() == []


@pytest.mark.parametrize("made", ACCEPTED)
def test_in2_values_at_the_edge_of_their_range_are_accepted(made: pb.Interaction) -> None:
    world = World()
    world.send(made)
    world.settle()
    assert world.dead_letters() == []
    assert [each.interaction for each in world.forwarded()] == [made]


@pytest.mark.parametrize("value", [None, b"", b"\xff\xff\xff", b"no protobuf at all", b"\x0a\x02\xff\xfe"])
def test_in2_bytes_that_are_no_interaction_are_kept_as_they_came(value: bytes | None) -> None:
    world = World()
    world.broker.publish([Message(INTERACTIONS, b"instagram:joe", value, (("trace", b"x"),))])
    world.settle()
    assert [reason for reason, _ in world.dead_letters()] == ["UNPARSEABLE"]
    (letter,) = world.broker.records(DEAD_LETTERS)
    headers = dict(letter.headers)
    assert (headers[SOURCE_KEY], letter.value, headers["trace"]) == (b"instagram:joe", value, b"x")
    assert (headers[SOURCE_TOPIC], headers[SOURCE_OFFSET]) == (INTERACTIONS.encode(), b"0")


def test_in2_the_rest_of_a_batch_goes_on() -> None:
    world = World()
    world.send(interaction("1", "instagram:joe"))
    world.broker.publish([Message(INTERACTIONS, b"instagram:joe", b"\xff")])
    world.send(interaction("2", "instagram:joe"))
    world.settle()
    assert [each.interaction.event_id for each in world.forwarded()] == ["1", "2"]
    assert len(world.dead_letters()) == 1


def test_in2_a_dead_letter_says_nothing_of_the_person() -> None:
    world = World()
    world.send(*(made for _, _, made in REFUSED))
    world.settle()
    assert not [detail for _, detail in world.dead_letters() if "joe" in detail or "4242" in detail]


def test_in2_a_refused_interaction_counts_once_it_is_sent_right() -> None:
    world = World()
    world.send(review(6), review(5))
    world.settle()
    assert [each.interaction.review.rating for each in world.forwarded()] == [5]


def test_a_record_on_which_the_reader_itself_fails_does_not_block_its_partition(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    world.send(interaction("1", "instagram:joe"), interaction("2", "instagram:joe"))
    runner = world.runner()
    admit = runner.handlers[0]
    reader = admit._ports.reader  # type: ignore[attr-defined]
    read = reader.read

    def failing(record: object, now: datetime) -> object:
        if record.offset == 0:  # type: ignore[attr-defined]
            raise KeyError("a defect")
        return read(record, now)

    reader.read = failing
    runner.run_until_quiet()
    assert world.dead_letters() == [("HANDLER_FAILED", "KeyError")]
    assert [each.interaction.event_id for each in world.forwarded()] == ["2"]
    assert len(caplog.records) == 1
