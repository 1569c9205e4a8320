"""Models: the one that comes with the service, and files of them."""

from __future__ import annotations

from math import log2
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import identity_resolution
from identity_resolution.adapters.model_file import UnusableModel, read_model, write_model
from identity_resolution.application.training import train
from identity_resolution.domain.matching.model import bits, default_model, probability, version_of
from identity_resolution.domain.matching.rules import MatchField, MatchingRules, ordered
from tests.unit.identity_resolution.matching.people import RULES, SIMILARITY, sample


def test_the_model_that_comes_with_the_service_is_the_default() -> None:
    assert read_model(Path(identity_resolution.__file__).parent / "model.json") == default_model(RULES)


def test_probabilities_of_a_field_sum_to_one() -> None:
    for name, learnt in default_model(RULES).fields.items():
        for odds in (learnt.levels, learnt.given):
            for share in "mu":
                total = sum(getattr(each, share) for each in odds.values())
                assert total == pytest.approx(1 if odds else 0), (name, share)


def test_every_default_level_but_the_last_speaks_for_one_person() -> None:
    for name, learnt in default_model(RULES).fields.items():
        *agreeing, different = learnt.levels.values()
        assert all(each.weight >= -0.3 for each in agreeing), name
        assert different.weight < 0, name


def test_a_model_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    model = train(sample(60, seed=1).records, RULES, SIMILARITY, seed=1).model
    write_model(tmp_path / "model.json", model)
    assert read_model(tmp_path / "model.json") == model


@pytest.mark.parametrize("text", ["", "{}", '{"version": 1}', "people.csv"])
def test_what_is_no_model_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model.json"
    path.write_text(text)
    with pytest.raises(UnusableModel, match=r"model\.json"):
        read_model(path)
    with pytest.raises(UnusableModel, match=r"nowhere\.json"):
        read_model(tmp_path / "nowhere.json")


def test_a_model_without_a_field_falls_back_to_the_fields_defaults() -> None:
    model = default_model(MatchingRules(fields={"city": MatchField("place")}))
    assert (
        model.of("badge", MatchField("code"))
        == default_model(MatchingRules(fields={"badge": MatchField("code")})).fields["badge"]
    )


def test_equal_parameters_have_equal_versions() -> None:
    assert version_of(default_model(RULES)) == version_of(default_model(MatchingRules()))
    other = default_model(MatchingRules(fields={"city": MatchField("place")}))
    assert version_of(default_model(RULES)) != version_of(other)


@given(st.floats(min_value=-40, max_value=40))
def test_bits_and_probability_are_inverse(weight: float) -> None:
    assert bits(probability(weight)) == pytest.approx(weight, abs=1e-3)
    assert log2(probability(7) / (1 - probability(7))) == pytest.approx(7)


def test_fields_are_ordered_after_those_they_are_given_and_circles_are_refused() -> None:
    order = ordered(RULES.fields)
    assert sorted(order) == sorted(RULES.fields)
    for name, rule in RULES.fields.items():
        assert all(order.index(parent) < order.index(name) for parent in rule.given)
    circle = {"a": MatchField("text", given=("b",)), "b": MatchField("text", given=("a",))}
    with pytest.raises(ValueError, match="circle: a, b"):
        ordered(circle)
