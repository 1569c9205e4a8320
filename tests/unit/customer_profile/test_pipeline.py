"""From identified interactions to customer-records: the worker over adapters in memory."""

from __future__ import annotations

from chassis.stages.parts import PartCodec
from customer_profile.adapters import codec
from customer_profile.domain.persona import Persona
from rapport.advocacy.v1.advocacy_pb2 import STANDING_ADVOCATE, Score
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import BrandReply, Interaction, Like
from rapport.profile.v1.profile_pb2 import CustomerRecord
from rapport.tier.v1.tier_pb2 import Tier
from tests.unit.customer_profile.world import (
    SETTINGS,
    World,
    at,
    facts,
    followers,
    interaction,
    observation,
    purchase,
    returned,
)
from tests.unit.wire.world import JOE, JOE_SHOP


def persona(world: World, account: str) -> Persona:
    codecs: PartCodec[Persona] = codec.personas()
    return codecs.state(world.personas()[account])


def test_pr1_what_an_account_did_becomes_its_customers_record() -> None:
    """Interactions and a membership are enough for a record, stored and published alike."""
    world = World()
    world.belongs("C1", JOE)
    world.interacted(
        interaction("e1", JOE, 1),
        interaction("e2", JOE, 2, like=Like(post_id="p"), figures=followers(250)),
        interaction("e3", JOE, 3, brand_reply=BrandReply(conversation_id="c")),
    )
    world.settle()
    record = world.record("C1")
    assert (record.name, record.customer_id, list(record.accounts)) == ("customers/C1", "C1", [JOE])
    assert record.activity.interactions == 3
    assert dict(record.activity.by_kind) == {"comment": 1, "like": 1, "brand_reply": 1}
    assert dict(record.activity.by_channel) == {"instagram": 3}
    assert (record.activity.first_at, record.activity.last_at) == (at(1), at(3))
    assert (record.activity.followers, record.activity.brand_replies) == (250, 1)
    assert world.published("C1")[-1] == record


def test_pr8_counts_and_sums_are_kept_by_currency() -> None:
    """Orders, returns, gross, net and the average are whole minor units of one currency each."""
    world = World()
    world.belongs("C1", JOE_SHOP)
    world.interacted(
        purchase("e1", JOE_SHOP, 1, "o1", 1000),
        purchase("e2", JOE_SHOP, 5, "o2", 999, source=2),
        purchase("e3", JOE_SHOP, 3, "o3", 700, currency="JPY"),
        returned("e4", JOE_SHOP, 6, "r1", 400),
    )
    world.settle()
    euros, yen = world.record("C1").purchases
    assert (euros.currency_code, euros.orders, euros.returns) == ("EUR", 2, 1)
    assert (euros.gross_minor_units, euros.returned_minor_units, euros.net_minor_units) == (1999, 400, 1599)
    assert euros.average_order_minor_units == 999, "1999 by 2, rounded down"
    assert (euros.first_at, euros.last_at) == (at(1), at(5))
    assert dict(euros.orders_by_source) == {"PURCHASE_SOURCE_WEB_SHOP": 1, "PURCHASE_SOURCE_STORE": 1}
    assert (yen.currency_code, yen.gross_minor_units) == ("JPY", 700)


def test_pr8_a_currency_with_returns_only_has_no_first_order() -> None:
    """The net may be negative; there is no average and no time of an order."""
    world = World()
    world.belongs("C1", JOE_SHOP)
    world.interacted(returned("e1", JOE_SHOP, 6, "r1", 400))
    world.settle()
    (euros,) = world.record("C1").purchases
    assert (euros.orders, euros.net_minor_units, euros.average_order_minor_units) == (0, -400, 0)
    assert not euros.HasField("first_at")


def test_pr8_an_order_told_under_two_accounts_of_a_customer_counts_once() -> None:
    """A shop gives an order number once, so the ledger of a customer is keyed by it over all accounts."""
    world = World()
    world.belongs("C1", JOE, JOE_SHOP)
    world.interacted(purchase("e1", JOE_SHOP, 1, "o1", 1000), purchase("e1", JOE, 2, "o1", 1000))
    world.settle()
    (euros,) = world.record("C1").purchases
    assert (euros.orders, euros.gross_minor_units, euros.first_at, euros.last_at) == (1, 1000, at(1), at(1))


def test_the_latest_value_of_each_field_wins_with_where_it_came_from() -> None:
    """A later observation replaces the value of the fields that it tells, over all accounts, and no others."""
    world = World()
    world.belongs("C1", JOE, JOE_SHOP)
    world.interacted(
        observation("e1", JOE, 10, source="crm", given_name="Joe", company="Acme"),
        observation("e2", JOE_SHOP, 20, given_name="Joseph"),
        observation("e3", JOE_SHOP, 5, given_name="J.", company="Old Ltd"),
    )
    world.settle()
    contact = world.record("C1").contact
    given = contact.given_name
    assert (given.value, given.source, given.event_id, given.account_key) == ("Joseph", "form", "e2", JOE_SHOP)
    assert given.observed_at == at(20)
    assert (contact.company.value, contact.company.source) == ("Acme", "crm")
    assert not contact.HasField("family_name")


