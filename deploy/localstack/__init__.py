"""The local stack: a real Kafka, a real document store and Rapport's services, as processes of one machine."""

from localstack.broker import Kafka
from localstack.errors import LocalStackError
from localstack.places import Places
from localstack.settings import Settings
from localstack.store import Store

__all__ = ["Kafka", "LocalStackError", "Places", "Settings", "Store"]
