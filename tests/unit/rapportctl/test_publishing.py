"""Publishing lines: the good ones are sent as they are, the bad ones told by number and reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.interactions.v1.interaction_pb2 import Interaction
from rapportctl.kafka.sending import LARGEST_VALUE
from rapportctl.publishing import BadLine, BadLineError, publish_lines, read_line, to_line
from tests.unit.rapportctl.fakes import MemoryDeployment

EXAMPLES = Path(__file__).parents[3] / "protos" / "examples" / "interactions"
LIKE = (
    '{"eventId": "e-1", "occurredAt": "2026-03-14T09:26:53Z", '
    '"account": {"channel": "email", "id": "maria@example.com"}, "like": {"postId": "p"}}'
)


def sent(deployment: MemoryDeployment) -> list[Interaction]:
    return [Interaction.FromString(record.value or b"") for record in deployment.records("interactions")]


def test_in1_every_kind_of_interaction_is_sent_as_its_line_says() -> None:
    """The golden examples, one line each, arrive as the messages that they are."""
    examples = sorted(EXAMPLES.glob("*.json"))
    lines = [path.read_text().replace("\n", " ") for path in examples]
    deployment = MemoryDeployment()
    with deployment.interaction_sender() as sender:
        published = publish_lines(lines, sender)
    expected = [path.with_suffix(".binpb").read_bytes() for path in examples]
    assert (published.sent, published.bad) == (len(examples), 0)
    assert sorted(each.event_id for each in sent(deployment)) == sorted(
        Interaction.FromString(value).event_id for value in expected
    )
    assert {each.SerializeToString(deterministic=True) for each in sent(deployment)} == {
        Interaction.FromString(value).SerializeToString(deterministic=True) for value in expected
    }


def test_bad_lines_are_told_by_number_and_the_rest_is_sent() -> None:
    told: list[BadLine] = []
    deployment = MemoryDeployment()
    with deployment.interaction_sender() as sender:
        published = publish_lines([LIKE, "nonsense", "", LIKE.replace("e-1", "e-2"), b"\xff\n"], sender, told.append)
    assert (published.sent, published.bad) == (2, 2)
    assert told == published.mistakes
    assert [(bad.line, bad.reason.split(":")[0]) for bad in told] == [(2, "no JSON"), (5, "not UTF-8")]
    assert {each.event_id for each in sent(deployment)} == {"e-1", "e-2"}


def test_a_record_is_keyed_by_account_without_personal_data_and_says_what_it_is() -> None:
    deployment = MemoryDeployment()
    with deployment.interaction_sender() as sender:
        publish_lines([LIKE], sender)
    (record,) = deployment.records("interactions")
    assert record.key is not None
    assert record.key.startswith(b"email:h_")
    headers = dict(record.headers)
    assert headers["ce_id"] == b"e-1"
    assert headers["ce_type"] == b"rapport.interactions.v1.Interaction"
    assert headers["ce_time"] == b"2026-03-14T09:26:53+00:00"
    assert not any(b"maria" in value for value in headers.values())


SECRET = "sEcReT-vAlUe"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "no JSON: Expecting property name enclosed in double quotes at column 2"),
        ("[1]", "not a JSON object"),
        ('"x"', "not a JSON object"),
        ('{"a": ' * 3000, "no JSON that can be read"),
        ('{"eventID": "x"}', "Interaction has no field eventID"),
        ('{"like": {"x": 1}}', "Like has no field x"),
        ('{"eventId": 5}', "eventId cannot be read: right would be text"),
        (f'{{"occurredAt": "{SECRET}"}}', "occurredAt cannot be read: right would be a time such as"),
        (f'{{"account": {{"channel": ["{SECRET}"]}}}}', "account.channel cannot be read: right would be text"),
        (
            f'{{"purchase": {{"total": {{"minorUnits": "{SECRET}"}}}}}}',
            "total.minorUnits cannot be read: right would be a whole number",
        ),
        ('{"purchase": {"total": {"minorUnits": 1.5}}}', "right would be a whole number"),
        (f'{{"identifiers": {{"type": "{SECRET}"}}}}', "identifiers cannot be read: right would be a list"),
        (
            f'{{"post": {{"content": {{"sentiment": "{SECRET}"}}}}}}',
            "content.sentiment cannot be read: right would be one of SENTIMENT_UNSPECIFIED, SENTIMENT_NEGATIVE",
        ),
        (f'{{"account": "{SECRET}"}}', ""),
        ('{"follow": {"ended": "yes"}}', "ended cannot be read: right would be true or false"),
        ('{"like": {}, "follow": {}}', "more than one kind"),
        ('{"eventId": "a", "eventId": "b"}', "a field is there twice"),
        ('{"surveyAnswer": {"score": 3000000000}}', "score cannot be read: right would be a whole number"),
        ("{}", "eventId is missing"),
        ('{"eventId": "e"}', "occurredAt is missing"),
        ('{"eventId": "e", "occurredAt": "2026-03-14T09:26:53Z", "account": {"id": "x"}}', "account.channel or"),
        (LIKE.replace('"like": {"postId": "p"}', '"source": "s"'), "the kind is missing"),
    ],
)
def test_a_reason_says_where_and_what_would_be_right_and_quotes_nothing(line: str, reason: str) -> None:
    with pytest.raises(BadLineError) as caught:
        read_line(line)
    assert reason in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_line_too_large_for_a_broker_is_bad_and_does_not_stop_the_rest() -> None:
    with pytest.raises(BadLineError, match="larger than"):
        read_line(LIKE.replace('"p"', f'"{"p" * LARGEST_VALUE}"'))


def test_lines_come_as_text_or_bytes_with_or_without_a_mark() -> None:
    """Files from some systems begin with a byte order mark."""
    assert read_line("\ufeff" + LIKE) == read_line(LIKE.encode() + b"\r\n") == read_line(LIKE)


def test_mistakes_are_counted_beyond_what_is_kept() -> None:
    deployment = MemoryDeployment()
    with deployment.interaction_sender() as sender:
        published = publish_lines(["x"] * 1_500, sender)
    assert published.bad == 1_500
    assert len(published.mistakes) == 1_000


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(texts, texts, st.integers(-(2**63), 2**63 - 1))
def test_what_is_written_as_a_line_is_read_back_unchanged(text: str, id_: str, amount: int) -> None:
    interaction = Interaction(event_id="e" + id_, source=text)
    interaction.occurred_at.seconds = 1_700_000_000
    interaction.account.channel, interaction.account.id = "store", "s" + id_
    interaction.purchase.total.minor_units = amount
    assert read_line(to_line(interaction)) == interaction
