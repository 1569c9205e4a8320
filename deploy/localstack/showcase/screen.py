"""Tables for a person: figures checked, customers, tier changes, addresses, and what to try next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.box import SIMPLE
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from localstack.showcase.checks import Check
from localstack.stack import Addresses
from rapport.advocacy.v1.advocacy_pb2 import Score, Standing
from rapport.profile.v1.profile_pb2 import CustomerRecord
from rapport.tier.v1.tier_pb2 import ChangeReason, Tier, TierChange
from rapportctl.views import money

MOST_CUSTOMERS = 12
# Fits a terminal of 80 columns, ids whole.
COMPACT: dict[str, Any] = {"title_justify": "left", "box": SIMPLE, "padding": (0, 1, 0, 0), "pad_edge": False}


def checks_table(checks: Iterable[Check]) -> Table:
    """What is true beside what was found."""
    table = Table(title="In and out: the town's truth, and what the services found", **COMPACT)
    table.add_column("figure")
    table.add_column("true", justify="right")
    table.add_column("found", justify="right")
    table.add_column("")
    for check in checks:
        mark = Text("equal", "green") if check.holds else Text("DIFFERS", "bold red")
        table.add_row(check.name, check.expected, check.found, mark)
    return table


def customers_table(
    records: Sequence[CustomerRecord], scores: dict[str, Score], tiers: dict[str, Tier], total: int
) -> Table:
    """The customers that have the most to show: one line each."""
    table = Table(title=f"Unified customers ({min(len(records), MOST_CUSTOMERS)} of {total:,})", **COMPACT)
    table.add_column("customer", no_wrap=True)
    for column in ("accts", "did", "orders", "net", "score"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("tier", no_wrap=True)
    for record in records[:MOST_CUSTOMERS]:
        score, tier = scores.get(record.customer_id), tiers.get(record.customer_id)
        main = max(record.purchases, key=lambda each: each.orders, default=None)
        table.add_row(
            f"{record.customer_id}\n{_name(record)}",
            f"{len(record.accounts)}",
            f"{record.activity.interactions:,}",
            f"{sum(each.orders for each in record.purchases):,}",
            money(main.net_minor_units, main.currency_code).replace(" ", "\n") if main else "",
            f"{score.score}\n{Standing.Name(score.standing).removeprefix('STANDING_').lower()}" if score else "",
            tier.tier if tier else "",
        )
    return table


def change_line(change: TierChange) -> Text:
    """A tier change in one line that fits a terminal of 80 columns."""
    at = change.effective_time.ToDatetime().strftime("%H:%M:%S")
    line = Text(f"  {at}  {change.customer_id}  #{change.sequence}  ")
    line.append(f"{change.previous_tier or '-'} → {change.tier}", "bold")
    if change.reason not in (ChangeReason.CHANGE_REASON_UPGRADED, ChangeReason.CHANGE_REASON_DOWNGRADED):
        reason = ChangeReason.Name(change.reason).removeprefix("CHANGE_REASON_")
        line.append(f", {reason.lower().replace('_', ' ')}")
        return line
    receipt = change.receipt
    if receipt.before.advocacy_score != receipt.after.advocacy_score:
        line.append(f", score {receipt.before.advocacy_score} → {receipt.after.advocacy_score}", "dim")
    return line


def where_and_next(addresses: Addresses, customer: str) -> RenderableType:
    """Where everything listens, and three commands to go on with."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row("Kafka", addresses.kafka)
    table.add_row(f"store ({addresses.store_kind})", addresses.store)
    for service, address in addresses.servers.items():
        table.add_row(f"{service}, gRPC", address)
    table.add_row("logs", addresses.logs)
    commands = Text("\n").join(
        Text(f"  {command}", "bold")
        for command in (
            f".venv/bin/rapportctl get customer {customer}",
            ".venv/bin/rapportctl watch tiers",
            ".venv/bin/rapportctl status",
        )
    )
    return Group(Text("\nWhere", "bold"), table, Text("\nTry next, in another terminal", "bold"), commands, Text())


def _name(record: CustomerRecord) -> str:
    contact = record.contact
    both = f"{contact.given_name.value} {contact.family_name.value}".strip()
    return contact.full_name.value or both or "(no name known)"
