"""Everything that the stores and the topics of a deployment hold at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import MongoClient

from chassis import dead_letters
from chassis.ports import Document
from chassis.records import Record
from rapportctl.deployment import Deployment

IDENTITY, PROFILE, ADVOCACY, TIER = "identity-resolution", "customer-profile", "advocacy-scoring", "vip-tier"
RESULTS = {PROFILE: "records", ADVOCACY: "scores", TIER: "tiers"}
"""The collection of results of each service that folds and reconciles."""
LEVELS = {PROFILE: "customer-records", ADVOCACY: "advocacy-scores", TIER: "tiers"}
"""The topic that tells of these results."""

Collection = dict[str, Document]
"""Documents by `_id`."""


@dataclass(frozen=True)
class Picture:
    """Stores by service and collection; topics, by name without prefix, as records in the order of each partition."""

    stores: Mapping[str, Mapping[str, Collection]]
    topics: dict[str, Sequence[Record]]

    def last(self, topic: str) -> dict[str, Record]:
        """The last record of each key: what a compacted topic keeps."""
        return {(record.key or b"").decode(): record for record in self.topics[topic]}


def source_of(dead_letter: Record) -> tuple[int, int]:
    """The partition and offset that a dead letter came from."""
    headers = dict(dead_letter.headers)
    return int(headers[dead_letters.SOURCE_PARTITION]), int(headers[dead_letters.SOURCE_OFFSET])


def take(deployment: Deployment) -> Picture:
    """Read all of it; the deployment has to be quiet."""
    settings = deployment.settings
    stores: dict[str, dict[str, Collection]] = {}
    with MongoClient[dict[str, Any]](settings.store_url) as client:
        for service in deployment.services:
            database = client[settings.database_prefix + service.replace("-", "_")]
            stores[service] = {
                name: {document["_id"]: document for document in database[name].find()}
                for name in database.list_collection_names()
            }
    topics: dict[str, Sequence[Record]] = {}
    for name, topic in deployment.topics().items():
        with deployment.reader(topic) as reader:
            topics[name] = list(reader.all())
    return Picture(stores, topics)
