"""What is learnt from records of which nobody says who is who."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from math import log2

import pytest

from identity_resolution.application.training import TrainedModel, train
from identity_resolution.domain.matching.blocking import keys
from identity_resolution.domain.matching.comparing import Comparer
from identity_resolution.domain.matching.model import Model, default_model
from tests.unit.identity_resolution.matching.people import RULES, SAME, SIMILARITY, Sample, households, sample


def learn(of: Sample, seed: int = 1) -> TrainedModel:
    """Train on a sample."""
    return train(of.records, RULES, SIMILARITY, seed=seed)


def linked(of: Sample, model: Model) -> tuple[int, int, int]:
    """Of pairs with a key in common: how many the model links, how many of these are of one person, how many of all."""
    comparer = Comparer(RULES, model, SIMILARITY)
    made = [set(keys(record, RULES)) for record in of.records]
    found = both = true = 0
    for one, other in combinations(range(len(of.records)), 2):
        if made[one].isdisjoint(made[other]):
            continue
        is_one = of.people[one] == of.people[other]
        is_linked = comparer.weights(of.records[one], of.records[other])[0] >= RULES.thresholds.link
        found, both, true = found + is_linked, both + (is_linked and is_one), true + is_one
    return found, both, true


def test_id7_training_recovers_the_parameters_that_made_the_records() -> None:
    of = sample(2000, seed=7)
    trained = learn(of)
    pairs = len(of.records) * (len(of.records) - 1) / 2
    assert trained.model.prior == pytest.approx(log2(2000 / pairs), abs=0.25)
    assert trained.report.matches == pytest.approx(2000, rel=0.12)
    for name, same in SAME.items():
        # What differs may by chance be the same again, once in as many cases as there are values.
        assert trained.model.fields[name].levels["exact"].m == pytest.approx(same, abs=0.04), name
    for name, values in (("given_name", 150), ("family_name", 500), ("city", 40)):
        assert trained.model.fields[name].levels["exact"].u == pytest.approx(1 / values, rel=0.25), name
    assert trained.model.fields["date_of_birth"].levels["exact"].u < 1 / 10_000


def test_id7_a_trained_model_tells_who_is_who() -> None:
    of = sample(400, seed=8)
    found, both, true = linked(of, learn(of).model)
    assert both / found > 0.99
    assert both / true > 0.8


def test_what_the_report_promises_at_a_threshold_comes_true() -> None:
    of = sample(2000, seed=9)
    trained = learn(of)
    promised = next(each for each in trained.report.thresholds if each.threshold == RULES.thresholds.link)
    found, both, true = linked(sample(400, seed=10), trained.model)
    assert promised.precision == pytest.approx(both / found, abs=0.01)
    assert promised.recall == pytest.approx(both / true, abs=0.08)


def test_id7_couples_are_learnt_to_be_two_people() -> None:
    of = households(300, seed=11)
    trained = learn(of)
    found, both, true = linked(of, trained.model)
    assert both / found > 0.98
    assert both / true > 0.9
    assert trained.model.household > trained.model.prior - 2


def test_a_file_without_anybody_twice_is_not_linked() -> None:
    of = sample(1500, seed=12, records_each=1)
    trained = learn(of)
    found, _, _ = linked(Sample(of.records[:400], of.people[:400]), trained.model)
    assert found == 0
    assert any("so few tell little" in warning for warning in trained.report.warnings)


@pytest.mark.parametrize("records", [[], [{}], [{}, {}], [{"given_name": ("joe",)}]])
def test_nearly_nothing_gives_nearly_the_default_model(records: Sequence[dict[str, tuple[str, ...]]]) -> None:
    trained = train(records, RULES, SIMILARITY, seed=1)
    for name, expected in default_model(RULES).fields.items():
        for level, odds in expected.levels.items():
            assert trained.model.fields[name].levels[level].m == pytest.approx(odds.m, rel=0.01), (name, level)


def test_a_field_that_nobody_has_keeps_its_defaults() -> None:
    trained = learn(sample(300, seed=13))
    for level, odds in default_model(RULES).fields["email"].levels.items():
        assert trained.model.fields["email"].levels[level].m == pytest.approx(odds.m)


def test_copies_of_a_handful_of_records_are_all_found() -> None:
    of = sample(12, seed=14)
    copies = Sample([*of.records, *of.records], [*of.people, *of.people])
    found, both, true = linked(copies, learn(copies).model)
    assert found == both > true / 2


def test_equal_input_gives_an_equal_model_and_another_seed_nearly_so() -> None:
    of = sample(300, seed=15)
    assert learn(of) == learn(of)
    one, other = learn(of, seed=1).model, learn(of, seed=2).model
    assert one.prior == pytest.approx(other.prior, abs=0.1)
    for name in SAME:
        assert one.fields[name].levels["exact"].m == pytest.approx(other.fields[name].levels["exact"].m, abs=0.02)


def test_values_of_few_are_not_in_a_model() -> None:
    of = sample(300, seed=16)
    model = learn(of).model
    held = Counter((name, value) for record in of.records for name, values in record.items() for value in values)
    assert model.frequencies["given_name"].values
    for name, table in model.frequencies.items():
        assert all(held[name, value] >= 3 for value in table.values), name


def test_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    train(sample(50, seed=17).records, RULES, SIMILARITY, seed=1, progress=lambda *each: told.append(each))
    assert {what for what, _, _ in told} == {
        "looking for pairs with a key in common",
        "comparing pairs with a key in common",
        "comparing pairs at random",
        "expectation maximisation",
    }
    assert all(0 <= done <= of for _, done, of in told)
