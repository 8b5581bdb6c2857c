"""Thousands of requests that Schemathesis draws from our own OpenAPI document, to a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.schema.hooks import SPARED
from tests.service import REPOSITORY, Service

CASES_MIN = 1_000
SEED = 20_380_119
RUN_SECONDS_MAX = 240
PHASES = "coverage,fuzzing,stateful"
CONFIG = Path(__file__).with_name("schemathesis.toml")


def test_no_request_drawn_from_the_document_breaks_it_or_the_service(
    start_service: Callable[..., Service], tmp_path: Path
) -> None:
    service = start_service()
    report = tmp_path / "report.json"
    run = run_schemathesis(service, report)
    assert run.returncode == 0, run.stdout + run.stderr
    told = json.loads(report.read_text())
    cases = told["test_cases"]
    assert cases["generated"] - cases["without_checks"] - cases["errored"] >= CASES_MIN
    assert told["operations"]["tested"] == told["operations"]["total"] > 0
    assert told["seed"] == SEED
    assert service.call("GET", "/api/v1/api_keys").status_code == 200
    assert "request broke down" not in service.log_text()


def run_schemathesis(service: Service, report: Path) -> subprocess.CompletedProcess[str]:
    """All that is drawn for every operation of the document, as the root key."""
    [root] = service.call("GET", "/api/v1/api_keys").json()["results"]
    options = {
        "--header": f"Authorization: Bearer {service.root_key}",
        "--phases": PHASES,
        "--report": "json",
        "--report-json-path": report,
        "--seed": SEED,
        "--workers": 1,
    }
    words = [f"{name}={value}" for name, value in options.items()]
    return subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run"),
            *(*words, f"{service.url}/api/v1/openapi.json"),
        ],
        cwd=report.parent,  # it leaves a directory of its own behind
        env={**os.environ, SPARED: root["id"], "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS_MAX,
        check=False,
    )
