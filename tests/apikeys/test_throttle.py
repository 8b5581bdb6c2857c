"""The throttle for views of a host project."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apikeys.drf import APIKeyAuthentication, APIKeyThrottle, HasScope
from tests.apikeys.visits import get, key

pytestmark = pytest.mark.django_db


class Words(APIView):
    authentication_classes = [APIKeyAuthentication]
    permission_classes = [HasScope("words:read")]

    def get(self, request: Request) -> Response:
        return Response({"subject": str(request.user)})


@pytest.fixture
def throttled() -> type[Words]:
    """A view that throttles each key at three a minute."""
    cache.clear()

    class Three(APIKeyThrottle):
        rate = "3/minute"

    class View(Words):
        throttle_classes = [Three]

    return View


def statuses(view: type[APIView], secret: str, count: int) -> list[int]:
    return [view.as_view()(get(secret)).status_code for _ in range(count)]


def test_a_key_is_throttled_at_the_rate_of_the_view(throttled: type[Words]) -> None:
    secret = key(scopes=["words:read"])
    assert statuses(throttled, secret, 3) == [200] * 3
    refused = throttled.as_view()(get(secret))
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert statuses(throttled, key(scopes=["words:read"]), 1) == [200]


def test_the_keys_own_limit_is_counted_once(throttled: type[Words]) -> None:
    class View(Words):
        throttle_classes = [APIKeyThrottle]

    assert statuses(View, key(scopes=["words:read"], requests_per_minute=2), 3) == [200, 200, 429]
    assert statuses(throttled, key(scopes=["words:read"], requests_per_minute=3), 3) == [200] * 3


def test_the_rate_of_the_project_is_that_of_its_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ours(APIKeyThrottle):
        scope = "ours"

    class View(Words):
        throttle_classes = [APIKeyThrottle]

    cache.clear()
    assert APIKeyThrottle().rate is None
    monkeypatch.setattr(APIKeyThrottle, "THROTTLE_RATES", {"api_key": "1/day"})
    assert statuses(View, key(scopes=["words:read"]), 2) == [200, 429]
    with pytest.raises(ImproperlyConfigured):
        Ours()


def test_a_request_without_a_key_is_not_throttled(throttled: type[Words]) -> None:
    class Open(throttled):  # type: ignore[misc, valid-type]  # made by a fixture
        permission_classes: list[Any] = []

    answers = [Open.as_view()(get()) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200] * 4
