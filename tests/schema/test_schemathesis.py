"""Thousands of requests that Schemathesis draws from our OpenAPI documents, to a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apikeys.api.documents import document_of
from tests.mounted import dialects, surfaces
from tests.schema.hooks import SPARED
from tests.service import REPOSITORY, Service

CASES_MIN = 1_000
CASES_MIN_OF_A_DIALECT = 40
SEED = 20_380_119
RUN_SECONDS_MAX = 240
HERE = Path(__file__).parent
NATIVE = {"config": "schemathesis.toml", "phases": "coverage,fuzzing,stateful"}
DIALECT = {"config": "dialects.toml", "phases": "fuzzing"}


@pytest.fixture(scope="module")
def service(start_service: Callable[..., Service]) -> Service:
    """One of its own: what is drawn leaves much behind."""
    return start_service()


def test_no_request_drawn_from_the_document_breaks_it_or_the_service(
    service: Service, tmp_path: Path
) -> None:
    told = drawn(service, "api/v1/", tmp_path, **NATIVE)
    assert told["checked"] >= CASES_MIN
    assert_sound(service)


@pytest.mark.parametrize(
    "prefix", [it.mount.prefix for it in surfaces() if document_of(it.mount)["paths"]]
)
def test_no_request_drawn_from_a_dialects_document_breaks_it_or_the_service(
    prefix: str, service: Service, tmp_path: Path
) -> None:
    told = drawn(service, prefix, tmp_path, **DIALECT)
    assert told["checked"] >= CASES_MIN_OF_A_DIALECT
    assert_sound(service)


def assert_sound(service: Service) -> None:
    """The service still answers its root key, and has not broken down."""
    assert service.call("GET", "/api/v1/api_keys").status_code == 200
    assert "request broke down" not in service.log_text()


def drawn(
    service: Service, prefix: str, directory: Path, *, config: str, phases: str
) -> dict[str, Any]:
    """All that is drawn for every operation of the document below the prefix, as the root key."""
    report = directory / "report.json"
    run = run_schemathesis(service, prefix, report, config, phases)
    assert run.returncode == 0, run.stdout + run.stderr
    told: dict[str, Any] = json.loads(report.read_text())
    assert told["operations"]["tested"] == told["operations"]["total"] > 0
    assert told["seed"] == SEED
    cases = told["test_cases"]
    return {"checked": cases["generated"] - cases["without_checks"] - cases["errored"]}


def run_schemathesis(
    service: Service, prefix: str, report: Path, config: str, phases: str
) -> subprocess.CompletedProcess[str]:
    options = {
        "--header": f"Authorization: Bearer {service.root_key}",
        "--phases": phases,
        "--report": "json",
        "--report-json-path": report,
        "--seed": SEED,
        "--workers": 1,
    }
    words = [f"{name}={value}" for name, value in options.items()]
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / config)),
            *("run", *words, f"{service.url}/{prefix}openapi.json"),
        ],
        cwd=report.parent,  # it leaves a directory of its own behind
        env={
            **os.environ,
            SPARED: "\n".join(names_of_root(service)),
            "PYTHONPATH": str(REPOSITORY),
        },
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS_MAX,
        check=False,
    )


def names_of_root(service: Service) -> Iterator[str]:
    """All that the credential of the run is called, on whatever surface."""
    [root] = service.call("GET", "/api/v1/api_keys?name=root&status=active").json()["results"]
    yield root["id"]
    for dialect in dialects():
        yield from dialect.part("addressing").names_of(root, service)