def test_score_and_tier_of_other_services_stand_in_the_record() -> None:
    """The newest score and tier by version are shown, whatever the order in which they arrive."""
    world = World()
    world.belongs("C1", JOE)
    world.interacted(interaction("e1", JOE))
    newest = Score(customer_id="C1", score=812, standing=STANDING_ADVOCATE, version=5, update_time=at(7))
    world.publish("advocacy-scores", "C1", newest.SerializeToString())
    world.publish("advocacy-scores", "C1", Score(customer_id="C1", score=3, version=4).SerializeToString())
    gold = Tier(customer_id="C1", tier="gold", benefits=["lounge"], version=2, update_time=at(8))
    world.publish("tiers", "C1", gold.SerializeToString())
    world.settle()
    record = world.record("C1")
    assert (record.score.score, record.score.standing, record.score.version) == (812, "STANDING_ADVOCATE", 5)
    assert record.score.update_time == at(7)
    assert (record.tier.tier, list(record.tier.benefits), record.tier.version) == ("gold", ["lounge"], 2)


def test_the_last_score_and_tier_of_a_merged_away_customer_are_not_shown() -> None:
    """A state with merged_into speaks for nobody: an id that is split off again waits for its next score."""
    world = World()
    world.belongs("C1", JOE)
    world.interacted(interaction("e1", JOE))
    world.publish("advocacy-scores", "C1", Score(customer_id="C1", score=5, version=1).SerializeToString())
    closed = Score(customer_id="C1", merged_into="C0", version=2)
    world.publish("advocacy-scores", "C1", closed.SerializeToString())
    world.publish("tiers", "C1", Tier(customer_id="C1", merged_into="C0", version=9).SerializeToString())
    world.settle()
    assert not world.record("C1").HasField("score")
    assert not world.record("C1").HasField("tier")


def test_a_merge_gives_what_one_customer_would_have_and_closes_the_other() -> None:
    """The survivor's record is computed from both accounts; the other id's last state names the survivor."""
    merged, never_apart = World(), World()
    for world in (merged, never_apart):
        world.interacted(purchase("e1", JOE_SHOP, 1, "o1", 1000), interaction("e2", JOE, 2, figures=followers(10)))
    never_apart.belongs("C1", JOE, JOE_SHOP)
    never_apart.settle()
    merged.belongs("C1", JOE)
    merged.belongs("C2", JOE_SHOP)
    merged.settle()
    merged.merged("C2", "C1")
    merged.belongs("C1", JOE, JOE_SHOP, absorbed=["C2"])
    merged.settle()
    expected, actual = facts(never_apart.record("C1")), facts(merged.record("C1"))
    for record in (expected, actual):
        record.ClearField("absorbed")
    assert actual == expected
    closed = merged.published("C2")[-1]
    assert (closed.merged_into, closed.customer_id, list(closed.accounts)) == ("C1", "C2", [])
    assert closed.version > merged.published("C2")[-2].version


def test_a_merge_that_is_undone_leaves_no_trace() -> None:
    """After merge and split both records are what they would be had the merge never been."""
    world, never = World(), World()
    for each in (world, never):
        each.interacted(
            purchase("e1", JOE_SHOP, 1, "o1", 1000),
            observation("e2", JOE, 2, given_name="Joe"),
            observation("e3", JOE_SHOP, 3, given_name="Josephine"),
        )
        each.belongs("C1", JOE)
        each.belongs("C2", JOE_SHOP)
        each.settle()
    world.merged("C2", "C1")
    world.belongs("C1", JOE, JOE_SHOP, absorbed=["C2"])
    world.settle()
    assert world.record("C1").contact.given_name.value == "Josephine"
    world.belongs("C1", JOE)
    world.belongs("C2", JOE_SHOP)
    world.settle()
    for customer in ("C1", "C2"):
        assert facts(world.record(customer)) == facts(never.record(customer))


def test_pr3_every_interaction_stands_once_in_the_timeline_as_it_came() -> None:
    """The row carries the interaction's own bytes under account and event id, ordered by time."""
    world = World()
    sent = interaction("e1", JOE, 4)
    repeated = world.interacted(sent, interaction("e2", JOE, 3))
    world.broker.publish(repeated)
    world.settle()
    rows = world.rows()
    assert sorted(rows) == [f"{JOE} e1", f"{JOE} e2"]
    assert Interaction.FromString(rows[f"{JOE} e1"]["body"]) == sent
    assert rows[f"{JOE} e2"]["place"] < rows[f"{JOE} e1"]["place"]
    assert (rows[f"{JOE} e1"]["account"], rows[f"{JOE} e1"]["kind"]) == (JOE, "comment")


