"""Look-ups by the hundred thousand, exports, and computing anew: what the profile is asked for, over a real store."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from chassis.store.connection import connect
from customer_profile.adapters.documents import COLLECTIONS as PROFILE_COLLECTIONS
from customer_profile.adapters.documents import TIMELINE
from customer_profile.domain.timeline import place, row_id
from identity_resolution.adapters.documents import COLLECTIONS as IDENTITY_COLLECTIONS
from identity_resolution.config import DEFAULT_RULES, make_keys, read_rules
from localstack.catalog import SERVER, read_services
from localstack.places import Places
from localstack.stack import Stack
from rapport.identity.v1 import service_pb2 as identity
from rapport.profile.v1 import profile_pb2 as pb
from rapportctl.calls import PROFILE, Calls
from rapportctl.deployment import Deployment
from tests.benchmarks.cached_lookups import measure_cached
from tests.benchmarks.lookups import BATCH, BATCH_GET, GET, Called, LookupFigures, measure_called
from tests.benchmarks.people import People, customer_id, email, instagram, web_shop
from tests.benchmarks.recomputation import RecomputationFigures, measure_recomputation, recomputation_table

FEW = 1_000
"""Customers that are looked up before the many are stored: the cost of a look-up should not depend on it."""
CALLERS = (1, 8, 64)
ASKED = 20_000
"""Different customers that are asked for: of more the requests would not fit into memory."""
LOOKUP = "/rapport.profile.v1.CustomerProfileService/LookupCustomer"
RECORDS = ("customer-profile", "records")
WHO = tuple(("identity-resolution", name) for name in ("customers", "memberships", "identifiers"))


@dataclass(frozen=True, slots=True)
class ExportFigures:
    """How so many customers were exported one after the other, and a customer with very many interactions.

    Sizes in bytes, times in seconds; `memory_growth` is of the server's process over the large export.
    """

    customers: int
    documents: int
    size: int
    seconds: float
    large_documents: int
    large_seconds: float
    memory_growth: int


@dataclass(slots=True)
class ProfileFigures:
    """All of it, by the number of customers in the store."""

    store: str = ""
    lookups: dict[int, list[LookupFigures]] = field(default_factory=dict)
    export: ExportFigures | None = None
    recomputation: RecomputationFigures | None = None


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: customers with a record, customers exported, interactions of the large one, and anew."""

    customers: int = 300_000
    exported: int = 1_000
    large: int = 100_000
    anew: int = 5_000


def measure_profile(folder: Path, sizes: Sizes) -> ProfileFigures:
    """All of it, each on a fresh store in the folder."""
    figures = ProfileFigures()
    with Stack(folder / "anew", services=()) as stack:
        figures.recomputation = measure_recomputation(stack, sizes.anew)
    servers = [replace(each, roles=(SERVER,)) for each in read_services(Places().services)]
    with Stack(folder / "servers", services=servers, before_services=_indexes) as stack:
        figures.store = stack.addresses.store_kind
        deployment = Deployment(stack.environment())
        rules = read_rules(DEFAULT_RULES).value
        people = People(deployment, stack.store.url, make_keys(rules, deployment.settings.pseudonym_key))
        few = min(FEW, sizes.customers)
        people.put(range(few), [RECORDS, *WHO])
        figures.lookups[few] = _look_ups(stack, deployment, few)
        people.put(range(few, sizes.customers), [RECORDS])
        people.put(range(few, min(ASKED, sizes.customers)), WHO)
        figures.lookups[sizes.customers] = _look_ups(stack, deployment, sizes.customers)
        exported = min(sizes.exported, few)
        people.put(range(exported), [each for each in people.places() if each not in {RECORDS, *WHO}])
        _put_large(stack, deployment, people, sizes)
        figures.export = _export(stack, deployment, exported, sizes)
        people.close()
    return figures


def profile_tables(figures: ProfileFigures) -> str:
    """The figures as Markdown."""
    parts = [_look_up_table(figures)]
    if figures.export:
        parts.append(_export_table(figures.export))
    if figures.recomputation:
        parts.append(recomputation_table(figures.recomputation))
    return "\n".join(parts)


def _indexes(stack: Stack) -> None:
    """Make the indexes that workers would."""
    prefix = Deployment(stack.environment()).settings.database_prefix
    for service, classes in (("customer-profile", PROFILE_COLLECTIONS), ("identity-resolution", IDENTITY_COLLECTIONS)):
        store = connect(stack.store.url, prefix + service.replace("-", "_"), service)
        for each in classes:
            # A class keeps the connection that it was used with first: that of the store before this one.
            each._collection = None
        store.ensure_indexes(classes)


