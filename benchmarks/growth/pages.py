"""The list of keys in the admin: as it opens, and its search, with the columns people see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import requests

from benchmarks.contenders.ours import target_of
from benchmarks.load import ask_each
from benchmarks.options import Options
from benchmarks.report import verdict
from benchmarks.rounds import tell
from benchmarks.wire import Expectation, request
from tests.service import Service

PATH = "/admin/apikeys/apikey/"
IS_LIST = Expectation(200, b"changelist")
MILLISECONDS_MAX = 300
REQUESTS = 5


def pages(options: Options, service: Service) -> Iterator[list[str]]:
    """A line for the list, and one for each kind of search."""
    tell("the admin")
    cookies = {"Cookie": _signed_in(service)}
    target = target_of(service, IS_LIST, connections=1)
    for name, text in _searches(options):
        query = f"?{urlencode({'q': text})}" if text else ""
        asked = [request("GET", PATH + query, cookies)] * REQUESTS
        cost = ask_each(target, asked)
        p50, p99 = cost.percentile(50), cost.percentile(99)
        met = verdict(is_met=p50 <= MILLISECONDS_MAX)
        yield [f"admin, {name}", f"{p50:.1f}", f"{p99:.1f}", f"≤ {MILLISECONDS_MAX}", met]


def _searches(options: Options) -> Iterator[tuple[str, str]]:
    yield "list of keys", ""
    yield "search for a part of one name", f"ice {options.big - 1}"
    yield "search for a part of every name", "service"
    yield "search for what is nowhere", "no such name"
    yield "search for a subject", "user_4711"


def _signed_in(service: Service) -> str:
    """The cookies of the superuser."""
    with requests.Session() as session:
        session.trust_env = False
        form = session.get(f"{service.url}/admin/login/", timeout=30).text
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert found
        proof = {"username": "admin", "password": service.admin_password}
        answer = session.post(
            f"{service.url}/admin/login/",
            data={**proof, "csrfmiddlewaretoken": found[1], "next": PATH},
            headers={"Referer": f"{service.url}/admin/login/"},
            timeout=60,
        )
        assert answer.url.endswith(PATH), answer.url
        return "; ".join(f"{name}={value}" for name, value in session.cookies.items())
