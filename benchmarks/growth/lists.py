"""Pages of the key list over HTTP, near its beginning, in its middle, at its end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

from apikeys.api import cursors
from apikeys.api.cursors import Position
from apikeys.domain.keyrings import parse_ring
from benchmarks.contenders.ours import target_of
from benchmarks.load import ask_each
from benchmarks.report import verdict
from benchmarks.rounds import tell
from benchmarks.stage import Stage
from benchmarks.wire import Expectation, request
from tests.service import Service

PATH = "/api/v1/api_keys"
HAS_ROWS = Expectation(200, b'"results":[{')
MILLISECONDS_MAX = 10
DEPTHS = {"beginning": 0.0, "middle": 0.5, "end": 0.999}  # parts of the list above the page
REQUESTS = 200


def lists(stage: Stage, service: Service, newest: int) -> Iterator[list[str]]:
    """A line for every depth, below the row of the newest key."""
    tell("pages of the list")
    for where, depth in DEPTHS.items():
        target = target_of(service, HAS_ROWS, connections=1)
        cost = ask_each(target, [_page(stage, newest, depth, number) for number in range(REQUESTS)])
        p50, p99 = cost.percentile(50), cost.percentile(99)
        met = verdict(is_met=p50 <= MILLISECONDS_MAX)
        name = f"page of 20 keys over HTTP, {where} of the list"
        yield [name, f"{p50:.2f}", f"{p99:.2f}", f"≤ {MILLISECONDS_MAX}", met]


def _page(stage: Stage, newest: int, depth: float, number: int) -> bytes:
    position = Position(newest - int(stage.options.big * depth) - number * 20)
    # What a cursor is bound to, see `apikeys.api.pagination`: nobody could walk to the middle.
    binding = json.dumps([PATH, "every tenant", []]).encode()
    cursor = cursors.seal(parse_ring(stage.ring), binding, position, datetime.now(UTC))
    credential = {"Authorization": f"Bearer {stage.root_key}"}
    return request("GET", f"{PATH}?{urlencode({'cursor': cursor})}", credential)
