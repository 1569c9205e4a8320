"""What people in a town do: it hangs together as it does in life."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

from rapport.interactions.v1 import interaction_pb2 as pb
from rapportctl.town import Town, TownEvent, TownSettings, is_blocked
from rapportctl.town.identifiers import SOCIAL
from rapportctl.town.words import CRISIS_TOPIC


def messages(events: list[TownEvent]) -> list[pb.Interaction]:
    """Give the interactions."""
    return [event.interaction for event in events if event.interaction is not None]


def test_every_kind_of_interaction_occurs(valid: list[TownEvent]) -> None:
    kinds = {field.name for field in pb.Interaction.DESCRIPTOR.oneofs_by_name["kind"].fields}
    assert {each.WhichOneof("kind") for each in messages(valid)} == kinds


def test_there_are_about_thirty_events_per_person_in_thirty_days() -> None:
    assert 27 < Town(TownSettings(people=4000)).planned() / 4000 < 36


def test_activity_has_a_heavy_tail_the_top_tenth_does_more_than_a_third(town: Town) -> None:
    counts = sorted((customer.interactions for customer in town.truth().customers), reverse=True)
    assert sum(counts[: len(counts) // 10]) > sum(counts) / 3


def test_what_an_order_costs_is_the_sum_of_its_lines(valid: list[TownEvent]) -> None:
    for each in messages(valid):
        if each.HasField("purchase"):
            lines = each.purchase.lines
            assert each.purchase.total.minor_units == sum(line.quantity * line.unit_price.minor_units for line in lines)


def test_a_return_brings_back_an_earlier_order_of_the_account_once_and_no_more_than_was_paid(
    valid: list[TownEvent],
) -> None:
    bought: dict[tuple[str, str], pb.Purchase] = {}
    returns = 0
    for event, each in zip(valid, messages(valid), strict=True):
        if each.HasField("purchase"):
            bought[event.account_key, each.purchase.order_id] = each.purchase
        elif each.HasField("purchase_return"):
            back = each.purchase_return
            purchase = bought.pop((event.account_key, back.order_id))
            assert back.total.currency_code == purchase.total.currency_code
            assert 0 < back.total.minor_units <= purchase.total.minor_units
            returns += 1
    assert returns > 30


def test_most_purchases_are_in_the_main_currency_and_some_in_others(town: Town) -> None:
    gross = town.truth().totals.gross
    assert set(gross) > {"EUR"}
    assert gross["EUR"] > 0.9 * sum(amount for currency, amount in gross.items() if currency != "JPY")


def test_without_other_currencies_there_is_one() -> None:
    truth = Town(TownSettings(people=50, main_currency="JPY", other_currency_share=0)).truth()
    assert list(truth.totals.gross) == ["JPY"]


def test_brand_replies_answer_what_the_account_said_before(valid: list[TownEvent]) -> None:
    said: dict[str, set[str]] = defaultdict(set)
    answers = unanswered = 0
    for event, each in zip(valid, messages(valid), strict=True):
        if each.HasField("brand_reply"):
            answers += bool(each.brand_reply.in_reply_to)
            unanswered += not each.brand_reply.in_reply_to
            assert not each.brand_reply.in_reply_to or each.brand_reply.in_reply_to in said[event.account_key]
        said[event.account_key].add(each.event_id)
    assert answers > 10 * unanswered


def test_conversations_open_go_on_and_close(valid: list[TownEvent]) -> None:
    conversations = defaultdict(list)
    for each in messages(valid):
        if each.HasField("support_message"):
            conversations[each.support_message.conversation_id].append(each.support_message.closes)
    assert sum(len(parts) > 1 for parts in conversations.values()) > 50
    assert sum(parts[-1] for parts in conversations.values()) > 50


def test_reviews_sound_as_their_stars_do(valid: list[TownEvent]) -> None:
    for each in messages(valid):
        if each.HasField("review") and each.review.content.sentiment:
            sentiment = each.review.content.sentiment
            assert (sentiment == pb.SENTIMENT_NEGATIVE) == (each.review.rating <= 2)
            assert (sentiment == pb.SENTIMENT_POSITIVE) == (each.review.rating >= 4)


def test_referral_codes_of_purchases_belong_to_people_of_the_town(valid: list[TownEvent]) -> None:
    codes = [each.purchase.referral_code for each in messages(valid) if each.purchase.referral_code]
    assert codes
    assert all(int(code.removeprefix("R")) < 300 for code in codes)


def test_figures_come_from_social_channels_only(valid: list[TownEvent]) -> None:
    with_figures = [event for event, each in zip(valid, messages(valid), strict=True) if each.HasField("figures")]
    assert with_figures
    assert {event.account_channel for event in with_figures} <= set(SOCIAL)


def test_observations_tell_the_truth_but_for_typed_mistakes(town: Town, valid: list[TownEvent]) -> None:
    persons = {account: person for person in town.truth().persons for account in person.accounts}
    wrong = right = 0
    for event, each in zip(valid, messages(valid), strict=True):
        if each.HasField("observation"):
            told, person = each.observation, persons[event.account_key]
            name = told.full_name or f"{told.given_name} {told.family_name}"
            true = name == f"{person.given_name} {person.family_name}" and told.email in ("", person.email)
            right, wrong = right + true, wrong + (not true)
            assert told.date_of_birth in ("", person.date_of_birth)
            assert told.phone in ("", person.phone)
    assert 0.08 < wrong / (wrong + right) < 0.2


def test_without_mistakes_every_observation_is_true() -> None:
    town = Town(TownSettings(people=60, mistake_share=0))
    persons = {account: person for person in town.truth().persons for account in person.accounts}
    for event in town.events():
        if event.interaction is not None and event.interaction.HasField("observation"):
            told, person = event.interaction.observation, persons[event.account_key]
            assert (told.full_name or f"{told.given_name} {told.family_name}") == (
                f"{person.given_name} {person.family_name}"
            )


def test_the_crisis_is_a_burst_of_complaints_on_one_topic_on_one_day() -> None:
    settings = TownSettings(people=400, crisis_share=0.5, crisis_day=10)
    town = Town(settings)
    days: Counter[int] = Counter()
    for event in town.events():
        if event.interaction is not None and not event.repeats:
            for said in (event.interaction.comment.content, event.interaction.mention.content):
                if CRISIS_TOPIC in said.topics and said.intent == pb.INTENT_COMPLAINT:
                    days[(event.occurred_at - settings.start) // timedelta(days=1)] += 1
    assert set(days) == {10}
    assert days[10] == town.truth().totals.crisis_complaints > 80


def test_there_need_be_no_crisis() -> None:
    assert Town(TownSettings(people=100, crisis_share=0)).truth().totals.crisis_complaints == 0


def test_only_the_types_that_may_tie_tie_accounts() -> None:
    for event in Town(TownSettings(people=60, junk_share=0, tying_types=("external_id",))).events():
        assert event.interaction is not None
        for identifier in event.interaction.identifiers:
            own_handle = identifier.type == "handle"
            assert identifier.type == "external_id" or own_handle


def test_nobody_leaves_an_address_or_a_number_with_a_like_nor_with_the_brands_reply(valid: list[TownEvent]) -> None:
    looked_at = 0
    for each in messages(valid):
        if each.HasField("like") or each.HasField("brand_reply"):
            looked_at += 1
            assert all(is_blocked(told.value) for told in each.identifiers if told.type != "handle")
    assert looked_at > 500
