"""What one call costs inside of a process, run as a process of its own.

Standard input is a JSON object: `of` (ours, theirs), `keys` (plaintexts), `seconds` of calling.
Every key is met before the clock starts. Prints how many calls, their seconds and CPU seconds.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence

import django
from django.test import RequestFactory
from rest_framework.request import Request

Call = Callable[[Request], bool]


def main(of: str, keys: Sequence[str], seconds: float) -> None:
    """Call and print."""
    django.setup()
    call, scheme = CALLS[of]()
    _pass(call, scheme, keys)
    calls, took, spent = 0, 0.0, 0.0
    while took < seconds:
        clock, cpu = _pass(call, scheme, keys)
        calls, took, spent = calls + len(keys), took + clock, spent + cpu
    json.dump([calls, took, spent], sys.stdout)


def _pass(call: Call, scheme: str, keys: Sequence[str]) -> tuple[float, float]:
    """Every key once; the seconds of the clock and of the processor that the calls took."""
    factory = RequestFactory(HTTP_HOST="127.0.0.1")
    headers = [{"authorization": f"{scheme} {key}"} for key in keys]
    requests = [Request(factory.get("/", headers=header)) for header in headers]
    began, spent = time.perf_counter(), time.process_time()
    right = sum(map(call, requests))
    took = time.perf_counter() - began, time.process_time() - spent
    assert right == len(keys)
    return took


def _ours() -> tuple[Call, str]:
    from apikeys.drf import APIKeyAuthentication

    authentication = APIKeyAuthentication()
    return lambda request: authentication.authenticate(request) is not None, "Bearer"


def _theirs() -> tuple[Call, str]:
    from rest_framework_api_key.permissions import HasAPIKey

    permission = HasAPIKey()
    return lambda request: permission.has_permission(request, None), "Api-Key"


CALLS = {"ours": _ours, "theirs": _theirs}

if __name__ == "__main__":
    main(**json.load(sys.stdin))
