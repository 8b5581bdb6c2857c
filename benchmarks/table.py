"""What a verify and a token cost, as multiples of what an empty Django view costs.

A real service on a real PostgreSQL with many keys, one worker process each; rounds of all are
interleaved and the medians compared. Compare ratios between machines, never the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import django
import requests

from benchmarks.load import Cost, Target, measure
from tests.servers.kept import Kept
from tests.servers.postgres import Postgres, create_database
from tests.service import REPOSITORY, Service, free_port

ROUNDS = 3
ROW = "{:<44} {:>9} {:>14} {:>9} {:>8}"


def main() -> None:
    """Start everything, measure, print the table."""
    options = _options()
    with tempfile.TemporaryDirectory() as scratch, _postgres() as database:
        environment = {"DATABASE_URL": database, "KEYSERVICE_KEYS": secrets.token_urlsafe(32)}
        service = Service(Path(scratch), dict(environment))
        plaintexts = _seeded(environment | {"KEYSERVICE_DATA_DIR": scratch}, options.keys)
        with _empty_view(Path(scratch)) as empty:
            rows = [empty, _verify(service, plaintexts), _token(service)]
            costs = _rounds(rows, options.requests)
        service.stop()
    _report(rows, costs, keys=options.keys)


@dataclass(frozen=True, slots=True)
class Row:
    """What is measured, with the bodies of a round and what is aimed at."""

    name: str
    target: Target
    bodies: Callable[[int], Sequence[bytes]]
    aim: str = ""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=100_000, help="keys in the database")
    parser.add_argument("--requests", type=int, default=4_000, help="requests in a round")
    return parser.parse_args()


@contextmanager
def _postgres() -> Iterator[str]:
    server = Postgres()
    yield create_database(server.url(), "benchmark")
    server.stop()


def _seeded(environment: dict[str, str], count: int) -> list[str]:
    os.environ.update(environment, DJANGO_SETTINGS_MODULE="keyservice.settings")
    django.setup()
    from django.db import connections

    from benchmarks.seeding import seed

    plaintexts = seed(count)
    with connections["default"].cursor() as cursor:
        cursor.execute("ANALYZE")
    connections.close_all()
    return plaintexts


@contextmanager
def _empty_view(scratch: Path) -> Iterator[Row]:
    port = free_port()
    url = f"http://127.0.0.1:{port}/empty"
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws"]
    command += ["--port", str(port), "--workers", "1", "--blocking-threads", "4"]
    server = Kept(
        [*command, "benchmarks.empty_view:application"],
        log=scratch / "empty.log",
        directory=REPOSITORY,
    )
    server.wait_until(lambda: _answers(url))
    target = Target(url, server.pid, {}, lambda status, body: (status, body) == (200, b""))
    # A view that reads no body gets none: granian would close the connection on it.
    yield Row("empty Django view", target, lambda count: [b""] * count)
    server.stop()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def _verify(service: Service, plaintexts: list[str]) -> Row:
    headers = {
        "Authorization": f"Bearer {service.root_key}",
        "Content-Type": "application/json",
    }
    url = f"{service.url}/api/v1/api_keys/verify"
    draw = random.Random(1)  # noqa: S311 - the same keys in every run, not a secret

    def bodies(count: int) -> list[bytes]:
        drawn = draw.choices(plaintexts, k=count)
        return [json.dumps({"secret": plaintext}).encode() for plaintext in drawn]

    target = Target(url, service.pid, headers, _says_valid)
    return Row("verify through the Django view", target, bodies, "≤ 3")


def _says_valid(status: int, body: bytes) -> bool:
    return status == 200 and json.loads(body)["code"] == "valid"


def _token(service: Service) -> Row:
    client = service.call("POST", "/api/v1/clients", json={"scopes": ["orders:read"]}).json()
    path = f"/api/v1/clients/{client['client_id']}/access_keys"
    secret = service.call("POST", path).json()["client_secret"]
    proof = {"client_id": client["client_id"], "client_secret": secret}
    form = urlencode({"grant_type": "client_credentials", **proof}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    target = Target(f"{service.url}/oauth/token", service.pid, headers, _is_token)
    return Row("token for a generated secret", target, lambda count: [form] * count)


def _is_token(status: int, body: bytes) -> bool:
    return status == 200 and json.loads(body)["expires_in"] > 0


def _rounds(rows: Sequence[Row], count: int) -> list[list[Cost]]:
    """The costs of each row, by round; the rows take turns."""
    costs: list[list[Cost]] = [[] for _ in rows]
    for number in range(ROUNDS + 1):
        measured = [measure(row.target, row.bodies(count)) for row in rows]
        if number:  # the first round only warms up
            for kept, cost in zip(costs, measured, strict=True):
                kept.append(cost)
    return costs


def _report(rows: Sequence[Row], costs: Sequence[list[Cost]], *, keys: int) -> None:
    base = statistics.median(cost.cpu_per_thousand for cost in costs[0])
    print(f"{keys:,} keys in PostgreSQL, one worker process, medians of {ROUNDS} rounds")
    print(ROW.format("what", "req/s", "CPU s per 1k", "÷ empty", "target"))
    for row, measured in zip(rows, costs, strict=True):
        cpu = statistics.median(cost.cpu_per_thousand for cost in measured)
        rate = statistics.median(cost.per_second for cost in measured)
        figures = (f"{rate:,.0f}", f"{cpu:.3f}", f"{cpu / base:.2f}")
        print(ROW.format(row.name, *figures, row.aim))
    print("CPU is user and system time of the web server alone; the client in Python bounds req/s.")


if __name__ == "__main__":
    main()
