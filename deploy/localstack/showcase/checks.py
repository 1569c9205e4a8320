"""Whether the deployment arrived at what is true of the town; each figure found through the public APIs and topics."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chassis.dead_letters import REASON, SOURCE_OFFSET, SOURCE_PARTITION
from rapport.identity.v1.service_pb2 import Key
from rapport.profile.v1.profile_pb2 import CustomerRecord
from rapport.tier.v1.tier_pb2 import Tier, TierChange
from rapportctl.calls import Calls
from rapportctl.deployment import Deployment
from rapportctl.town import CustomerTruth, Truth
from rapportctl.views import money

DEAD_LETTERS = "dead-letters.identity-resolution"


@dataclass(frozen=True, slots=True)
class Check:
    """One figure: what the simulator's truth says, and what the system found."""

    name: str
    expected: str
    found: str

    @property
    def holds(self) -> bool:
        """Whether they agree."""
        return self.expected == self.found


@dataclass(frozen=True, slots=True)
class Findings:
    """What was read from the running system about the accounts of a town."""

    accounts_of: Mapping[str, frozenset[str]]
    records: Mapping[str, CustomerRecord]
    tiers: Mapping[str, Tier]
    dead: Mapping[str, int]
    changes: Mapping[str, Sequence[TierChange]]


def find(deployment: Deployment, calls: Calls, truth: Truth) -> Findings:
    """Read everything that the checks need."""
    accounts = [account for customer in truth.customers for account in customer.accounts]
    accounts_of: dict[str, set[str]] = defaultdict(set)
    for account, answer in zip(accounts, calls.resolve_all(Key(account=each) for each in accounts), strict=True):
        accounts_of[answer.customer_id].add(account)
    customers = [customer for customer in accounts_of if customer]
    return Findings(
        accounts_of={customer: frozenset(accounts_of[customer]) for customer in accounts_of},
        records={record.customer_id: record for record in calls.customers(customers).found},
        tiers={tier.customer_id: tier for tier in calls.tiers(customers).found},
        dead=dead_letters(deployment),
        changes=tier_changes(deployment),
    )


def dead_letters(deployment: Deployment) -> Counter[str]:
    """How many records identity resolution refused, by reason; one that was told twice, after a crash, counts once."""
    reasons: dict[tuple[bytes, bytes], str] = {}
    with deployment.reader(deployment.topic(DEAD_LETTERS)) as reader:
        for record in reader.all():
            facts = dict(record.headers)
            reasons[facts[SOURCE_PARTITION], facts[SOURCE_OFFSET]] = facts[REASON].decode()
    return Counter(reasons.values())


def tier_changes(deployment: Deployment) -> dict[str, list[TierChange]]:
    """Every customer's changes as a subscriber keeps them: a sequence that was seen is dropped."""
    changes: dict[str, dict[int, TierChange]] = defaultdict(dict)
    with deployment.reader(deployment.topic("tier-changes")) as reader:
        for record in reader.all():
            change = TierChange.FromString(record.value or b"")
            changes[change.customer_id].setdefault(change.sequence, change)
    return {customer: list(kept.values()) for customer, kept in changes.items()}


def check(truth: Truth, found: Findings) -> list[Check]:
    """Compare the totals, and then customer by customer."""
    totals, records = truth.totals, found.records.values()
    expected_groups = {frozenset(customer.accounts) for customer in truth.customers}
    found_groups = {accounts for customer, accounts in found.accounts_of.items() if customer}
    return [
        _same("interactions counted", totals.valid, sum(record.activity.interactions for record in records)),
        _same("invalid, by reason", _amounts(totals.invalid_by_reason), _amounts(found.dead)),
        _same("accounts", totals.accounts, sum(len(accounts) for accounts in found_groups)),
        _same("customers", totals.customers, len(found_groups)),
        _same("  with the right accounts", totals.customers, len(expected_groups & found_groups)),
        _same("  with the right record", totals.customers, _right_records(truth, found)),
        _same("  with a tier by spend", totals.customers, _right_tiers(truth, found)),
        _same("  with ordered changes", totals.customers, _right_sequences(found)),
        _same("orders", totals.orders, sum(sum(each.orders for each in record.purchases) for record in records)),
        _same("revenue", _money(totals.gross), _money(_sum(records, "gross_minor_units"))),
        _same("returned", _money(totals.returned), _money(_sum(records, "returned_minor_units"))),
    ]


def _same(name: str, expected: int | str, found: int | str) -> Check:
    return Check(name, *(f"{each:,}" if isinstance(each, int) else each for each in (expected, found)))


def _amounts(amounts: Mapping[str, int]) -> str:
    return "\n".join(f"{amount:,} {name}" for name, amount in sorted(amounts.items()) if amount) or "none"


def _money(amounts: Mapping[str, int]) -> str:
    return "\n".join(money(amount, currency) for currency, amount in sorted(amounts.items()) if amount) or "none"


def _sum(records: Iterable[CustomerRecord], field: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for record in records:
        for summary in record.purchases:
            total[summary.currency_code] += getattr(summary, field)
    return total


def _by_accounts(truth: Truth, found: Findings) -> Iterable[tuple[CustomerTruth, str]]:
    """Each expected customer with the id of the customer found that has exactly its accounts."""
    ids = {accounts: customer for customer, accounts in found.accounts_of.items() if customer}
    for customer in truth.customers:
        if frozenset(customer.accounts) in ids:
            yield customer, ids[frozenset(customer.accounts)]


def _right_records(truth: Truth, found: Findings) -> int:
    def holds(expected: CustomerTruth, record: CustomerRecord | None) -> bool:
        return record is not None and (
            record.activity.interactions == expected.interactions
            and dict(record.activity.by_kind) == expected.by_kind
            and dict(record.activity.by_channel) == expected.by_channel
            and _sum([record], "gross_minor_units") == Counter(expected.gross)
            and _sum([record], "returned_minor_units") == Counter(expected.returned)
        )

    return sum(holds(expected, found.records.get(customer)) for expected, customer in _by_accounts(truth, found))


def _right_tiers(truth: Truth, found: Findings) -> int:
    def holds(expected: CustomerTruth, tier: Tier | None) -> bool:
        if tier is None:
            return False
        currency = tier.figures.spend.currency_code
        return bool(tier.tier) and tier.figures.spend.minor_units == expected.net.get(currency, 0)

    return sum(holds(expected, found.tiers.get(customer)) for expected, customer in _by_accounts(truth, found))


def _right_sequences(found: Findings) -> int:
    def holds(customer: str) -> bool:
        changes, tier = found.changes.get(customer, ()), found.tiers.get(customer)
        chained = all(after.previous_tier == before.tier for before, after in pairwise(changes))
        numbered = [change.sequence for change in changes] == list(range(1, len(changes) + 1))
        return numbered and chained and bool(changes) and tier is not None and changes[-1].tier == tier.tier

    return sum(holds(customer) for customer in found.accounts_of if customer)
