"""What the lane leaves to Django is not judged, and so not counted, a second time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler

from apikeys.api import quick
from apikeys.lane import FastLane
from apikeys.operations.verify import verify_for
from tests.apikeys.lane.servers import Asked
from tests.factories import minted

pytestmark = pytest.mark.usefixtures("servers")


@pytest.mark.parametrize("caller", ["nobody", "ks_live_nobody"])
def test_a_refused_caller_is_judged_once(monkeypatch: pytest.MonkeyPatch, caller: str) -> None:
    judged: list[Any] = []
    monkeypatch.setattr(quick, "verify_for", noting(judged, verify_for))
    secret = minted()[1]
    asked = Asked(
        json.dumps({"secret": secret}).encode(), {"HTTP_AUTHORIZATION": f"Bearer {caller}"}
    )
    statuses: list[str] = []
    answer: Any = FastLane(WSGIHandler())
    b"".join(answer(asked.fresh(), lambda status, _: statuses.append(status)))
    assert statuses == ["401 Unauthorized"]
    assert len(judged) == 1


def noting(calls: list[Any], inner: Callable[..., Any]) -> Callable[..., Any]:
    """The function, and a note of each call."""

    def called(*given: Any, **named: Any) -> Any:
        calls.append(given)
        return inner(*given, **named)

    return called
