"""The timeline over gRPC: newest first, over all accounts, with filters, in pages that stay stable."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chassis.clock import moment
from chassis.memory.documents import MemoryDocuments
from chassis.ports import Document
from chassis.stages.fold import Entry
from customer_profile.adapters.interactions import InteractionReader
from customer_profile.application import history
from customer_profile.application.folding import PersonaFolding
from customer_profile.application.history import Filter, History
from customer_profile.config import profile_rules
from customer_profile.domain.timeline import EARLIEST, LATEST, Position, end_before, place, position, row_id
from rapport.common.v1.common_pb2 import Origin
from rapport.interactions.v1.decision_pb2 import Consent, Decision
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import Comment, Content, Interaction, Like, OrderLine
from rapport.profile.v1.profile_pb2 import ListTimelineRequest, ListTimelineResponse, TimelineFilter
from tests.unit.customer_profile.serving import not_found, refused, serve
from tests.unit.customer_profile.world import SETTINGS, World, at, interaction, observation, purchase
from tests.unit.wire.world import START

RULES = profile_rules(SETTINGS).value
A, B, SHOP = "instagram:a", "instagram:b", "web_shop:1"


@pytest.fixture
def world() -> World:
    """One customer with three accounts, who did five things; two of them at the same moment."""
    town = World()
    town.belongs("C1", A, B, SHOP)
    town.interacted(
        interaction("e1", A, 1),
        interaction("e2", B, 2),
        interaction("e3", A, 3, like=Like(post_id="p")),
        interaction("e3", B, 3),
        purchase("e5", SHOP, 5, "o1", 100),
    )
    town.settle()
    return town


def ask(world: World, **fields: Any) -> ListTimelineResponse:
    request = ListTimelineRequest(parent="customers/C1", **fields)
    return ListTimelineResponse.FromString(serve(world).list_timeline(request, None))


def ids(response: ListTimelineResponse) -> list[str]:
    return [f"{entry.account_key} {entry.interaction.event_id}" for entry in response.entries]


def pages(world: World, **fields: Any) -> Iterator[ListTimelineResponse]:
    response = ask(world, **fields)
    yield response
    while response.next_page_token:
        response = ask(world, page_token=response.next_page_token, **fields)
        yield response


NEWEST_FIRST = [f"{SHOP} e5", f"{B} e3", f"{A} e3", f"{B} e2", f"{A} e1"]


def test_pr3_the_timeline_runs_over_all_accounts_newest_first(world: World) -> None:
    """Entries carry the account and the interaction as it came; of two at one moment the order is fixed."""
    response = ask(world)
    assert ids(response) == NEWEST_FIRST
    assert response.next_page_token == ""
    assert response.entries[0].interaction.purchase.order_id == "o1"


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_pr3_pages_of_any_size_show_each_interaction_once(world: World, size: int) -> None:
    """Put together, the pages are the whole timeline; only the last has no token."""
    read = list(pages(world, page_size=size))
    assert [each for response in read for each in ids(response)] == NEWEST_FIRST
    assert all(len(response.entries) == size for response in read[:-1])


def test_pr3_pages_are_stable_while_interactions_arrive(world: World) -> None:
    """What is newer than the page before does not push anything onto the next; what is older stands in its place."""
    first = ask(world, page_size=2)
    world.interacted(interaction("new", A, 60), interaction("late", B, 2.5))
    world.settle()
    second = ask(world, page_size=10, page_token=first.next_page_token)
    assert ids(first) + ids(second) == [*NEWEST_FIRST[:3], f"{B} late", *NEWEST_FIRST[3:]]


def test_pr3_filters_by_kind_channel_and_time(world: World) -> None:
    """All filters that are set must hold; the start is included, the end is not."""
    assert ids(ask(world, filter=TimelineFilter(kinds=["purchase", "like"]))) == [f"{SHOP} e5", f"{A} e3"]
    assert ids(ask(world, filter=TimelineFilter(channels=["web_shop"]))) == [f"{SHOP} e5"]
    span = TimelineFilter(start_time=at(2), end_time=at(5))
    assert ids(ask(world, filter=span)) == [f"{B} e3", f"{A} e3", f"{B} e2"]
    span.kinds.append("comment")
    assert [ids(each) for each in pages(world, filter=span, page_size=1)] == [[f"{B} e3"], [f"{B} e2"]]


def test_pr3_the_timeline_follows_the_accounts(world: World) -> None:
    """A merge brings the other account's history, a split takes it away; the merged-away id shows the survivor's."""
    world.belongs("C2", "tiktok:z")
    world.interacted(interaction("z1", "tiktok:z", 4))
    world.settle()
    world.merged("C2", "C1")
    world.belongs("C1", A, B, SHOP, "tiktok:z", absorbed=["C2"])
    world.settle()
    expected = [NEWEST_FIRST[0], "tiktok:z z1", *NEWEST_FIRST[1:]]
    assert ids(ask(world)) == expected
    request = ListTimelineRequest(parent="customers/C2")
    assert ids(ListTimelineResponse.FromString(serve(world).list_timeline(request, None))) == expected
    world.belongs("C1", A)
    world.settle()
    assert ids(ask(world)) == [f"{A} e3", f"{A} e1"]


def test_pr3_thousands_of_interactions_at_one_moment_are_paged_exactly() -> None:
    """A bulk import may give one time to all; pages go on by event id."""
    world = World()
    world.belongs("C1", A)
    world.interacted(*(interaction(f"e{number:04}", A, 1) for number in range(2500)))
    world.settle()
    read = [each for response in pages(world, page_size=1000) for each in ids(response)]
    assert read == [f"{A} e{number:04}" for number in reversed(range(2500))]


def test_pr3_a_page_holds_fifty_unless_asked_and_never_more_than_a_thousand() -> None:
    """The defaults of the API hold; a larger page than allowed is cut, not refused."""
    world = World()
    world.belongs("C1", A)
    world.interacted(*(interaction(f"e{number}", A, number) for number in range(1001)))
    world.settle()
    assert len(ask(world).entries) == 50
    assert len(ask(world, page_size=5000).entries) == 1000


def test_pr3_a_page_token_is_good_for_its_own_request_only(world: World) -> None:
    """Changed filters, another parent or an invented token are refused; another page size is not."""
    token = ask(world, page_size=1).next_page_token
    api = serve(world)
    for wrong in (
        ListTimelineRequest(parent="customers/C1", page_token=token, filter=TimelineFilter(kinds=["like"])),
        ListTimelineRequest(parent="customers/C2", page_token=token),
        ListTimelineRequest(parent="customers/C1", page_token="bm90aGluZw"),
        ListTimelineRequest(parent="customers/C1", page_token=token[:-2]),
    ):
        assert refused(api.list_timeline, wrong).reason == "INVALID_PAGE_TOKEN"
    assert ids(ask(world, page_size=3, page_token=token)) == NEWEST_FIRST[1:4]


@pytest.mark.parametrize(
    ("field", "request_fields"),
    [
        ("parent", {"parent": "C1"}),
        ("page_size", {"page_size": -1}),
        ("filter.kinds[1]", {"filter": TimelineFilter(kinds=["like", "wave"])}),
        ("filter.end_time", {"filter": TimelineFilter(start_time=at(2), end_time=at(1))}),
        ("filter.start_time", {"filter": {"start_time": {"seconds": 10**15}}}),
    ],
)
def test_pr3_a_wrong_request_is_refused_with_its_field(
    world: World, field: str, request_fields: dict[str, Any]
) -> None:
    """The error names what is wrong."""
    request = ListTimelineRequest(**{"parent": "customers/C1", **request_fields})
    assert refused(serve(world).list_timeline, request).metadata == {"field": field}


def test_pr3_the_timeline_of_nobody_is_not_found(world: World) -> None:
    """An unknown customer has no empty timeline, but none."""
    request = ListTimelineRequest(parent="customers/C9")
    assert not_found(refused(serve(world).list_timeline, request), "CUSTOMER_NOT_FOUND")


TIMES = st.integers(EARLIEST, LATEST) | st.integers(-3, 3)
WORDS = st.text(min_size=1, max_size=5).filter(lambda text: text.isprintable())
POSITIONS = st.builds(Position, at=TIMES, account=st.sampled_from([A, B, SHOP]), event_id=WORDS)


@given(POSITIONS, POSITIONS)
def test_pr3_a_place_sorts_as_its_position_does(one: Position, other: Position) -> None:
    """Within an account, text order is time order, then event id; and the position can be read back."""
    assert position(one.account, place(one.at, one.event_id)) == one
    other = other._replace(account=one.account)
    assert (place(one.at, one.event_id) < place(other.at, other.event_id)) == (one < other)


@given(POSITIONS, POSITIONS)
def test_pr3_a_page_goes_on_exactly_after_the_cursor(row: Position, cursor: Position) -> None:
    """A row is on a later page if, and only if, it is older than the cursor in the order of all accounts."""
    assert (place(row.at, row.event_id) < end_before(cursor, row.account)) == (row < cursor)


CROWDED = st.builds(
    Position, at=st.integers(0, 2), account=st.sampled_from([A, B, SHOP]), event_id=st.sampled_from("xyz")
)


@given(st.sets(CROWDED, max_size=12), st.integers(1, 5))
def test_pr3_pages_are_slices_of_the_whole_history(positions: set[Position], size: int) -> None:
    """However accounts and moments are mixed, the pages put together are all rows in order."""
    store = MemoryDocuments()
    store.insert_new(
        [
            {
                "_id": row_id(each.account, each.event_id),
                "account": each.account,
                "place": place(each.at, each.event_id),
            }
            for each in positions
        ]
    )
    rows = store.everything().values()
    whole = sorted((position(row["account"], row["place"]) for row in rows), reverse=True)
    history, read, after = History(store), list[Position](), None
    while True:
        page = history.page([A, B, SHOP], Filter(), after, size)
        assert len(page.rows) == min(size, len(whole) - len(read))
        read += [position(row["account"], row["place"]) for row in page.rows]
        after = page.next
        if after is None:
            break
    assert read == whole


TRICKY = st.text(alphabet=" %250a", min_size=1, max_size=4)


@given(st.tuples(TRICKY, TRICKY), st.tuples(TRICKY, TRICKY))
@example(("a b", "c"), ("a%20b", "c"))
@example(("a", "b c"), ("a b", "c"))
@settings(max_examples=300)
def test_two_interactions_never_share_a_row(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Blanks and percent signs in account or event id never make two ids one."""
    assert (row_id(*one) == row_id(*other)) == (one == other)


