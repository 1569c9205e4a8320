"""A customer's timeline over gRPC: what is asked for, checked, and answered in pages."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from chassis.ports import Documents
from chassis.pseudonym import PREFIX
from chassis.rpc.errors import invalid
from chassis.rpc.pages import page_position, page_token
from chassis.rpc.requests import check_batch, page_size, parse_name
from customer_profile.adapters import answers
from customer_profile.adapters.finding import CUSTOMER, found_under
from customer_profile.adapters.said import containing
from customer_profile.adapters.times import milliseconds
from customer_profile.application.history import Filter, History
from customer_profile.domain.interaction import channel_of
from customer_profile.domain.timeline import DECISIONS, EARLIEST, LATEST, Position
from rapport.interactions.v1.interaction_pb2 import Interaction
from rapport.profile.v1 import profile_pb2 as pb

PAGE = 50
MOST_ON_A_PAGE = 1000
MOST_LISTED = 1000
SHORTEST_TEXT, LONGEST_TEXT = 2, 100
KINDS = DECISIONS | {field.name for field in Interaction.DESCRIPTOR.oneofs_by_name["kind"].fields}


class Timelines:
    """For any number of threads. `token_key` signs page tokens, so that only those issued here are taken."""

    def __init__(self, records: Documents, history: History, token_key: bytes) -> None:
        self._records = records
        self._history = history
        self._token_key = token_key

    def list(self, request: pb.ListTimelineRequest) -> bytes:
        """A page of the interactions, and of people's decisions, of all accounts that the customer holds now."""
        (customer,) = parse_name(CUSTOMER, request.parent, "parent")
        size = page_size(request.page_size, PAGE, MOST_ON_A_PAGE)
        wanted, text = _filter(request.filter), _text(request.filter)
        cursor = page_position(request.page_token, request, self._token_key)
        after = Position(*cursor) if cursor is not None else None
        held = found_under(self._records, customer).members()
        accounts = self._accounts(held, request.filter.accounts)
        if text:
            page = self._history.search(accounts, wanted, containing(text), after, size)
        else:
            page = self._history.page(accounts, wanted, after, size)
        return answers.timeline(page.rows, page_token(page.next, request, self._token_key) if page.next else "")

    def _accounts(self, held: Collection[str], named: Sequence[str]) -> Collection[str]:
        """Those of the accounts held that are named, by their keys or as their source has them; all where none is."""
        if not named:
            return held
        names = {name.strip().casefold() for name in named}
        # Only a personal account has a key that is not what its source has.
        return [
            account
            for account in held
            if account.casefold() in names
            or (account.startswith(f"{channel_of(account)}:{PREFIX}") and self._at_source(account) in names)
        ]

    def _at_source(self, account: str) -> str:
        """The account as its source had it last; empty where it has sent nothing."""
        row = self._history.newest(account, KINDS - DECISIONS)
        if row is None:
            return ""
        named = Interaction.FromString(row["body"]).account
        return f"{named.channel}:{named.id.strip()}".casefold()


def _filter(message: pb.TimelineFilter) -> Filter:
    for name in ("kinds", "channels", "accounts"):
        check_batch(getattr(message, name), MOST_LISTED, f"filter.{name}")
    for index, kind in enumerate(message.kinds):
        if kind not in KINDS:
            raise invalid(f"filter.kinds[{index}]", f"one of {', '.join(sorted(KINDS))}")
    for index, account in enumerate(message.accounts):
        if ":" not in account:
            raise invalid(f"filter.accounts[{index}]", '"channel:id"')
    start = milliseconds(message.start_time, "filter.start_time") if message.HasField("start_time") else EARLIEST
    end = milliseconds(message.end_time, "filter.end_time") if message.HasField("end_time") else LATEST + 1
    if start > end:
        raise invalid("filter.end_time", "not before filter.start_time")
    return Filter(frozenset(message.kinds), frozenset(message.channels), start, end)


def _text(message: pb.TimelineFilter) -> str:
    """The text to look for; empty for none."""
    text = message.text
    if text and not SHORTEST_TEXT <= len(text) <= LONGEST_TEXT:
        raise invalid("filter.text", f"{SHORTEST_TEXT} to {LONGEST_TEXT} characters")
    return text
