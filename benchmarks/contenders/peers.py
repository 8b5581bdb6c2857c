"""Other ways to check a key in Django, each a project of its own under `benchmarks/peers`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlencode

from benchmarks.contender import Aim, Contender, no_less_than, over_http
from benchmarks.load import Target, answers
from benchmarks.stage import Stage, child, execute, granian
from benchmarks.wire import Expectation, request
from tests.service import REPOSITORY

PEERS = REPOSITORY / "benchmarks" / "peers"
INTROSPECTOR = "introspector"  # the token in its seed.sql that may ask about others


@contextmanager
def drf_api_key(stage: Stage) -> Iterator[list[Contender]]:
    """djangorestframework-api-key: `HasAPIKey` before a view that does nothing."""
    keys = [f"{number:08d}.{mark(number)}" for number in drawn(stage)]
    requests = [request("GET", "/", {"Authorization": f"Api-Key {key}"}) for key in keys]
    aims = [no_less_than(10, "lane"), no_less_than(3, "view")]
    yield from _served(stage, "drf_api_key", "djangorestframework-api-key", requests, aims)


@contextmanager
def plain_drf(stage: Stage) -> Iterator[list[Contender]]:
    """The obvious implementation: look the digest up, note the use."""
    keys = [f"plain_{mark(number)}" for number in drawn(stage)]
    requests = [request("GET", "/", {"Authorization": f"Bearer {key}"}) for key in keys]
    aims = [no_less_than(15, "lane")]
    yield from _served(stage, "plain_drf", "plain DRF, select + update", requests, aims)


@contextmanager
def oauth_toolkit(stage: Stage) -> Iterator[list[Contender]]:
    """django-oauth-toolkit: its introspection, asked with a token that may introspect."""
    headers = {
        "Authorization": f"Bearer {INTROSPECTOR}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    forms = [urlencode({"token": f"token_{mark(number)}"}).encode() for number in drawn(stage)]
    requests = [request("POST", "/introspect/", headers, form) for form in forms]
    aims = [no_less_than(30, "lane")]
    name = "django-oauth-toolkit introspection"
    yield from _served(stage, "oauth_toolkit", name, requests, aims, b'"active": true')


def drawn(stage: Stage) -> Sequence[int]:
    """Numbers of the keys to ask for: as many as of ours, spread over all that are stored."""
    return range(1, stage.options.keys + 1, max(1, stage.options.keys // stage.options.hot))


def mark(number: int) -> str:
    """The part of a peer's key that `md5(i::text)` makes in its seed.sql."""
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


def prepared(stage: Stage, name: str, *, database: str = "") -> dict[str, str]:
    """Make a database of the peer; the environment of its processes."""
    environment = {
        "DATABASE_URL": stage.database(database or name),
        "DJANGO_SETTINGS_MODULE": f"benchmarks.peers.{name}.settings",
    }
    child("django", environment, "migrate", "--run-syncdb", "--verbosity", "0")
    seed = PEERS / name / "seed.sql"
    execute(environment["DATABASE_URL"], seed, {"count": stage.options.keys})
    return environment


def _served(
    stage: Stage,
    id: str,
    name: str,
    requests: Sequence[bytes],
    aims: Sequence[Aim],
    marker: bytes = b'"ok":true',
) -> Iterator[list[Contender]]:
    environment, log = prepared(stage, id), stage.scratch / f"{id}.log"
    application = "benchmarks.peers.wsgi:application"
    with granian(application, stage.options.workers, log, environment) as (kept, port):
        target = Target(port, kept.pid, Expectation(200, marker))
        kept.wait_until(lambda: answers(target, requests[0]))
        yield [over_http(id, name, target, requests, aims=aims)]
