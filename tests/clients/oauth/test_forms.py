"""Hostile forms: each is refused in the words of RFC 6749, and leaves nothing behind."""

from __future__ import annotations

import base64
import time
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.clients.machines import Machine, machine
from tests.clients.oauth.conforms import assert_refusal
from tests.hostile.test_table import everything_stored

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
GRANT = "grant_type=client_credentials"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def post(path: str, body: bytes | str, kind: str = FORM, **headers: str) -> Any:
    browser = Client(raise_request_exception=False)
    return browser.post(path, body, content_type=kind, headers=headers)


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def proof(it: Machine) -> str:
    return urlencode({"client_id": it.client_id, "client_secret": it.client_secret})


REFUSED: dict[str, tuple[str, int, str]] = {
    "empty": ("", 400, "invalid_request"),
    "no grant": ("{proof}", 400, "invalid_request"),
    "another grant": ("grant_type=password&{proof}", 400, "unsupported_grant_type"),
    "no proof": (GRANT, 401, "invalid_client"),
    "a secret without a client": (GRANT + "&client_secret=x", 400, "invalid_request"),
    "a wrong secret": (GRANT + "&client_id={id}&client_secret=x", 401, "invalid_client"),
    "an unknown client": (GRANT + "&client_id=sc_x&client_secret=x", 401, "invalid_client"),
    "another client's secret": (
        GRANT + "&client_id={other}&client_secret={secret}",
        401,
        "invalid_client",
    ),
    "a parameter twice": (GRANT + "&{proof}&scope=a&scope=b", 400, "invalid_request"),
    "a parameter that we take twice": (GRANT + "&" + GRANT + "&{proof}", 400, "invalid_request"),
    "NUL": (GRANT + "&{proof}&scope=%00", 400, "invalid_request"),
    "not UTF-8": (GRANT + "&{proof}&scope=%ff", 400, "invalid_request"),
    "a hundred parameters": ("&".join(f"a{n}=1" for n in range(100)), 400, "invalid_request"),
    "a scope with a quote": (GRANT + "&{proof}&scope=%22", 400, "invalid_scope"),
    "two spaces between scopes": (GRANT + "&{proof}&scope=a++b", 400, "invalid_scope"),
    "a scope that is not held": (GRANT + "&{proof}&scope=audit%3Aread", 400, "invalid_scope"),
    "a resource that is no URI": (GRANT + "&{proof}&resource=here", 400, "invalid_target"),
    "a resource with a fragment": (
        GRANT + "&{proof}&resource=https%3A%2F%2Fa.example%2F%23b",
        400,
        "invalid_target",
    ),
    "two proofs": (GRANT + "&{proof}&client_assertion_type=x", 400, "invalid_request"),
    "an assertion of another type": (
        GRANT + "&client_assertion_type=saml&client_assertion=x",
        400,
        "invalid_request",
    ),
    "an assertion that is none": (
        f"{GRANT}&client_assertion_type={JWT_BEARER}&client_assertion=x",
        401,
        "invalid_client",
    ),
    "very long": (GRANT + "&scope=" + "a" * 70_000, 413, "invalid_request"),
}


@pytest.mark.parametrize("title", REFUSED)
def test_a_hostile_form_is_refused(title: str) -> None:
    form, status, error = REFUSED[title]
    it, other = machine(), machine()
    before = everything_stored()
    names = {"{proof}": proof(it), "{id}": it.client_id, "{secret}": it.client_secret}
    for place, text in {**names, "{other}": other.client_id}.items():
        form = form.replace(place, text)
    answer = post("/oauth/token", form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert_refusal(answer.status_code, dict(answer.headers), answer.content)
    assert it.client_secret.encode() not in answer.content
    assert everything_stored() == before


@pytest.mark.parametrize(
    "credential",
    ["Basic", "Basic !!!", "Basic Og==", "Basic dXNlcg==", basic("sc_x", "%00"), basic("", "")],
)
def test_a_bad_basic_credential_is_challenged(credential: str) -> None:
    answer = post("/oauth/token", GRANT, Authorization=credential)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="keyservice"'


def test_two_ways_to_prove_a_client_are_one_too_many() -> None:
    it = machine()
    credential = basic(it.client_id, it.client_secret)
    answer = post("/oauth/token", f"{GRANT}&{proof(it)}", Authorization=credential)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/introspect", "/oauth/revoke"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [("{}", "application/json"), ("a=b", "text/plain"), ("{", "application/json; charset=utf-8")],
)
def test_another_kind_of_body_is_not_taken(path: str, body: str, kind: str) -> None:
    answer = post(path, body, kind)
    assert answer.status_code == 415
    assert_refusal(answer.status_code, dict(answer.headers), answer.content)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://evil.example"},
        {"aud": ["http://testserver", "https://evil.example"]},
        {"aud": None},
        {"aud": [{}]},
        {"aud": [["http://testserver"]]},
        {"iss": "\0", "sub": "\0"},
        {"jti": None},
        {"jti": "j" * 256},
        {"iss": "sc_x"},
        {"sub": "sc_x"},
        {"exp": 1},
        {"exp": None},
        {"iat": None, "exp": 4_000_000_000},
    ],
)
def test_an_assertion_that_is_not_for_us_or_lacks_something_is_refused(
    changes: dict[str, Any],
) -> None:
    assert asserted(machine().assertion(**changes)).status_code == 401


def test_an_assertion_counts_once() -> None:
    assertion = machine().assertion()
    assert [asserted(assertion).status_code for _ in range(2)] == [200, 401]


def test_an_old_assertion_is_refused_whatever_it_claims() -> None:
    now = int(time.time())
    assert asserted(machine().assertion(iat=now - 290, exp=now + 3300)).status_code == 200
    assert asserted(machine().assertion(iat=now - 370, exp=now + 3200)).status_code == 401


def asserted(assertion: str) -> Any:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": JWT_BEARER,
        "client_assertion": assertion,
    }
    return post("/oauth/token", urlencode(form))


def test_wrong_secrets_are_counted_and_then_not_even_compared() -> None:
    it = machine()
    wrong = f"{GRANT}&client_id={it.client_id}&client_secret=wrong"
    statuses = [post("/oauth/token", wrong).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    right = post("/oauth/token", f"{GRANT}&{proof(it)}")
    assert right.status_code == 429
    assert 0 < int(right.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("client_id", ["sc_x", "%00", "%FF", "x" * 4000, "..%2F..%2Fadmin"])
def test_the_key_set_of_nobody_is_empty(client_id: str) -> None:
    answer = Client().get(f"/v1/clients/{client_id}/.well-known/openid-configuration/jwks?a=b")
    assert answer.status_code in (200, 404)
    assert answer.status_code == 404 or answer.json() == {"keys": []}