def test_a_redelivered_interaction_counts_once() -> None:
    """The fence skips what has been applied, also when it comes again much later."""
    world = World()
    world.belongs("C1", JOE_SHOP)
    messages = world.interacted(purchase("e1", JOE_SHOP, 1, "o1", 100), interaction("e2", JOE_SHOP, 2))
    world.settle()
    first = world.record("C1")
    world.broker.publish(messages)
    world.settle()
    assert facts(world.record("C1")) == facts(first)
    assert persona(world, JOE_SHOP).kinds == {"purchase": 1, "comment": 1}


def test_an_account_is_kept_before_its_customer_is_known() -> None:
    """Interactions ahead of the assignment wait in the persona, and count once the customer is told."""
    world = World()
    world.interacted(interaction("e1", JOE, 1))
    world.settle()
    assert persona(world, JOE).kinds == {"comment": 1}
    world.belongs("C1", JOE)
    world.settle()
    assert world.record("C1").activity.interactions == 1


def test_a_bad_interaction_is_a_dead_letter_and_the_rest_goes_on() -> None:
    """What does not parse, lies under another key, or would spoil sums is told with its reason and its own bytes."""
    world = World()
    world.belongs("C1", JOE)
    topic = "identified-interactions"
    world.publish(topic, JOE, b"\xff\xff")
    world.publish(topic, JOE, b"")
    negative = purchase("e1", JOE, 1, "o1", -5)
    nameless = purchase("e2", JOE, 1, "", 5)
    unknown = Interaction(event_id="e3", account=negative.account, occurred_at=at(1))
    messages = world.interacted(negative, nameless, unknown, interaction("e4", JOE, 2))
    world.settle()
    found = world.dead_letters()
    assert sorted(found, key=lambda letter: letter[0]) == [
        ("INVALID_FIELD", messages[0].value),
        ("INVALID_FIELD", messages[1].value),
        ("KEY_MISMATCH", b""),
        ("UNKNOWN_KIND", messages[2].value),
        ("UNPARSEABLE", b"\xff\xff"),
    ]
    assert world.record("C1").activity.interactions == 1


def test_a_replayed_dead_letter_is_applied_once() -> None:
    """What was a dead letter here counts when it is replayed, and only once however often that is done."""
    world = World()
    world.belongs("C1", JOE)
    (message,) = world.interacted(purchase("e1", JOE, 1, "o1", -5))
    world.settle()
    identified = IdentifiedInteraction.FromString(message.value or b"")
    identified.interaction.purchase.total.minor_units = 5
    for _ in range(2):
        world.publish("retry.customer-profile", JOE, identified.SerializeToString())
        world.settle()
    assert [summary.gross_minor_units for summary in world.record("C1").purchases] == [5]


def test_an_unreadable_level_is_a_dead_letter() -> None:
    """A snapshot, score or tier that does not parse or has another key stops nothing."""
    world = World()
    world.belongs("C1", JOE)
    world.publish("customers", "C1", b"\xff")
    world.publish("tiers", "C1", Tier(customer_id="C2", version=1).SerializeToString())
    world.publish("identity-assignments", JOE, b"")
    world.settle()
    reasons = sorted(reason for reason, _ in world.dead_letters())
    assert reasons == ["KEY_MISMATCH", "KEY_MISMATCH", "UNPARSEABLE"]
    assert list(world.record("C1").accounts) == [JOE]


def test_no_key_carries_a_persons_details() -> None:
    """Keys of records and ids of documents hold account keys, event ids and customer ids, and nothing else."""
    world = World()
    account = "email:h_abc"
    world.belongs("C1", account)
    sent = observation("e1", account, 1, email="joe@example.org", phone="+491701234567")
    sent.account.id = "h_abc"
    world.interacted(sent)
    world.settle()
    assert world.record("C1").contact.email.value == "joe@example.org"
    ids = [*world.personas(), *world.rows(), *world.stores["records"].everything()]
    assert not [each for each in ids if "joe" in each or "+49" in each]


def test_a_published_record_says_what_it_is() -> None:
    """CloudEvents headers name the type, the source and the version; the key is the customer."""
    world = World()
    world.belongs("C1", JOE)
    world.settle()
    (record,) = world.broker.records(SETTINGS.topic("customer-records"))
    headers = dict(record.headers)
    assert headers["ce_type"] == b"rapport.profile.v1.CustomerRecord"
    assert headers["ce_source"] == b"/rapport/customer-profile"
    assert headers["ce_id"] == b"C1-1"
    message = CustomerRecord.FromString(record.value or b"")
    assert (message.version, message.etag, message.membership_version) == (1, '"1"', 1)