def commented(event_id: str, account: str, minutes: float, text: str) -> Interaction:
    """Something said in public."""
    return interaction(event_id, account, minutes, comment=Comment(post_id="p", content=Content(text=text)))


@pytest.fixture
def talk(world: World) -> World:
    """The same customer, who also said and bought something with words in it."""
    lines = [OrderLine(sku="KX-7", description="Walking STRAẞE boots", quantity=1)]
    world.interacted(
        commented("t1", A, 10, "Where is my Order?"),
        commented("t2", B, 11, "order it again"),
        purchase("t3", SHOP, 12, "A-17", 100, lines=lines),
        observation("t4", SHOP, 13, given_name="Order", family_name="Orderly"),
    )
    world.settle()
    return world


def test_pr3_filters_by_words_in_upper_or_lower_case(talk: World) -> None:
    """In what was said, and in what was bought; never in who somebody is."""
    assert ids(ask(talk, filter=TimelineFilter(text="ORDER"))) == [f"{B} t2", f"{A} t1"]
    assert ids(ask(talk, filter=TimelineFilter(text="strasse"))) == [f"{SHOP} t3"]
    assert ids(ask(talk, filter=TimelineFilter(text="kx-7"))) == [f"{SHOP} t3"]
    assert ids(ask(talk, filter=TimelineFilter(text="A-17"))) == [f"{SHOP} t3"]
    assert ids(ask(talk, filter=TimelineFilter(text="order", accounts=[A]))) == [f"{A} t1"]
    assert ids(ask(talk, filter=TimelineFilter(text="order", kinds=["purchase"]))) == []


