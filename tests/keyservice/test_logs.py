"""What a log line may hold."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest

from apikeys.domain.minting import mint
from keyservice.logs import JSONLines, logging_config

CANARY = "canary-7f3a"
SECRET = mint("ks", "live").reveal()


def written(name: str, message: object, *args: object, **extra: object) -> dict[str, Any]:
    """The line that a record of the logger `name` becomes."""
    record = logging.LogRecord(name, logging.WARNING, "file.py", 1, message, args, None)
    record.__dict__.update(extra)
    return as_line(record)


def as_line(record: logging.LogRecord) -> dict[str, Any]:
    text = JSONLines().format(record)
    assert "\n" not in text
    assert text.isascii()
    line: dict[str, Any] = json.loads(text)
    return line


def test_a_line_says_when_how_bad_and_who() -> None:
    line = written("keyservice.health", "a check failed")

    assert line["at"].endswith("+00:00")
    assert line["level"] == "WARNING"
    assert line["logger"] == "keyservice.health"
    assert line["message"] == "a check failed"


def test_named_fields_of_our_own_records_are_written() -> None:
    line = written("apikeys.access", "answered", status=200, duration_ms=1.5, request_id="abc")

    assert (line["status"], line["duration_ms"], line["request_id"]) == (200, 1.5, "abc")


def test_other_fields_of_our_own_records_are_not() -> None:
    assert CANARY not in str(written("apikeys.access", "answered", body=CANARY, secret=CANARY))


def test_fields_of_foreign_records_are_not() -> None:
    assert CANARY not in str(written("django.request", "x", request_id=CANARY, request=CANARY))


def test_arguments_are_written_when_they_are_numbers() -> None:
    assert written("some.library", "took %d of %.1f", 3, 2.5)["message"] == "took 3 of 2.5"


@pytest.mark.parametrize("name", ["some.library", "apikeys.access", "django.db.backends"])
@pytest.mark.parametrize(
    ("message", "args"),
    [
        ("connecting to %s", (CANARY,)),
        ("connecting to %r", ([CANARY],)),
        ("%(user)s failed", ({"user": CANARY},)),
        ("failed: %s", (ValueError(CANARY),)),
        ("%d items", (CANARY,)),
        ("%s %s", (CANARY,)),
    ],
)
def test_any_other_argument_is_not(name: str, message: str, args: tuple[object, ...]) -> None:
    assert CANARY not in str(written(name, message, *args))


def test_an_exception_as_argument_becomes_its_type() -> None:
    line = written("some.library", "failed: %s", ValueError(CANARY))

    assert line["message"] == "failed: builtins.ValueError"


def test_an_object_as_message_becomes_its_type() -> None:
    assert written("some.library", ValueError(CANARY))["message"] == "ValueError"


@pytest.mark.parametrize("name", ["django.request", "django.security.DisallowedHost"])
def test_loggers_of_requests_say_only_the_status(name: str) -> None:
    line = written(name, f"Not Found: /{CANARY}", status_code=404)

    assert line["message"] == "answered with 404"


@pytest.mark.parametrize("name", ["some.library", "keyservice"])
def test_a_secret_of_the_published_pattern_is_masked_wherever_it_is(name: str) -> None:
    line = written(name, f"got {SECRET}, again {SECRET}", request_id=SECRET)

    assert SECRET not in str(line)
    assert line["message"] == "got ***, again ***"


def test_of_an_exception_type_and_frames_are_written_but_no_values() -> None:
    line = as_line(_record_of_nested_failure())

    assert [part["type"] for part in line["exception"]] == [
        "builtins.RuntimeError",
        "builtins.KeyError",
    ]
    assert "_record_of_nested_failure" in line["exception"][0]["frames"][-1]
    assert CANARY not in str(line)


def test_control_characters_do_not_reach_the_terminal() -> None:
    line = written("some.library", "\x1b[2Jcleared\r\nforged line\u2028")

    assert line["message"] == "\x1b[2Jcleared\r\nforged line\u2028"


def test_no_handler_writes_anything_but_these_lines() -> None:
    config = logging_config("DEBUG")

    assert list(config["handlers"]) == ["stderr"]
    assert config["root"] == {"handlers": ["stderr"], "level": "DEBUG"}
    assert not any(logger.get("handlers") for logger in config["loggers"].values())


def _record_of_nested_failure() -> logging.LogRecord:
    local_variable = CANARY
    try:
        try:
            raise KeyError(local_variable)
        except KeyError as error:
            raise RuntimeError(f"wrong: {local_variable}") from error
    except RuntimeError:
        return logging.LogRecord(
            "keyservice", logging.ERROR, "file.py", 1, "failed", None, sys.exc_info()
        )
