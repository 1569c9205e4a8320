"""Splink on the labelled files, with the settings that its own documentation gives for them.

fake_1000: the quick start of its README, and the notebook "Evaluation when you have fully labelled data". Febrl 1 to 3:
the notebook "Deduplicating the febrl3 dataset". Febrl 4: the notebook "Linking the febrl4 datasets", whose task is
easier than ours, since it links two files that have no duplicates of their own and is told so; beside it the settings
of the Febrl 3 notebook on both halves as one file. What a notebook only scores is clustered as in the quick start.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from rapportctl.tables.pairwise import Pairwise, compare
from tests.quality.files import LabelledFile

SEED = 1
WEIGHTS = [weight / 2 for weight in range(-10, 51)]
"""Match weights, in bits, among which the best threshold in hindsight is looked for."""


@dataclass(frozen=True, slots=True)
class SplinkFigures:
    """What Splink reaches at its documented threshold, and at the best one that the truth would have told."""

    settings: str
    documented: Pairwise
    threshold: float
    best: Pairwise
    best_weight: float


@dataclass(frozen=True, slots=True)
class _Recipe:
    name: str
    threshold: float
    settings: Callable[[], Any]
    train: Callable[[Any], None]
    link_only: bool = False


def link(file: LabelledFile) -> list[SplinkFigures]:
    """Train and link by each recipe that Splink documents for the file."""
    return [_measure(file, recipe) for recipe in _recipes(file)]


def _recipes(file: LabelledFile) -> list[_Recipe]:
    if file.name == "fake_1000":
        return [
            _Recipe("README quick start", 0.95, _quick_start, _train_quick_start),
            _Recipe("notebook accuracy analysis", 0.5, _accuracy, _train_accuracy),
        ]
    deduplicating = _Recipe("notebook febrl3", 0.95, _febrl3, _train_febrl3)
    if file.halves is None:
        return [deduplicating]
    return [_Recipe("notebook febrl4, link_only", 0.99, _febrl4, _train_febrl4, link_only=True), deduplicating]


def _measure(file: LabelledFile, recipe: _Recipe) -> SplinkFigures:
    linker = Linker(_registered(file, recipe), recipe.settings(), log_level=logging.ERROR)
    recipe.train(linker)
    predictions = linker.inference.predict(threshold_match_weight=min(WEIGHTS))

    def clustered(**threshold: float) -> Pairwise:
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, **threshold)
        frame = clusters.as_duckdbpyrelation().df()
        return compare(dict(zip(frame[file.id_column].astype(str), frame["cluster_id"], strict=True)), file.truth)

    by_weight = {weight: clustered(threshold_match_weight=weight) for weight in WEIGHTS}
    best = max(by_weight, key=lambda weight: by_weight[weight].f1)
    documented = clustered(threshold_match_probability=recipe.threshold)
    return SplinkFigures(recipe.name, documented, recipe.threshold, by_weight[best], best)


def _registered(file: LabelledFile, recipe: _Recipe) -> Any:
    database = DuckDBAPI()
    frame = pandas.DataFrame(file.rows, columns=list(file.columns)).replace({"": None})
    if not recipe.link_only or file.halves is None:
        return database.register(frame)
    half = frame[file.id_column].map(file.halves)
    return [database.register(frame[half == letter], dataset_display_name=letter) for letter in "ab"]


def _quick_start() -> Any:
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            comparisons.JaroWinklerAtThresholds("first_name", [0.9, 0.7]),
            comparisons.JaroAtThresholds("surname", [0.9, 0.7]),
            comparisons.DateOfBirthComparison(
                "dob", input_is_string=True, datetime_metrics=["year", "month"], datetime_thresholds=[1, 1]
            ),
            comparisons.ExactMatch("city").configure(term_frequency_adjustments=True),
            comparisons.EmailComparison("email"),
        ],
        blocking_rules_to_generate_predictions=[block_on("first_name"), block_on("surname")],
    )


def _train_quick_start(linker: Any) -> None:
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("first_name", "surname")], recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    training.estimate_parameters_using_expectation_maximisation(block_on("first_name", "surname"))
    training.estimate_parameters_using_expectation_maximisation(block_on("dob"))


def _accuracy() -> Any:
    return SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[block_on(name) for name in ("first_name", "surname", "dob", "email")],
        comparisons=[
            comparisons.ForenameSurnameComparison("first_name", "surname"),
            comparisons.DateOfBirthComparison("dob", input_is_string=True),
            comparisons.ExactMatch("city").configure(term_frequency_adjustments=True),
            comparisons.EmailComparison("email"),
        ],
    )


def _train_accuracy(linker: Any) -> None:
    certain = [
        "l.first_name = r.first_name and levenshtein(r.dob, l.dob) <= 1",
        "l.surname = r.surname and levenshtein(r.dob, l.dob) <= 1",
        "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2",
        "l.email = r.email",
    ]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    for blocking in (block_on("dob"), block_on("email"), block_on("first_name", "surname")):
        linker.training.estimate_parameters_using_expectation_maximisation(
            blocking, estimate_without_term_frequencies=True
        )


def _febrl3() -> Any:
    blocking = [block_on(name) for name in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")]
    return SettingsCreator(
        unique_id_column_name="rec_id",
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=blocking,
        comparisons=[
            comparisons.NameComparison("given_name"),
            comparisons.NameComparison("surname"),
            comparisons.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            comparisons.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
            comparisons.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            comparisons.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
    )


def _train_febrl3(linker: Any) -> None:
    swapped = "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth"
    certain = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth"), swapped]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("date_of_birth"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("postcode"))


def _febrl4() -> Any:
    return SettingsCreator(
        unique_id_column_name="rec_id",
        link_type="link_only",
        blocking_rules_to_generate_predictions=[
            block_on("given_name", "surname"),
            "l.given_name = r.surname and l.surname = r.given_name",
            block_on("date_of_birth"),
            block_on("soc_sec_id"),
            block_on("state", "address_1"),
            block_on("street_number", "address_1"),
            block_on("postcode"),
        ],
        comparisons=[
            comparisons.NameComparison("given_name").configure(term_frequency_adjustments=True),
            comparisons.NameComparison("surname").configure(term_frequency_adjustments=True),
            comparisons.DateOfBirthComparison(
                "date_of_birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True
            ),
            comparisons.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            comparisons.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            comparisons.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        ],
    )


def _train_febrl4(linker: Any) -> None:
    certain = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")]
    linker.training.estimate_probability_two_random_records_match(certain, recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=SEED)
    for column in ("date_of_birth", "postcode"):
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(column), estimate_without_term_frequencies=True
        )
