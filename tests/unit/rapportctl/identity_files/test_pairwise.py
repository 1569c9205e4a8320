"""Precision, recall and F1 over pairs, counted without looking at each pair."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapportctl.tables.pairwise import compare, compare_links

clusterings = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12)


@given(clusterings)
def test_counts_are_those_of_looking_at_each_pair(both: list[tuple[int, int]]) -> None:
    found = {str(place): ours for place, (ours, _) in enumerate(both)}
    truth = {str(place): theirs for place, (_, theirs) in enumerate(both)}
    pairs = list(combinations(truth, 2))
    ours = {pair for pair in pairs if found[pair[0]] == found[pair[1]]}
    theirs = {pair for pair in pairs if truth[pair[0]] == truth[pair[1]]}
    result = compare(found, truth)
    assert (result.found, result.true, result.both) == (len(ours), len(theirs), len(ours & theirs))
    assert (result.clusters, result.true_clusters) == (len(set(found.values())), len(set(truth.values())))


def test_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    result = compare({"a": 1, "b": 1, "c": 1, "d": 2}, {"a": 1, "b": 1, "c": 2, "d": 2})
    assert (result.precision, result.recall) == (1 / 3, 1 / 2)
    assert result.f1 == pytest.approx(2 / (3 + 2))


def test_a_perfect_linkage_of_people_without_duplicates_is_perfect() -> None:
    result = compare({"a": 1, "b": 2}, {"a": 7, "b": 8})
    assert (result.precision, result.recall, result.f1) == (1, 1, 1)


def test_links_count_once_in_either_direction_and_are_not_closed() -> None:
    truth = {"a": 1, "b": 1, "c": 1, "d": 2}
    result = compare_links([("a", "b"), ("b", "a"), ("b", "c"), ("c", "d")], truth)
    assert (result.found, result.both, result.true) == (3, 2, 3)


def test_a_record_without_a_cluster_is_a_mistake_and_not_a_miss() -> None:
    with pytest.raises(ValueError, match="1 records have no cluster, for example b"):
        compare({"a": 1}, {"a": 1, "b": 1})
