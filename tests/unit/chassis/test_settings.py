"""Settings: defaults, every mistake at once, and no secret in a message."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from chassis.directory import ServiceEntry, known_services
from chassis.settings import Settings, SettingsError, environment_of_replica

KEY = {"RAPPORT_PSEUDONYM_KEY": "0123456789abcdef"}
SERVICES = {
    "one-thing": ServiceEntry("one-thing", "one_thing", ("worker", "server"), 7401, 7411),
    "other-thing": ServiceEntry("other-thing", "other_thing", ("worker",), 7402, 7412, ("one-thing",)),
}


def read(**variables: str) -> Settings:
    environment = KEY | {f"RAPPORT_{name}": value for name, value in variables.items()}
    return Settings.from_environment("one-thing", environment, services=SERVICES)


def test_defaults_are_those_of_the_conventions() -> None:
    settings = read()
    assert settings.kafka == ("127.0.0.1:9092",)
    assert settings.store_url == "mongodb://127.0.0.1:27017"
    assert (settings.store_read_chunk, settings.epoch, settings.partitions) == (1000, 1, 4)
    assert (settings.flush_records, settings.flush_seconds) == (10_000, 1.0)
    assert (settings.grpc_listen, settings.health_listen) == ("127.0.0.1:7401", "127.0.0.1:7411")
    assert settings.addresses == {"one-thing": "127.0.0.1:7401", "other-thing": "127.0.0.1:7402"}
    assert settings.topic("touched") == "rapport.touched"
    assert settings.database == "rapport_one_thing"
    assert (settings.log_level, settings.log_format) == ("info", "json")
    assert (settings.rules, settings.clock_offset) == (None, timedelta())
    assert (settings.grpc_processes, settings.grpc_shared_port, settings.lookup_cache_mb) == (1, False, 0)


def test_variables_replace_defaults() -> None:
    settings = read(
        KAFKA="a:1, b:2",
        STORE_URL="mongodb+srv://user:word@host/x",
        PARTITIONS="256",
        TOPIC_PREFIX="",
        DATABASE_PREFIX="t1_",
        FLUSH_SECONDS="0.25",
        OTHER_THING_ADDRESS="[::1]:9",
        LOG_LEVEL="DEBUG",
        CLOCK_OFFSET_SECONDS="-90",
        ONE_THING_RULES=__file__,
        GRPC_SHARED_PORT="yes",
    )
    assert settings.kafka == ("a:1", "b:2")
    assert settings.partitions == 256
    assert settings.topic("x") == "x"
    assert settings.database == "t1_one_thing"
    assert settings.flush_seconds == 0.25
    assert settings.addresses["other-thing"] == "[::1]:9"
    assert settings.log_level == "debug"
    assert settings.clock_offset == timedelta(seconds=-90)
    assert settings.rules == Path(__file__)
    assert settings.grpc_shared_port


def test_an_empty_variable_means_the_default() -> None:
    assert read(PARTITIONS="", ONE_THING_RULES=" ").partitions == 4


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("KAFKA", "host", "host:port"),
        ("KAFKA", "host:1,,b:2", "host:port"),
        ("STORE_READ_CHUNK", "0", "a whole number from 1 to 10000"),
        ("EPOCH", "1.5", "a whole number"),
        ("PARTITIONS", "6", "a power of two from 1 to 256"),
        ("PARTITIONS", "512", "a power of two from 1 to 256"),
        ("FLUSH_SECONDS", "nan", "a number above 0 and up to 60"),
        ("FLUSH_SECONDS", "soon", "a number above 0 and up to 60"),
        ("TOPIC_PREFIX", "a b", "letters, digits"),
        ("GRPC_LISTEN", "127.0.0.1:99999", "host:port"),
        ("LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("ONE_THING_RULES", "/no/such/file", "the path of a file that exists"),
        ("GRPC_SHARED_PORT", "maybe", "one of 1, true, yes, 0, false, no"),
    ],
)
def test_a_wrong_value_is_told_with_what_would_be_right(name: str, value: str, right: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        read(**{name: value})
    assert f"RAPPORT_{name} is {value!r}; right would be {right}" in str(wrong.value)


def test_all_wrong_variables_are_told_at_once() -> None:
    with pytest.raises(SettingsError) as wrong:
        Settings.from_environment("one-thing", {"RAPPORT_EPOCH": "x", "RAPPORT_PARTITIONS": "3"}, services=SERVICES)
    text = str(wrong.value)
    assert all(name in text for name in ("RAPPORT_EPOCH", "RAPPORT_PARTITIONS", "RAPPORT_PSEUDONYM_KEY is not set"))
    assert len(text.splitlines()) == 4


def test_secrets_are_neither_shown_nor_quoted() -> None:
    settings = read(STORE_URL="mongodb://user:word@host")
    assert "word" not in repr(settings)
    assert "0123456789abcdef" not in repr(settings)
    with pytest.raises(SettingsError) as wrong:
        Settings.from_environment(
            "one-thing",
            {"RAPPORT_PSEUDONYM_KEY": "tooshort", "RAPPORT_STORE_URL": "http://user:word@host"},
            services=SERVICES,
        )
    assert "tooshort" not in str(wrong.value)
    assert "word" not in str(wrong.value)


def test_a_tool_needs_no_key_and_listens_nowhere_in_particular() -> None:
    settings = Settings.from_environment("tool", {}, services=SERVICES, needs_key=False)
    assert settings.pseudonym_key == b""
    assert settings.grpc_listen == "127.0.0.1:0"


def test_a_replica_serves_alone_on_the_shared_port() -> None:
    settings = Settings.from_environment("one-thing", environment_of_replica() | KEY, services=SERVICES)
    assert (settings.grpc_processes, settings.grpc_shared_port) == (1, True)


def test_the_list_of_services_has_ports_of_its_own_for_each() -> None:
    ports = [port for entry in known_services().values() for port in (entry.grpc_port, entry.health_port)]
    assert len(ports) == len(set(ports)) >= 8
