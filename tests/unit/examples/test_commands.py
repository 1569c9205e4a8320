"""The converters as commands: where interactions go, and what a person is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from click import Command
from click.testing import CliRunner

from examples import common, online_retail, twitter_support
from rapport.interactions.v1.interaction_pb2 import Interaction
from rapportctl.errors import RapportctlError
from rapportctl.publishing import read_line
from tests.unit.examples.files import RETAIL, TWEETS, invoice_line, tweet, write_csv

COMMANDS = [online_retail.main, twitter_support.main]


def invoices(folder: Path, name: str = "retail.csv") -> Path:
    rows = [invoice_line("536365", 2), invoice_line("C536366", -1), invoice_line("A1", 1, "-1", customer="")]
    return write_csv(folder / name, RETAIL, rows)


@pytest.mark.parametrize("name", ["retail.csv", "retail.csv.gz"])
def test_lines_written_are_lines_that_publish_reads(tmp_path: Path, name: str) -> None:
    """A file, gzipped or not, becomes JSON lines that `rapportctl publish` takes."""
    out = tmp_path / "out.jsonl"
    result = CliRunner().invoke(online_retail.main, [str(invoices(tmp_path, name)), "--out", str(out)])
    assert result.exit_code == 0, result.output
    read = [read_line(line) for line in out.read_text().splitlines()]
    assert [each.WhichOneof("kind") for each in read if each] == ["purchase", "purchase_return"]


def test_the_account_is_kept_apart_from_the_lines(tmp_path: Path) -> None:
    """With `--out -` standard output has nothing but lines; what was made and left out stands on standard error."""
    result = CliRunner().invoke(online_retail.main, [str(invoices(tmp_path)), "--out", "-"])
    assert all(read_line(line) for line in result.stdout.splitlines())
    told = {line.rsplit(maxsplit=1)[0].rstrip(): line.rsplit(maxsplit=1)[1] for line in result.stderr.splitlines()}
    assert told == {
        "lines read": "3",
        "purchases": "1",
        "returns": "1",
        "gross, GBP": "5.00",
        "returned, GBP": "2.50",
        "left out: lines of book-keeping (A invoices)": "1",
    }


def test_without_a_file_to_write_interactions_are_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They go to the deployment that the environment names, under the converter's own source."""
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(common, "Deployment", lambda: SimpleNamespace(interaction_sender=_recorder(sent)))
    path = write_csv(tmp_path / "tweets.csv", TWEETS, [tweet(1, "7"), tweet(2, "brand", answers=1)])
    result = CliRunner().invoke(twitter_support.main, [str(path)])
    assert result.exit_code == 0, result.output
    assert sent == [("/rapport/examples/twitter-support", f"tweet-{number}") for number in (1, 2)]


def test_a_broker_that_is_away_is_told_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What rapportctl's sender says is what the person reads; the exit status is 1."""

    def refuse(source: str) -> None:
        raise RapportctlError("Kafka does not take records")

    monkeypatch.setattr(common, "Deployment", lambda: SimpleNamespace(interaction_sender=refuse))
    result = CliRunner().invoke(online_retail.main, [str(invoices(tmp_path))])
    assert (result.exit_code, result.stderr) == (1, "Error: Kafka does not take records\n")


def test_rows_that_cannot_be_read_fail_the_command_after_the_rest(tmp_path: Path) -> None:
    """The good rows are written, the bad ones named by line, and scripts see it in the exit status."""
    path = write_csv(tmp_path / "retail.csv", RETAIL, [invoice_line(quantity="?"), invoice_line("2")])
    result = CliRunner().invoke(online_retail.main, [str(path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "line 2: " in result.stderr
    assert len((tmp_path / "out").read_text().splitlines()) == 1


@pytest.mark.parametrize("command", COMMANDS, ids=["online_retail", "twitter_support"])
def test_a_file_with_other_columns_is_refused(tmp_path: Path, command: Command) -> None:
    """The message names the columns that are missing; nothing is written."""
    path, out = write_csv(tmp_path / "other.csv", ["a", "b"], [["1", "2"]]), tmp_path / "out"
    result = CliRunner().invoke(command, [str(path), "--out", str(out)])
    assert result.exit_code == 1
    assert "other.csv has no column" in result.stderr
    assert not out.exists()


def test_a_file_that_breaks_off_is_refused(tmp_path: Path) -> None:
    """A gzipped file that was cut names itself as damaged; no half file is left under the name asked for."""
    rows = [invoice_line(str(number), description=f"THING {number * 7919}") for number in range(5000)]
    path, out = write_csv(tmp_path / "cut.csv.gz", RETAIL, rows), tmp_path / "out"
    path.write_bytes(path.read_bytes()[:-2000])
    result = CliRunner().invoke(online_retail.main, [str(path), "--out", str(out)])
    assert result.exit_code == 1
    assert "cut.csv.gz is damaged after line" in result.stderr
    assert not out.exists()


@pytest.mark.parametrize("damage", [b"\xff\xff\xff\xff", b"no gzip at all"])
def test_a_file_that_is_no_gzip_inside_is_refused(tmp_path: Path, damage: bytes) -> None:
    """Bytes that are no gzip, or broken in the middle, end in a sentence too."""
    path = invoices(tmp_path, "broken.csv.gz")
    whole = path.read_bytes()
    path.write_bytes(damage if damage.startswith(b"no") else whole[:30] + damage + whole[34:])
    result = CliRunner().invoke(online_retail.main, [str(path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "broken.csv.gz is damaged" in result.stderr


def test_an_empty_file_has_nothing_in_it(tmp_path: Path) -> None:
    """A file with its header alone is no error."""
    path = write_csv(tmp_path / "empty.csv", RETAIL, [])
    result = CliRunner().invoke(online_retail.main, [str(path), "--out", "-"])
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "there is nothing in it\n")


@pytest.mark.parametrize("command", COMMANDS, ids=["online_retail", "twitter_support"])
def test_help_has_examples(command: Command) -> None:
    """--help ends with command lines to copy."""
    assert "  python -m examples." in CliRunner().invoke(command, ["--help"]).stdout


def _recorder(sent: list[tuple[str, str]]) -> Callable[[str], object]:
    @contextmanager
    def sender(source: str) -> Iterator[object]:
        def send(interaction: Interaction) -> None:
            sent.append((source, interaction.event_id))

        yield SimpleNamespace(send=send)

    return sender
