"""Functions called inside of a process, without any server: what a host project pays."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from benchmarks.contender import Aim, Contender, no_less_than
from benchmarks.contenders.peers import drawn, mark, prepared
from benchmarks.cores import SERVERS, running_on
from benchmarks.load import Cost
from benchmarks.stage import Stage, child

KEYS = 500


@contextmanager
def functions(stage: Stage) -> Iterator[list[Contender]]:
    """Ours and that of djangorestframework-api-key, each with its own database."""
    hosted = {**stage.deployment(stage.main), "DJANGO_SETTINGS_MODULE": "keyservice.settings"}
    hosted["KEYSERVICE_DATA_DIR"] = str(stage.directory("hosted"))
    theirs = [f"{number:08d}.{mark(number)}" for number in drawn(stage)[:KEYS]]
    peer = prepared(stage, "drf_api_key", database="in_process")
    aims = [no_less_than(5, "function")]
    yield [
        _called("function", "authenticate() in-process", "ours", hosted, stage.hot[:KEYS]),
        _called("has-api-key", "HasAPIKey in-process", "theirs", peer, theirs, aims),
    ]


def _called(
    id: str,
    name: str,
    of: str,
    environment: Mapping[str, str],
    keys: Sequence[str],
    aims: Sequence[Aim] = (),
) -> Contender:
    def measure(seconds: float) -> Cost:
        order = {"of": of, "keys": keys, "seconds": seconds}
        with running_on(SERVERS):
            printed = child("benchmarks.in_process", environment, order=json.dumps(order))
        return Cost(*json.loads(printed))

    return Contender(id, name, measure, aims=aims)
