"""What a verify costs, as a multiple of what an empty Django view costs.

A real service on a real PostgreSQL with many keys, one worker process each; rounds of both are
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
            costs = _rounds(empty, _verify(service), plaintexts, options.requests)
        service.stop()
    _report(*costs, keys=options.keys)


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
def _empty_view(scratch: Path) -> Iterator[Target]:
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
    yield Target(url, server.pid, {}, lambda status, body: (status, body) == (200, b""))
    server.stop()


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def _verify(service: Service) -> Target:
    headers = {
        "Authorization": f"Bearer {service.root_key}",
        "Content-Type": "application/json",
    }
    url = f"{service.url}/api/v1/api_keys/verify"
    return Target(url, service.pid, headers, _says_valid)


def _says_valid(status: int, body: bytes) -> bool:
    return status == 200 and json.loads(body)["code"] == "valid"


def _rounds(
    empty: Target, verify: Target, plaintexts: list[str], count: int
) -> tuple[list[Cost], list[Cost]]:
    draw = random.Random(1)  # noqa: S311 - the same keys in every run, not a secret
    costs: tuple[list[Cost], list[Cost]] = ([], [])
    for number in range(ROUNDS + 1):
        drawn = draw.choices(plaintexts, k=count)
        bodies = [json.dumps({"secret": plaintext}).encode() for plaintext in drawn]
        # A view that reads no body gets none: granian would close the connection on it.
        pair = measure(empty, [b""] * count), measure(verify, bodies)
        if number:  # the first round only warms up
            for kept, cost in zip(costs, pair, strict=True):
                kept.append(cost)
    return costs


def _report(empty: list[Cost], verify: list[Cost], *, keys: int) -> None:
    base = statistics.median(cost.cpu_per_thousand for cost in empty)
    print(f"{keys:,} keys in PostgreSQL, one worker process, medians of {ROUNDS} rounds")
    print(ROW.format("what", "req/s", "CPU s per 1k", "÷ empty", "target"))
    for name, costs, target in (
        ("empty Django view", empty, ""),
        ("verify through the Django view", verify, "≤ 3"),
    ):
        cpu = statistics.median(cost.cpu_per_thousand for cost in costs)
        rate = statistics.median(cost.per_second for cost in costs)
        print(ROW.format(name, f"{rate:,.0f}", f"{cpu:.3f}", f"{cpu / base:.2f}", target))
    print("CPU is user and system time of the web server alone; the client in Python bounds req/s.")


if __name__ == "__main__":
    main()
