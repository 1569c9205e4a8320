"""The local stack: a real Kafka, a real document store and Rapport's services, as processes of one machine."""

from localstack.broker import Kafka
from localstack.catalog import Service, read_services
from localstack.errors import LocalStackError
from localstack.events import Ended, Event, Ready, Restarted
from localstack.interrupts import Interrupted, interruptible, sleep_until_interrupted
from localstack.places import Places
from localstack.running import read_running, stop_running
from localstack.settings import Settings
from localstack.stack import Addresses, Stack
from localstack.store import Store
from localstack.supervisor import ProcessStatus, Supervisor
from localstack.topics import apply_topics

__all__ = [
    "Addresses",
    "Ended",
    "Event",
    "Interrupted",
    "Kafka",
    "LocalStackError",
    "Places",
    "ProcessStatus",
    "Ready",
    "Restarted",
    "Service",
    "Settings",
    "Stack",
    "Store",
    "Supervisor",
    "apply_topics",
    "interruptible",
    "read_running",
    "read_services",
    "sleep_until_interrupted",
    "stop_running",
]
