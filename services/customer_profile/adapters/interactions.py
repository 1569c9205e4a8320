"""Reads identified interactions: the hot path of the service, so it looks only at what the persona takes in."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.records import Record
from chassis.stages.fold import Entry
from customer_profile.adapters.trait_sampling import Sampling
from customer_profile.adapters.turns import TurnReader
from customer_profile.domain.interaction import Interaction, Order, Return
from customer_profile.domain.reach import Figures
from customer_profile.domain.rules import ContactRules, ConversationRules
from customer_profile.domain.traits.definitions import NO_TRAITS, Plan
from rapport.interactions.v1.identified_interaction_pb2 import IdentifiedInteraction
from rapport.interactions.v1.interaction_pb2 import AccountFigures, Address, Observation, OrderLine, PurchaseSource
from rapport.interactions.v1.interaction_pb2 import Interaction as InteractionMessage
from wire.reading import parsed, source_and_position

_OBSERVED = ("given_name", "family_name", "full_name", "date_of_birth", "email", "phone", "language", "company")
_SOURCE_PREFIX = "PURCHASE_SOURCE_"
_SOURCES = {value: name.removeprefix(_SOURCE_PREFIX).lower() for name, value in PurchaseSource.items()}


class InteractionReader:
    """Decodes a record of identified-interactions, or one of them that is replayed."""

    def __init__(self, rules: ContactRules, conversations: ConversationRules, plan: Plan = NO_TRAITS) -> None:
        self._identifiers = rules.identifiers
        self._channels = rules.channels
        self._turns = TurnReader(conversations)
        self._sampling = Sampling(plan)

    def __call__(self, record: Record) -> Entry[Interaction]:
        """Return the interaction and where it entered the system. Raises `InvalidRecord`."""
        identified = parsed(IdentifiedInteraction, record)
        source, place = source_and_position(record, identified)
        admitted_at = identified.admitted_at
        known_at = admitted_at.seconds * 1000 + admitted_at.nanos // 1_000_000
        interaction = self.interaction(identified.interaction, known_at)
        return Entry(identified.account_key, source, place, interaction, interaction.at)

    def interaction(self, message: InteractionMessage, known_at: int) -> Interaction:
        """Return what the profile takes from the interaction, which Rapport came to know of at `known_at`."""
        occurred_at = message.occurred_at
        at = occurred_at.seconds * 1000 + occurred_at.nanos // 1_000_000
        kind: str = message.WhichOneof("kind") or ""
        ledger_id, order, returned, other_currency = "", None, None, ""
        if kind == "purchase":
            purchase = message.purchase
            total = purchase.total
            ledger_id = purchase.order_id
            lines, pieces, other_currency = _goods(purchase.lines, total.currency_code)
            source = source_name(purchase.source)
            order = Order(at, total.currency_code, total.minor_units, source, lines, pieces)
        elif kind == "purchase_return":
            back = message.purchase_return
            ledger_id = back.return_id
            _, _, other_currency = _goods(back.lines, back.total.currency_code)
            returned = Return(at, back.total.currency_code, back.total.minor_units, back.order_id)
        said, judged = self._turns(message, kind)
        return Interaction(
            message.event_id,
            at,
            kind,
            message.source,
            self._details(message, kind),
            _figures(at, message.figures) if message.HasField("figures") else None,
            ledger_id,
            order,
            returned,
            other_currency,
            said,
            judged,
            self._sampling(message, kind),
            known_at,
            message.SerializeToString(),
        )

    def _details(self, message: InteractionMessage, kind: str) -> tuple[tuple[str, str], ...]:
        """Return the contact values that the interaction shows: what it observes outranks what it claims."""
        account = message.account
        of_account = self._channels.get(account.channel)
        identifiers = message.identifiers
        if of_account is None and not identifiers and kind != "observation":
            return ()
        found = _observed(message.observation) if kind == "observation" else {}
        for identifier in identifiers:
            _show(found, self._identifiers.get(identifier.type), identifier.value)
        _show(found, of_account, account.id)
        return tuple(found.items())


def source_name(source: int) -> str:
    """Return how a purchase came about, as the ledger has it: "store"; a number from a newer producer as it is."""
    return _SOURCES.get(PurchaseSource.ValueType(source), str(source))


def _goods(lines: Sequence[OrderLine], currency: str) -> tuple[int, int, str]:
    """Return how many lines and pieces there are, and the currency of a price that is not in the one given, if any."""
    pieces, other = 0, ""
    for line in lines:
        pieces += line.quantity
        priced = line.unit_price.currency_code
        if priced != currency and priced:
            other = priced
    return len(lines), pieces, other


def source_label(name: str) -> str:
    """Return the inverse of `source_name`, as the API's enum names it: "PURCHASE_SOURCE_STORE"."""
    return _SOURCE_PREFIX + name.upper()


def _figures(at: int, figures: AccountFigures) -> Figures:
    return Figures(at, figures.followers, figures.following, figures.posts_last_year)


def _show(found: dict[str, str], field: str | None, value: str) -> None:
    if field is not None and field not in found and not _is_blank(value):
        found[field] = value


def _observed(observation: Observation) -> dict[str, str]:
    found = {name: value for name in _OBSERVED if not _is_blank(value := getattr(observation, name))}
    if observation.HasField("address") and (address := _written(observation.address)):
        found["postal_address"] = address
    return found


def _written(address: Address) -> str:
    """Return the address as it would stand on an envelope, line by line."""
    town = " ".join(part for part in (address.postal_code, address.city) if part)
    return "\n".join(line for line in (*address.lines, town, address.region, address.country) if line)


def _is_blank(value: str) -> bool:
    return not value or value.isspace()