def _look_ups(stack: Stack, deployment: Deployment, customers: int) -> list[LookupFigures]:
    """GetCustomer, BatchGetCustomers of 100 and LookupCustomer by e-mail address, with few callers and many.

    And the first two again by a server that keeps states in memory.
    """
    step = max(1, customers // ASKED)
    asked = [customer_id(number) for number in range(0, customers, step)]
    with Calls(deployment) as calls:
        found = calls.customers(asked[:500]).found
        assert len(found) == min(500, len(asked)), "not all records that were stored are found"
        size = sum(len(each.SerializeToString()) for each in found) // len(found)
        calls.resolve(identity.Key(account=instagram(0)))
    names = [f"customers/{each}" for each in asked]
    batches = [names[start : start + BATCH] for start in range(0, len(names) - BATCH + 1, BATCH)]
    address = deployment.settings.addresses[PROFILE]
    pid = stack.supervisor.process("customer-profile-server").pid
    shown = [identity.IdentifierValue(type="email", value=email(n)) for n in range(min(customers, ASKED))]
    called = (
        Called("GetCustomer", address, pid, GET, [_bytes(pb.GetCustomerRequest(name=each)) for each in names], size),
        Called(
            f"BatchGetCustomers({BATCH})", address, pid, BATCH_GET,
            [_bytes(pb.BatchGetCustomersRequest(names=batch)) for batch in batches], size * BATCH,
        ),
        Called(
            "LookupCustomer", address, pid, LOOKUP,
            [_bytes(pb.LookupCustomerRequest(key=identity.Key(identifier=each))) for each in shown], size,
        ),
    )  # fmt: skip
    figures = [measure_called(each, callers) for each in called for callers in CALLERS]
    return figures + measure_cached(stack, asked, size, CALLERS)


def _export(stack: Stack, deployment: Deployment, customers: int, sizes: Sizes) -> ExportFigures:
    started = time.perf_counter()
    documents = size = 0
    with Calls(deployment) as calls:
        for number in range(customers):
            lines = _exported(calls, customer_id(number))
            documents += lines[0]
            size += lines[1]
        seconds = time.perf_counter() - started
        pid = stack.supervisor.process("customer-profile-server").pid
        before, started = _peak_memory(pid), time.perf_counter()
        found, _ = _exported(calls, customer_id(sizes.customers))
        taken = time.perf_counter() - started
    assert found >= sizes.large, f"{found:,} documents were exported of {sizes.large:,} and more"
    return ExportFigures(customers, documents, size, seconds, found, taken, _peak_memory(pid) - before)


def _exported(calls: Calls, customer: str) -> tuple[int, int]:
    """How many documents an export had, and its size."""
    request = pb.ExportCustomerRequest(name=f"customers/{customer}")
    lines = size = 0
    for answer in calls.stream(PROFILE, "ExportCustomer", request, pb.ExportCustomerResponse):
        lines += answer.lines.count(b"\n")
        size += len(answer.lines)
    return lines - 2, size


def _put_large(stack: Stack, deployment: Deployment, people: People, sizes: Sizes) -> None:
    """Store one customer more, of whom very much has happened under one account."""
    people.put([sizes.customers], people.places())
    account = web_shop(sizes.customers)
    database = f"{deployment.settings.database_prefix}customer_profile"
    store = connect(stack.store.url, database, "customer-profile")
    timeline = store.collection(TIMELINE)
    model = timeline.find_one({"account": account})
    assert model is not None
    for start in range(0, sizes.large, FEW):
        ids = [f"large-{nth:08d}" for nth in range(start, min(start + FEW, sizes.large))]
        timeline.insert_many(
            model | {"_id": row_id(account, id_), "place": place(1_000_000 * nth, id_)}
            for nth, id_ in enumerate(ids, start)
        )


def _peak_memory(pid: int) -> int:
    """The most memory that a process has had, in bytes. Source: proc(5), VmHWM of status."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = [each for each in status.splitlines() if each.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def _bytes(message: pb.GetCustomerRequest | pb.BatchGetCustomersRequest | pb.LookupCustomerRequest) -> bytes:
    return message.SerializeToString()


def _look_up_table(figures: ProfileFigures) -> str:
    rows = [
        "| call | customers | callers | calls/s | bare | ratio | p50 ms | p99 ms | server CPU µs/call | bare |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    pairs = zip(*figures.lookups.values(), strict=True)
    numbered = [pair for both in pairs for pair in zip(figures.lookups, both, strict=True)]
    rows.extend(
        f"| {each.name} | {customers:,} | {each.callers} | {each.rate:,.0f} | {each.bare_rate:,.0f} "
        f"| {each.rate / each.bare_rate:.2f} | {each.p50:.2f} | {each.p99:.2f} "
        f"| {each.server_cpu:,.0f} | {each.bare_cpu:,.0f} |"
        for customers, each in numbered
    )
    return "\n".join(rows) + "\n"


def _export_table(each: ExportFigures) -> str:
    hours = each.seconds / each.customers * 100_000 / 3600
    rows = [
        "| export | documents | MB | seconds | documents/s |",
        "|---|---|---|---|---|",
        f"| {each.customers:,} customers, one after the other | {each.documents:,} | {each.size / 1e6:,.1f} "
        f"| {each.seconds:,.1f} | {each.documents / each.seconds:,.0f} |",
        f"| one customer, {each.large_documents:,} documents | {each.large_documents:,} | | {each.large_seconds:,.1f} "
        f"| {each.large_documents / each.large_seconds:,.0f} |",
        f"\n100,000 customers, extrapolated from these {each.customers:,}: {hours:,.1f} hours with one caller. "
        f"The server's memory grew by {each.memory_growth / 1e6:,.0f} MB over the large export.\n",
    ]
    return "\n".join(rows)
