"""This service, as `keyservice up` runs it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

from benchmarks.contender import Aim, Contender, never_twice, no_more_than, over_http
from benchmarks.contenders.empty import one_empty
from benchmarks.cores import SERVERS, running_on
from benchmarks.load import Cost, Target, ask_each
from benchmarks.stage import Stage, child, served
from benchmarks.wire import Expectation, json_post, request
from tests.service import Service

VERIFY = "/api/v1/api_keys/verify"
IS_VALID = Expectation(200, b'"valid":true')
IS_TOKEN = Expectation(200, b'"access_token"')
WITHOUT_LANE = {"KEYSERVICE_FAST_LANE": "off"}
EMBEDDED_KEYS = 2_000
MISSES_WARM = 200
MISSES_PER_SECOND_MAX = 2_000
EVERY_WORKER = 8  # times each key is asked for, until all processes have met nearly all


@contextmanager
def deployment(stage: Stage) -> Iterator[list[Contender]]:
    """Verify through the fast lane, what the worker does of it afterwards, and tokens."""
    environment = stage.deployment(stage.main)
    with served(stage.directory("lane"), environment) as service:
        lane = over_http(
            "lane",
            "verify, fast lane",
            target_of(service),
            verifies(stage, stage.hot),
            aims=[no_more_than(0.9, "empty")],
            warm=stage.options.hot * EVERY_WORKER,
            paced=True,
        )
        yield [lane, _worker(stage), _tokens(stage, service)]


@contextmanager
def without_lane(stage: Stage) -> Iterator[list[Contender]]:
    """Verify through the Django view, on a second node of the same deployment."""
    environment = stage.deployment(stage.main) | WITHOUT_LANE
    with served(stage.directory("view"), environment) as service:
        yield [
            over_http(
                "view",
                "verify, Django view",
                target_of(service),
                verifies(stage, stage.hot),
                aims=[no_more_than(3, "empty")],
                warm=stage.options.hot * EVERY_WORKER,
                paced=True,
            )
        ]


@contextmanager
def misses(stage: Stage) -> Iterator[list[Contender]]:
    """Verify on a node that has not met any of the keys, as after a restart; another one has."""
    requests = verifies(stage, stage.keys.secrets)
    random.Random(1).shuffle(requests)  # noqa: S311 - the order of a benchmark
    options = stage.options
    del requests[round(options.rounds * options.seconds * MISSES_PER_SECOND_MAX) + MISSES_WARM :]
    with served(stage.directory("met"), stage.deployment(stage.main)) as service:
        ask_each(target_of(service), requests)
    with served(stage.directory("misses"), stage.deployment(stage.main)) as service:
        yield [
            never_twice(
                "miss",
                "verify, every key read anew",
                target_of(service),
                requests,
                aims=[no_more_than(5, "lane")],
                warm=MISSES_WARM,
                rounds=stage.options.rounds,
            )
        ]


@contextmanager
def embedded(stage: Stage) -> Iterator[list[Contender]]:
    """The whole service in one process, on SQLite."""
    data = stage.directory("embedded")
    data.chmod(0o700)
    keys = stage.seed({"KEYSERVICE_DATA_DIR": str(data)}, count=EMBEDDED_KEYS)
    with served(data, {}) as service, one_empty(stage) as yardstick:
        verify = over_http(
            "embedded",
            "verify, embedded (SQLite, one process)",
            target_of(service),
            [verify_request(keys.caller, secret) for secret in keys.secrets],
            aims=[Aim("empty-1", 1, at_most=False, by_rate=True)],
            warm=EMBEDDED_KEYS * 2,
        )
        yield [yardstick, verify]


def target_of(
    service: Service, expectation: Expectation = IS_VALID, connections: int = 32
) -> Target:
    """The service as the load generator takes it."""
    return Target(urlsplit(service.url).port or 0, service.pid, expectation, connections)


def verifies(stage: Stage, secrets: Sequence[str]) -> list[bytes]:
    """A verify of each, asked by the caller of the main database."""
    caller = stage.keys.caller
    return [verify_request(caller, secret) for secret in secrets]


def verify_request(caller: str, secret: str) -> bytes:
    """What a service sends us for each request of its own."""
    body = json.dumps({"secret": secret}).encode()
    return json_post(VERIFY, body, {"Authorization": f"Bearer {caller}"})


def _worker(stage: Stage) -> Contender:
    environment = stage.deployment(stage.main)
    environment["DJANGO_SETTINGS_MODULE"] = "keyservice.settings"
    environment["KEYSERVICE_DATA_DIR"] = str(stage.directory("worker"))

    def measure(seconds: float) -> Cost:
        with running_on(SERVERS):
            printed = child(
                "benchmarks.rolling_up", environment, order=json.dumps({"seconds": 4 * seconds})
            )
        return Cost(*json.loads(printed))

    return Contender("worker", "one worker, events rolled up", measure)


def _tokens(stage: Stage, service: Service) -> Contender:
    root = stage.root_key
    made = service.call("POST", "/api/v1/clients", key=root, json={"scopes": ["orders:read"]})
    client = made.json()["client_id"]
    path = f"/api/v1/clients/{client}/access_keys"
    secret = service.call("POST", path, key=root).json()["client_secret"]
    proof = {"client_id": client, "client_secret": secret}
    form = urlencode({"grant_type": "client_credentials", **proof}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    asked = [request("POST", "/oauth/token", kind, form)]
    target = target_of(service, IS_TOKEN)
    aims = [no_more_than(2.5, "empty")]
    return over_http("token", "token for a generated secret", target, asked, aims=aims)
