"""Showing the stack to a person."""

from rich.console import Console
from rich.table import Table

from localstack.events import Ended, Event, Listener, Ready, Restarted
from localstack.stack import Addresses


def addresses_table(addresses: Addresses) -> Table:
    """Return a table of what listens where."""
    rows = {"Kafka": addresses.kafka, f"store: {addresses.store_kind}": addresses.store}
    rows |= {f"{service}, gRPC": address for service, address in addresses.servers.items()}
    rows |= {f"{process}, health": address for process, address in addresses.workers.items()}
    rows |= {"data": addresses.data, "logs": addresses.logs}
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for what, where in rows.items():
        table.add_row(what, where)
    return table


def printing(console: Console) -> Listener:
    """Return a listener that prints what happens, one line for each event."""
    return lambda event: console.print(describe(event), markup=False, highlight=False, soft_wrap=True)


def describe(event: Event) -> str:
    """Say an event in one line."""
    match event:
        case Ready(name, seconds):
            return f"{name} is ready ({seconds:.1f} s)"
        case Ended(name, status, restart_in, log):
            how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
            return f"{name} {how}; again in {restart_in:.1f} s (log: {log})"
        case Restarted(name, count):
            return f"{name} was started again, restart {count}"
