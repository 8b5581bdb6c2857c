"""What a host project imports: the same key is judged alike by DRF, decorator and middleware."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import RequestFactory
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apikeys.decorators import api_key_required
from apikeys.domain.scopes import Resource
from apikeys.domain.verdict import Outcome, Verdict
from apikeys.drf import APIKeyAuthentication, HasPermission, HasScope, KeyUser
from apikeys.middleware import APIKeyMiddleware
from apikeys.operations import Actor, disable_key, issue_key, revoke_key
from tests.apikeys.visits import get, key

pytestmark = pytest.mark.django_db

UNKNOWN = "ks_unknown"
RESOURCE = [{"resource_type": "book", "resource_id": "7"}]


class Words(APIView):
    authentication_classes = [APIKeyAuthentication]
    permission_classes = [HasScope("words:read")]

    def get(self, request: Request) -> Response:
        return Response({"subject": str(request.user)})


@api_key_required(scopes=["words:read"])
def words(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"subject": request.api_key.subject})  # type: ignore[attr-defined]


class Gate(APIKeyMiddleware):
    required = True


def plain(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"subject": request.api_key.subject})  # type: ignore[attr-defined]


DOORS: dict[str, Callable[[HttpRequest], Any]] = {
    "drf": Words.as_view(),
    "decorator": words,
    "middleware": Gate(plain),
}
each_door = pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)


@each_door
def test_a_valid_key_gets_in_with_either_header(door: Callable[[HttpRequest], Any]) -> None:
    secret = key(scopes=["words:read"], subject="user_1")
    assert door(get(secret)).status_code == 200
    assert door(get(**{"X-API-Key": secret})).status_code == 200
    assert door(get(secret, **{"X-API-Key": secret})).status_code == 200
    assert door(get(**{"Authorization": f"bEaReR  {secret} "})).status_code == 200


@each_door
def test_two_different_credentials_are_a_bad_request(door: Callable[[HttpRequest], Any]) -> None:
    request = get(key(scopes=["words:read"]), **{"X-API-Key": key(scopes=["words:read"])})
    assert door(request).status_code == 400


@each_door
@pytest.mark.parametrize("place", ["query", "basic", "token", "cookie"])
def test_a_key_elsewhere_is_not_looked_at(door: Callable[[HttpRequest], Any], place: str) -> None:
    secret = key(scopes=["words:read"])
    requests = {
        "query": RequestFactory().get(f"/words?api_key={secret}"),
        "basic": get(Authorization=f"Basic {secret}"),
        "token": get(Authorization=f"Token {secret}"),
        "cookie": get(Cookie=f"api_key={secret}"),
    }
    response = door(requests[place])
    assert response.status_code == 401
    assert "Bearer" in response.headers["WWW-Authenticate"]


@each_door
def test_every_end_of_a_key_reads_alike(door: Callable[[HttpRequest], Any]) -> None:
    revoked = issue_key(Actor.system(), name="x", scopes=["words:read"])
    disabled = issue_key(Actor.system(), name="x", scopes=["words:read"])
    assert revoked.secret
    assert disabled.secret
    revoke_key(Actor.system(), revoked.key.public_id)
    disable_key(Actor.system(), disabled.key.public_id)
    answers = [
        door(get(secret))
        for secret in (UNKNOWN, revoked.secret.reveal(), disabled.secret.reveal(), "ks_live_" * 90)
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {
        'Bearer realm="keyservice", error="invalid_token"'
    }


@each_door
@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"enforce_https": True}, "https_required"),
        ({"allowed_ips": ["203.0.113.7"]}, "ip_not_allowed"),
        ({"allowed_domains": ["example.com"]}, "domain_not_allowed"),
        ({"enforce_mutual_tls": True}, "certificate_required"),
        ({"enforce_signing": True}, "signature_required"),
        ({"requires_client_secret": True}, "client_secret_required"),
        ({"allowed_environments": ["staging"]}, "wrong_environment"),
        ({"resource_scopes": RESOURCE}, "insufficient_scope"),
    ],
)
def test_a_broken_rule_is_forbidden(
    door: Callable[[HttpRequest], Any], rule: dict[str, Any], code: str
) -> None:
    response = door(get(key(scopes=["words:read"], **rule)))
    assert response.status_code == 403
    assert _body(response)["code"] == code


@each_door
def test_what_cannot_be_decided_is_unavailable(
    door: Callable[[HttpRequest], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "apikeys.api.admission.verify", lambda _: Verdict(Outcome.UNDETERMINED, retry_after=3)
    )
    response = door(get(UNKNOWN))
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "3"


@each_door
def test_a_limit_of_the_key_is_told_with_the_time_to_wait(
    door: Callable[[HttpRequest], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "apikeys.api.admission.verify", lambda _: Verdict(Outcome.RATE_LIMITED, retry_after=7)
    )
    response = door(get(UNKNOWN))
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "7"


def test_the_views_of_a_host_know_who_is_calling() -> None:
    secret = key(scopes=["words:read"], subject="user_1")
    seen: list[Any] = []

    class Seeing(Words):
        def get(self, request: Request) -> Response:
            seen.append(request)
            return Response()

    Seeing.as_view()(get(secret))
    assert isinstance(seen[0].user, KeyUser)
    assert str(seen[0].user) == seen[0].auth.subject == "user_1"
    assert not hasattr(seen[0].user, "pk")


def test_without_a_credential_the_next_authentication_is_asked() -> None:
    assert APIKeyAuthentication().authenticate(Request(get())) is None


@pytest.mark.parametrize(
    ("permission", "allowed"),
    [
        (HasScope("words:read"), True),
        (HasScope("words:write"), False),
        (HasScope("words:read", "words:write"), False),
        (HasScope("words:read") & HasScope("words:write"), False),
        (HasScope("words:read") | HasScope("words:write"), True),
        (~HasScope("words:write"), True),
        (HasScope("words:read") & ~HasScope("words:read"), False),
        (HasPermission("read"), True),
        (HasPermission("write"), True),
        (HasPermission("delete"), False),
    ],
)
def test_permissions_compose(permission: Any, allowed: bool) -> None:
    class View(Words):
        permission_classes = [permission]

    response = View.as_view()(get(key(scopes=["words:read"], permissions=["write"])))
    assert response.status_code == (200 if allowed else 403)


def test_a_missing_scope_is_named() -> None:
    response = Words.as_view()(get(key(scopes=["words:write"])))
    assert response.status_code == 403
    assert _body(response)["code"] == "insufficient_scope"
    assert "words:read" in _body(response)["detail"]
    answer = words(get(key(scopes=["words:write"])))
    assert _body(answer)["code"] == "insufficient_scope"
    assert 'scope="words:read"' in answer.headers["WWW-Authenticate"]


def test_a_scope_without_a_word_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(TypeError, match="HasScope"):
        HasScope()


def test_a_scope_asked_of_another_authentication_is_not_held() -> None:
    class View(APIView):
        authentication_classes = ()
        permission_classes = [HasScope("words:read")]

    assert View.as_view()(get()).status_code == 403


def test_the_host_names_environment_and_resource() -> None:
    class Placed(APIKeyAuthentication):
        def demands(self, request: Request) -> Any:
            return {"environment": "staging", "resource": Resource("book", "7")}

    class View(Words):
        authentication_classes = [Placed]

    @api_key_required(environment="staging", resource=lambda _, book: Resource("book", book))
    def book(request: HttpRequest, book: str) -> HttpResponse:
        return HttpResponse()

    bound = key(scopes=["words:read"], allowed_environments=["staging"], resource_scopes=RESOURCE)
    assert View.as_view()(get(bound)).status_code == 200
    assert book(get(bound), book="7").status_code == 200
    assert book(get(bound), book="8").status_code == 403


def test_an_asynchronous_view_is_protected_too() -> None:
    @api_key_required(permissions=["write"])
    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("in")

    assert asyncio.iscoroutinefunction(view)
    assert asyncio.run(view(get())).status_code == 401


def test_a_protected_view_is_exempt_from_the_csrf_check() -> None:
    assert words.csrf_exempt is True  # type: ignore[attr-defined]


def test_the_middleware_alone_rejects_nobody() -> None:
    seen: list[Any] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.api_key)  # type: ignore[attr-defined]
        return HttpResponse()

    through = APIKeyMiddleware(view)
    both = get(key(), **{"X-API-Key": key()})
    for request in (get(), get(UNKNOWN), both, get(key(enforce_https=True)), get(key())):
        assert through(request).status_code == 200
    assert seen[:4] == [None, None, None, None]
    assert seen[4].name == "test"


def test_a_request_that_nobody_asks_about_costs_no_query(
    django_assert_num_queries: Any,
) -> None:
    secret = key()
    with django_assert_num_queries(0):
        APIKeyMiddleware(lambda _: HttpResponse())(get(secret))


def _body(response: HttpResponse) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(response.content)
    return body