@pytest.mark.parametrize("size", [1, 2, 5])
def test_pr3_pages_of_a_search_show_each_find_once(talk: World, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However little is looked at for a page: one may be short, or empty, and the token leads on to what is left."""
    monkeypatch.setattr(history, "SEARCHED_AT_ONCE", 2)
    monkeypatch.setattr(history, "SEARCHES", 1)
    read = list(pages(talk, filter=TimelineFilter(text="order"), page_size=size))
    assert [each for response in read for each in ids(response)] == [f"{B} t2", f"{A} t1"]
    assert len(read) > 1


def test_pr3_a_search_is_stable_while_interactions_arrive(talk: World) -> None:
    """As pages without words are: what is newer is not looked at, and what happened earlier stands in its place."""
    first = ask(talk, filter=TimelineFilter(text="order"), page_size=1)
    talk.interacted(commented("new", A, 60, "order"), commented("late", B, 2.5, "order"))
    talk.settle()
    second = ask(talk, filter=TimelineFilter(text="order"), page_size=5, page_token=first.next_page_token)
    assert ids(first) + ids(second) == [f"{B} t2", f"{A} t1", f"{B} late"]


MADE = st.lists(st.tuples(st.sampled_from([A, B, SHOP]), st.integers(0, 3), st.booleans()), max_size=14)


@given(MADE, st.integers(1, 4), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_pr3_pages_of_any_search_are_what_a_search_of_everything_finds(
    made: list[tuple[str, int, bool]], size: int, at_once: int
) -> None:
    """Whatever the bounds of the work, put together they are all rows that say it, in order, each once."""
    store = MemoryDocuments()
    rows: list[Document] = [
        {"_id": row_id(account, f"e{number}"), "account": account, "place": place(at_, f"e{number}"), "says": says}
        for number, (account, at_, says) in enumerate(made)
    ]
    store.insert_new(rows)
    told = (position(row["account"], row["place"]) for row in rows if row["says"])
    expected = sorted(told, reverse=True)
    read: list[Position] = []
    after = None
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(history, "SEARCHED_AT_ONCE", at_once)
        patched.setattr(history, "SEARCHES", 2)
        while True:
            page = History(store).search([A, B, SHOP], Filter(), lambda row: bool(row["says"]), after, size)
            assert len(page.rows) <= size
            read += [position(row["account"], row["place"]) for row in page.rows]
            after = page.next
            if after is None:
                break
    assert read == expected


def test_pr3_filters_by_account_by_key_or_as_the_source_has_it() -> None:
    """A personal account has a hash for its key; who knows the address finds it, and nobody else's."""
    world = World()
    mail = "email:h_abcdefghijklmnopqrstuvwxyz"
    world.belongs("C1", A, mail)
    world.interacted(interaction("e1", A, 1))
    written = interaction("e2", mail, 2)
    written.account.id = "Maria@Example.org"
    message = IdentifiedInteraction(
        interaction=written, account_key=mail, origin=Origin(topic="interactions", epoch=1, offset=9)
    )
    world.publish("identified-interactions", mail, message.SerializeToString())
    world.settle()
    for named in (mail, "email:maria@example.org ", "email:Maria@Example.org"):
        assert ids(ask(world, filter=TimelineFilter(accounts=[named]))) == [f"{mail} e2"]
    assert ids(ask(world, filter=TimelineFilter(accounts=[A, mail]))) == [f"{mail} e2", f"{A} e1"]
    assert ids(ask(world, filter=TimelineFilter(accounts=["email:other@example.org", "instagram:z"]))) == []


def test_pr3_an_entry_says_since_when_it_is_known(world: World) -> None:
    """When it happened is one thing, when Rapport came to know of it another."""
    world.clock.advance(timedelta(hours=1))
    world.interacted(interaction("late", A, 4))
    world.settle()
    known = {entry.interaction.event_id: entry.known_at for entry in ask(world).entries}
    assert (known["e1"], known["late"]) == (at(0), at(60))


def test_pr3_decisions_of_people_stand_among_the_interactions(world: World) -> None:
    """Where they were made, as what they are; their kinds can be asked for."""
    decision = Decision(event_id="d1", account_key=A, owner="S-1", decided_at=at(4))
    decision.consent.CopyFrom(Consent(purpose="newsletter", granted=True))
    world.publish("decisions", A, decision.SerializeToString())
    world.settle()
    second = ask(world).entries[1]
    assert (second.account_key, second.HasField("interaction"), second.decision) == (A, False, decision)
    assert [each.decision.event_id for each in ask(world, filter=TimelineFilter(kinds=["consent"])).entries] == ["d1"]
    assert ids(ask(world, filter=TimelineFilter(kinds=["field"]))) == []


def test_pr3_rows_of_a_kind_go_when_their_time_is_over() -> None:
    """So many days after it happened, not after it was known; a kind that is not named stays for ever."""
    folding = PersonaFolding(10, {"like": 30})
    reader = InteractionReader(RULES.contact, RULES.conversations)
    late = at(60)

    def row(message: Interaction) -> Document:
        known_at = late.ToMilliseconds()
        made = folding.row(Entry(A, "interactions-0", 1, reader.interaction(message, known_at)))
        assert made is not None
        return made

    like = row(interaction("e1", A, 5, like=Like(post_id="p")))
    assert like["expires_at"] == START + timedelta(minutes=5, days=30)
    assert (like["source"], like["position"], like["known_at"]) == ("interactions-0", 1, late.ToMilliseconds())
    assert "expires_at" not in row(interaction("e2", A, 5))
    beyond = interaction("e3", A, 5, like=Like(post_id="p"))
    beyond.occurred_at.FromMilliseconds(LATEST)
    assert row(beyond)["expires_at"] == moment(LATEST)


@pytest.mark.parametrize(
    ("field", "wanted"),
    [
        ("filter.text", {"text": "x"}),
        ("filter.text", {"text": "x" * 101}),
        ("filter.accounts[1]", {"accounts": [A, "maria"]}),
        ("filter.kinds", {"kinds": ["like"] * 1001}),
        ("filter.kinds[0]", {"kinds": ["tier_override"]}),
        ("filter.end_time", {"end_time": {"seconds": 1, "nanos": -7}}),
    ],
)
def test_pr3_a_wrong_filter_is_refused_with_its_field(world: World, field: str, wanted: dict[str, Any]) -> None:
    """Texts too short or too long, accounts that are none, kinds that never stand in a timeline, broken times."""
    request = ListTimelineRequest(parent="customers/C1", filter=TimelineFilter(**wanted))
    assert refused(serve(world).list_timeline, request).metadata["field"] == field
