"""recordlinkage's ECM classifier on the labelled files, with the indexing and comparisons that its guide gives.

Febrl: the guide "Data deduplication" (blocked on the given name, six comparisons) with the classifier of the guide
"Classification algorithms" (`ECMClassifier(binarize=0.8)`). For fake_1000 there is none: the same on its own columns.
Clusters are the connected components of the links.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import networkx
import pandas
import recordlinkage

from rapportctl.tables.pairwise import Pairwise, compare, compare_links
from tests.quality.files import LabelledFile


@dataclass(frozen=True, slots=True)
class EcmFigures:
    """What the classifier reaches: its links as they stand, and the clusters that they make."""

    links: Pairwise
    clusters: Pairwise
    candidates: int


def link(file: LabelledFile) -> EcmFigures:
    """Index, compare and classify, without looking at the truth."""
    frame = pandas.DataFrame(file.rows, columns=list(file.columns)).replace({"": None}).set_index(file.id_column)
    given = "first_name" if "first_name" in frame else "given_name"
    indexer = recordlinkage.Index()
    indexer.block(given)
    candidates = indexer.index(frame)
    features = _comparisons(given).compute(candidates, frame)
    links = [(str(one), str(other)) for one, other in recordlinkage.ECMClassifier(binarize=0.8).fit_predict(features)]
    return EcmFigures(compare_links(links, file.truth), compare(_components(file, links), file.truth), len(candidates))


def _comparisons(given: str) -> recordlinkage.Compare:
    compared = recordlinkage.Compare()
    compared.exact(given, given, label=given)
    compared.string("surname", "surname", method="jarowinkler", threshold=0.85, label="surname")
    if given == "first_name":
        compared.exact("dob", "dob", label="dob")
        compared.exact("city", "city", label="city")
        compared.string("email", "email", threshold=0.85, label="email")
        return compared
    compared.exact("date_of_birth", "date_of_birth", label="date_of_birth")
    compared.exact("suburb", "suburb", label="suburb")
    compared.exact("state", "state", label="state")
    compared.string("address_1", "address_1", threshold=0.85, label="address_1")
    return compared


def _components(file: LabelledFile, links: Iterable[tuple[str, str]]) -> dict[str, int]:
    graph = networkx.Graph(links)
    graph.add_nodes_from(file.truth)
    return {record: number for number, part in enumerate(networkx.connected_components(graph)) for record in part}
