"""Every refusal is an ErrorResponse with the status in it (`calling` checks the shape of each)."""

from __future__ import annotations

import json

import pytest
from django.db import OperationalError
from django.test import RequestFactory

from apikeys.api.mounts import mounts
from apikeys.api.refusals import Refusal
from apikeys.dialects.mixpeek import errors, schemas, wire
from apikeys.domain.attributes import ATTRIBUTES
from apikeys.models import ApiKey
from tests.apikeys.dialects.mixpeek.calling import Mixpeek, code, faults, key_at, keys_of
from tests.apikeys.dialects.mixpeek.conforms import assert_refusal

PATH = keys_of("a@b.co")


def test_without_a_credential_it_is_401(db: None) -> None:
    answer = Mixpeek().call("GET", PATH)
    assert code(answer) == (401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.body["error"]["type"] == "unauthorized"


def test_a_wrong_credential_is_401(db: None) -> None:
    assert code(Mixpeek("sk_nobody").call("GET", PATH)) == (401, "authentication_failed")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"{", ("body", "malformed_json")),
        (b"\xff", ("body", "malformed_json")),
        (b"[]", ("body", "not_an_object")),
        (b'{"name": "a", "name": "b"}', ("name", "duplicate_member")),
        (b'{"rate_limit_override": 1e999}', ("rate_limit_override", "out_of_range")),
        (b'{"name": "a\\u0000"}', ("name", "invalid_characters")),
    ],
)
def test_malformed_json_is_422_as_with_fastapi(
    alice: Mixpeek, body: bytes, fault: tuple[str, str]
) -> None:
    assert faults(alice.call("POST", PATH, body)) == {fault}


def test_a_body_that_is_too_large_is_413(alice: Mixpeek) -> None:
    body = json.dumps({"name": "x" * 70_000}).encode()
    assert code(alice.call("POST", PATH, body)) == (413, "body_too_large")


def test_another_media_type_is_415(alice: Mixpeek) -> None:
    answer = alice.call("POST", PATH, b"a: 1", content_type="application/yaml")
    assert answer.status == 415


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", PATH, {"GET", "HEAD", "POST"}),
        ("DELETE", PATH, {"GET", "HEAD", "POST"}),
        ("GET", key_at("ci"), {"PATCH", "DELETE"}),
        ("POST", key_at("ci"), {"PATCH", "DELETE"}),
        ("POST", key_at("rotate"), {"PATCH", "DELETE"}),
        ("GET", f"{key_at('ci')}/rotate", {"PATCH", "DELETE", "POST"}),
    ],
)
def test_a_method_that_is_not_there_is_405(
    alice: Mixpeek, method: str, path: str, allowed: set[str]
) -> None:
    answer = alice.call(method, path)
    assert code(answer) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == allowed


def test_a_credential_in_the_url_is_400(alice: Mixpeek) -> None:
    assert code(alice.call("GET", PATH, query="api_key=x")) == (400, "credential_in_url")
    made = alice.made("ci")
    answer = alice.call("DELETE", key_at(made["key"]))
    assert code(answer) == (400, "credential_in_url")
    assert made["key"] not in answer.content.decode()


@pytest.mark.parametrize(("broken", "status"), [(OperationalError, 503), (RuntimeError, 500)])
def test_a_breakdown_is_told_without_its_reason(
    alice: Mixpeek, monkeypatch: pytest.MonkeyPatch, broken: type[Exception], status: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise broken("secret detail")

    monkeypatch.setattr(errors, "by_their_names", fail)
    answer = alice.create(name="ci")
    assert answer.status == status
    assert b"secret detail" not in answer.content
    if status == 503:
        assert answer.body["error"]["details"]["retry_after_seconds"] == 1
        assert answer.headers["Retry-After"] == "1"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 412, 413, 415, 429, 500, 503])
def test_every_status_has_a_type(status: int) -> None:
    refusal = Refusal(status, "a_code", "A sentence.", headers={"Retry-After": "7"})
    answer = errors.refused(refusal, RequestFactory().get("/"))
    assert_refusal(answer.status_code, dict(answer.headers), answer.content)
    assert json.loads(answer.content)["error"]["type"] != "error"
    assert answer.headers["Retry-After"] == "7"


def test_a_rate_limit_has_a_word_of_its_own() -> None:
    answer = errors.refused(Refusal(429, "rate_limited", "Slow down."), RequestFactory().get("/"))
    assert json.loads(answer.content)["error"]["type"] == "rate_limit_exceeded"


def test_every_name_of_ours_is_an_attribute_and_every_name_of_theirs_is_documented() -> None:
    assert set(wire.NAMES) <= set(ATTRIBUTES)
    told = set(schemas.Key().fields)
    assert set(wire.NAMES.values()) <= told
    assert told - set(wire.NAMES.values()) == {"key_hash", "is_internal", "internal_id"}


def test_the_document_tells_the_five_operations(alice: Mixpeek) -> None:
    [mount] = [it for it in mounts() if it.name == "mixpeek"]
    assert mount.prefix == "mixpeek/"
    paths = alice.call("GET", "/mixpeek/openapi.json").body["paths"]
    calls = {
        (method, path.rpartition("}")[2]) for path, methods in paths.items() for method in methods
    }
    assert calls == {
        *(("get", "/api-keys"), ("post", "/api-keys"), ("post", "/rotate")),
        *(("patch", ""), ("delete", "")),
    }


def test_nothing_is_written_by_what_is_refused(alice: Mixpeek) -> None:
    before = ApiKey.objects.count()
    alice.call("POST", PATH, b'{"name": "a", "scopes": 1}')
    assert ApiKey.objects.count() == before
