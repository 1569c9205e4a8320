"""The rule file: what it is by default, and how mistakes in it are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from chassis.rules import RulesError
from identity_resolution.config import DEFAULT_RULES, make_keys, read_rules
from identity_resolution.domain.rules import Caps, IdentifierType, IdentityRules, Intake, Limits, Windows

DEFAULT = DEFAULT_RULES.read_text()


def spoilt(folder: Path, old: str, new: str) -> Path:
    """A rule file that differs from the default in one place."""
    assert DEFAULT.count(old) == 1
    path = folder / "rules.yaml"
    path.write_text(DEFAULT.replace(old, new))
    return path


def test_the_default_rules_state_the_promised_numbers() -> None:
    rules = read_rules(DEFAULT_RULES).value
    assert rules.caps == Caps(accounts_per_customer=500, links_per_customer=2000)
    assert rules.intake == Intake(86_400, 1000, 1000)
    assert rules.channels == {"email": "email", "phone": "phone", "sms": "phone"}
    assert sorted(rules.identifiers) == [
        "cookie", "device", "email", "external_id", "handle", "loyalty_number", "phone", "user_id",
    ]  # fmt: skip


def test_id3_a_customer_has_one_user_id_ever_and_five_of_any_other_identifier() -> None:
    limits = {name: kind.limits for name, kind in read_rules(DEFAULT_RULES).value.identifiers.items()}
    most = {name: each.per_customer for name, each in limits.items()}
    assert most.pop("user_id") == Windows(ever=1)
    assert most.pop("cookie") == Windows(week=5)
    assert most.pop("device") == Windows(year=5)
    assert set(most.values()) == {Windows(ever=5)} == {IdentifierType("opaque").limits.per_customer}
    assert {each.per_value for each in limits.values()} == {Windows(ever=20)} == {Limits().per_value}


def test_id4_what_a_household_shares_is_trusted_least_and_what_one_logs_in_with_most() -> None:
    trust = {name: kind.trust for name, kind in read_rules(DEFAULT_RULES).value.identifiers.items()}
    assert sorted(trust, key=lambda name: (-trust[name], name)) == [
        "user_id", "external_id", "loyalty_number", "handle", "email", "phone", "cookie", "device",
    ]  # fmt: skip


def test_what_the_default_file_says_is_what_applies_where_a_file_is_silent() -> None:
    stated, silent = read_rules(DEFAULT_RULES).value, IdentityRules(1, {}, {})
    assert (stated.caps, stated.intake, stated.conflicts) == (silent.caps, silent.intake, silent.conflicts)
    assert stated.matching == silent.matching


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        ("phone_region: null", "phone_region: XX", "phone_region: XX", "no numbering plan has this region"),
        ("phone_region: null", "phone_region: Germany", "phone_region: Germany", "does not have the form"),
        ("normaliser: email", "normaliser: mail", "normaliser: mail", 'did you mean "email"'),
        ("sms: phone", "sms: telephone", "sms: telephone", "declares no type 'telephone'"),
        ("'mailer-daemon@.*'", "'mailer-daemon@.*('", "- 'mailer-daemon@.*('", "no regular expression"),
        ("scope: channel", "scope: planet", "scope: planet", "planet"),
        ("accounts_per_customer: 500", "accounts_per_customer: 0", "accounts_per_customer: 0", "less than the minimum"),
        ("event_ids_remembered: 1000", "event_ids_remembred: 1000", "event_ids_remembred", "did you mean"),
        ("trust: 16", "trust: lots", "trust: lots", "number"),
        ("trust: 16", "trust: -1", "trust: -1", "less than the minimum"),
        ("{week: 5}", "{week: 5, month: 3}", "{week: 5, month: 3}", "can never be reached: 'month' allows only 3"),
        ("{week: 5}", "{day: 5}", "{day: 5}", "day"),
        ("{ever: 1}", "{ever: 0}", "{ever: 0}", "less than the minimum"),
        ("[date_of_birth, l", "[date_of_brith, l", "[date_of_brith", "a field of matching is 'date_of_brith'"),
        ("given: [city, postal_code]", "given: [town, postal_code]", "given: [town,", "no field is called 'town'"),
        ("- [national_id]", "- [passport]", "- [passport]", "no field is called 'passport'"),
        ("- [email.local]", "- [email.lokal]", "- [email.lokal]", "no form is called 'lokal'"),
        ("- [name.phonetic]", "- [name.year]", "- [name.year]", "name.phonetic alone"),
        ("kind: code, personal", "kind: code, levels: {nearly: 1}, personal", "nearly", "code has the levels"),
        ("  model: null", "  model: /no/such/model.json", "/no/such/model.json", "No such file"),
        ("    suggest: 0", "    suggest: 90", "suggest: 90", "above 'link'"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: str, problem: str) -> None:
    path = spoilt(tmp_path, old, new)
    number = next(place for place, text in enumerate(path.read_text().splitlines(), start=1) if line in text)
    with pytest.raises(RulesError) as refused:
        read_rules(path)
    (told,) = refused.value.problems
    assert told.startswith(f"{path}:{number}:"), told
    assert problem.replace('"', "'") in told.replace('"', "'")


def test_a_default_region_makes_numbers_of_national_ones(tmp_path: Path) -> None:
    rules = read_rules(spoilt(tmp_path, "phone_region: null", "phone_region: DE")).value
    keys = make_keys(rules, b"a key for tests only")
    assert keys.identifier("phone", "01511 2345678") == keys.identifier("phone", "+4915112345678")
