"""The quick writer of access lines writes what the loggers would."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator

import pytest

from apikeys.api import requests
from apikeys.api.requests import Told, log_answer, write_lines_with
from keyservice.access_lines import AccessLines
from keyservice.logs import JSONLines


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.fixture(autouse=True)
def _back_to_the_loggers() -> Iterator[None]:
    yield
    write_lines_with(requests._logged)


@pytest.mark.parametrize(
    "told",
    [
        Told("POST", "api/v1/api_keys/verify", "151e3653-b34e-4048-8fa9-243abde7c4f9"),
        Told("CANARY", r'^admin/(?P<url>.*)"\d$', "A-b_c.0123"),
        Told("GET", "unmatched", "x" * 64),
    ],
    ids=str,
)
def test_both_lines_are_the_same_but_for_the_time(
    told: Told, pipe: tuple[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, requests.LOGGER)
    log_answer(told, 200, 0.0123)
    write_lines_with(AccessLines(pipe[1]))
    log_answer(told, 200, 0.0123)
    quick = os.read(pipe[0], 4096).decode()
    (record,) = caplog.records
    assert quick.endswith("}\n")
    assert without_time(quick) == without_time(JSONLines().format(record))


def test_a_reader_that_is_gone_stops_nobody(pipe: tuple[int, int]) -> None:
    gone = os.dup(pipe[1])
    os.close(gone)
    AccessLines(gone)(Told("GET", "livez", "abcdefgh"), 200, 1.0)


def without_time(line: str) -> list[tuple[str, object]]:
    """The members in their order."""
    return [(name, value) for name, value in json.loads(line).items() if name != "at"]
