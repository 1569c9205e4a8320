"""What is personal stays in the messages and documents that are about the person."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rapport.identity.v1.service_pb2 import IdentifierValue, Key
from rapportctl.calls import Calls
from rapportctl.errors import RapportctlError
from rapportctl.town import PersonTruth, Town, TownSettings
from tests.e2e.faults.leaks import People
from tests.e2e.faults.picture import take
from tests.e2e.faults.system import System

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def people(system: System) -> list[PersonTruth]:
    """Send a town in which much goes wrong, and return its people with those of the towns before."""
    system.send(system.town(60, invalid_share=0.1))
    system.wait_until_quiet()
    return system.people()


def _stranger() -> PersonTruth:
    """Somebody of no town that was sent."""
    (person,) = Town(TownSettings(people=1, seed=99)).truth().persons
    return person


def test_nobody_is_named_in_a_log(system: System, people: list[PersonTruth]) -> None:
    """Of the services, the broker and the store: whatever was refused, failed or restarted so far."""
    finder = People(people)
    assert {name: finder.found_in(path.read_text(errors="replace")) for name, path in system.logs().items()} == {
        name: set() for name in system.logs()
    }


def test_nobody_is_named_in_a_key_or_header(system: System, people: list[PersonTruth]) -> None:
    """Kafka's keys and headers, among them the reasons of dead letters, and the keys of documents."""
    finder, picture = People(people), take(system.deployment)
    for topic, records in picture.topics.items():
        keys = "\n".join(str(record.key) for record in records)
        headers = "\n".join(str(value) for record in records for _, value in record.headers)
        assert (topic, finder.found_in(keys), finder.found_in(headers)) == (topic, set(), set())
    for service, collections in picture.stores.items():
        for name, documents in collections.items():
            assert (service, name, finder.found_in("\n".join(documents))) == (service, name, set())


def test_nobody_is_named_in_an_error(system: System) -> None:
    """A call about somebody unknown, or one that is malformed, is refused without repeating whom it was about."""
    stranger = _stranger()
    finder = People([stranger])
    said = list(_errors(system, stranger))
    assert [finder.found_in(each) for each in said] == [set()] * len(said)
    assert all(said)


def _errors(system: System, person: PersonTruth) -> Iterator[str]:
    name = f"{person.given_name} {person.family_name}"
    with Calls(system.deployment) as calls:
        for call in (
            lambda: calls.resolve(Key(identifier=IdentifierValue(type="email", value=person.email))),
            lambda: calls.resolve(Key(identifier=IdentifierValue(type=person.email, value=name))),
            lambda: calls.customer(person.email),
            lambda: calls.score(name),
            lambda: calls.tier(person.phone),
        ):
            with pytest.raises(RapportctlError) as error:
                call()
            yield str(error.value)


@pytest.mark.parametrize(
    "text", ["to {email}.", "TO {EMAIL}", "call {phone}!", "call {spaced}", "for {name}", "{NAME}:"]
)
def test_a_planted_person_is_found(text: str) -> None:
    person = _stranger()
    name = f"{person.given_name} {person.family_name}"
    spaced = f"{person.phone[:3]} {person.phone[3:6]}-{person.phone[6:]}"
    planted = text.format(
        email=person.email, EMAIL=person.email.upper(), phone=person.phone, spaced=spaced, name=name, NAME=name.upper()
    )
    assert len(People([person]).found_in(f"before {planted} after")) == 1
