"""Errors: the vendor's model of each status, wherever below the mount they come from."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory

from apikeys.api.refusals import BODY_TOO_LARGE, INTERNAL, METHOD_NOT_ALLOWED, UNAVAILABLE, Refusal
from apikeys.dialects.playbook import serving
from apikeys.dialects.playbook.errors import refused
from apikeys.domain.errors import FieldError
from apikeys.domain.verdict import Outcome
from tests.apikeys.dialects.playbook.conforms import assert_refusal
from tests.apikeys.dialects.playbook.speaking import (
    BASE,
    KEYS,
    TENANT_KEYS,
    Speaker,
    violations,
)
from tests.calling import Answer

STATUSES = [400, 401, 402, 403, 404, 405, 409, 410, 411, 412, 413, 415, 422, 429, 500, 503]


def told(refusal: Refusal) -> dict[str, Any]:
    response = refused(refusal, RequestFactory().get("/"))
    assert_refusal(response.status_code, response.headers, response.content)
    return dict(json.loads(response.content))


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_its_model(status: int) -> None:
    assert told(Refusal(status, "some_code", "A sentence."))["message"] == "A sentence."


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome.RATE_LIMITED, "RATE_LIMIT_EXCEEDED"),
        (Outcome.CONCURRENCY_EXCEEDED, "RATE_LIMIT_EXCEEDED"),
        (Outcome.QUOTA_EXCEEDED, "QUOTA_EXCEEDED"),
        (Outcome.CREDITS_EXHAUSTED, "QUOTA_EXCEEDED"),
    ],
)
def test_limits_and_quotas_are_told_apart(outcome: Outcome, code: str) -> None:
    assert told(Refusal(429, outcome, "Later."))["code"] == code


def test_the_fields_of_the_refusal_are_kept() -> None:
    refusal = Refusal(429, "rate_limited", "Later.", headers={"Retry-After": "7"})
    assert refused(refusal, RequestFactory().get("/")).headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    ("pointer", "field"),
    [
        ("/allowedIps/0", "allowedIps[0]"),
        ("/metadataJson/a~1b/3", "metadataJson.a/b[3]"),
        ("/pageSize", "pageSize"),
        ("", ""),
    ],
)
def test_places_are_written_as_protobuf_does(pointer: str, field: str) -> None:
    body = told(Refusal(400, "invalid_input", "Bad.", errors=(FieldError(pointer, "c", "d"),)))
    assert body["fieldViolations"] == [{"field": field, "validation": "c", "message": "d"}]


WRITES = pytest.mark.parametrize("write", ["post", "put"])


def written(caller: Speaker, write: str, **members: object) -> Answer:
    """A create or an update with these members of a key."""
    if write == "post":
        return caller.post(KEYS, {"name": "n", **members})
    return caller.put(KEYS, id=caller.made()["id"], **members)


@WRITES
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("metadata", {}), ("hold", "suspended"), ("tenant", "t"), ("subject", "s")),
        *(("requests_per_minute", 5), ("environment", "test")),
    ],
)
def test_a_native_name_is_told_as_it_was_sent(
    alice: Speaker, write: str, name: str, value: object
) -> None:
    answer = written(alice, write, **{name: value})
    assert violations(answer) == {(name, "unknown_field")}


@WRITES
@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("allowed_ips", ["192.0.2.1", "x"], "allowedIps[1]"),
        ("metadataJson", "W10=", "metadataJson"),
        ("rotation_frequency_days", 0, "rotationFrequencyDays"),
    ],
)
def test_a_fault_that_the_operation_finds_is_told_at_the_vendors_name(
    alice: Speaker, write: str, name: str, value: object, field: str
) -> None:
    answer = written(alice, write, **{name: value})
    assert [it["field"] for it in answer.body["fieldViolations"]] == [field]


def test_one_sort_of_fault_gives_its_code_and_several_the_general_one() -> None:
    required, other = FieldError("/a", "required", "Give a."), FieldError("/b", "c", "d")
    assert told(Refusal(400, "x", "y", errors=(required,)))["code"] == "PARAM_MISSING_VALUE"
    assert told(Refusal(400, "x", "y", errors=(required, other)))["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("at", [KEYS, TENANT_KEYS])
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "", {"POST", "PUT"}),
        ("DELETE", "", {"POST", "PUT"}),
        ("PATCH", "", {"POST", "PUT"}),
        ("POST", "/list", {"GET", "HEAD"}),
        ("DELETE", "/list", {"GET", "HEAD"}),
        ("GET", "/rotate", {"POST"}),
        ("PUT", "/1", {"GET", "HEAD", "DELETE"}),
    ],
)
def test_a_method_that_is_not_there(
    alice: Speaker, at: str, method: str, path: str, allowed: set[str]
) -> None:
    answer = alice.call(method, f"{at}{path}")
    assert answer.status == 405
    assert {it.strip() for it in answer.headers["Allow"].split(",")} == allowed
    assert set(answer.body["allowedMethods"]) == allowed


@pytest.mark.parametrize("path", ["/", "/api-keys/", "/api-keys/1/", "/nothing", "/api-key"])
def test_an_address_that_is_not_there(alice: Speaker, path: str) -> None:
    assert alice.call("GET", path).status == 404


def raw(secret: str, body: bytes, content_type: str = "application/json") -> Any:
    response = Client().generic(
        "POST", BASE + KEYS, body, content_type, headers={"X-API-Key": secret}
    )
    assert_refusal(response.status_code, response.headers, response.content)
    return response


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "INVALID_FORMAT"),
        (b"[]", "application/json", 400, "VALIDATION_ERROR"),
        (b'{"name": "a", "name": "b"}', "application/json", 400, "VALIDATION_ERROR"),
        (b'{"name": NaN}', "application/json", 400, "VALIDATION_ERROR"),
        (b'{"name": "' + b"x" * 70_000 + b'"}', "application/json", 413, 413),
        (b"name=n", "application/x-www-form-urlencoded", 415, 415),
        (b"name: n", "application/yaml", 415, 415),
    ],
)
def test_a_body_that_is_not_read(
    alice: Speaker, body: bytes, content_type: str, status: int, code: object
) -> None:
    response = raw(alice.secret, body, content_type)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_a_credential_in_the_address_is_refused_and_not_repeated(alice: Speaker) -> None:
    response = Client().get(f"{BASE}{KEYS}/list", {"api_key": alice.secret})
    assert_refusal(response.status_code, response.headers, response.content)
    assert response.status_code == 400
    assert alice.secret not in response.content.decode()


def test_a_value_is_never_repeated(alice: Speaker) -> None:
    answer = alice.post(
        KEYS, {"name": "n", "webhookUrl": "canary://user:secret@host", "maxUses": "s3"}
    )
    assert answer.status == 400
    assert not {"canary", "secret@", "s3"} & set(answer.content.decode().split('"'))


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(RuntimeError("secret"), 500, "INTERNAL_ERROR"), (OperationalError("x"), 503, "UNAVAILABLE")],
)
def test_a_breakdown(
    alice: Speaker, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(serving, "issue_key", broken)
    answer = alice.post(KEYS, {"name": "n"})
    assert (answer.status, answer.body["code"]) == (status, code)
    assert answer.body["incidentId"] == answer.headers["X-Request-ID"]


def test_a_body_on_a_delete_is_not_ignored(alice: Speaker) -> None:
    key_id = alice.made()["id"]
    assert alice.call("DELETE", f"{KEYS}/{key_id}", {"force": True}).status == 400
    assert alice.key(key_id)["id"] == key_id


@pytest.mark.parametrize("refusal", [INTERNAL, UNAVAILABLE, BODY_TOO_LARGE, METHOD_NOT_ALLOWED])
def test_the_refusals_that_every_surface_has(refusal: Refusal) -> None:
    assert told(refusal)["message"] == refusal.detail
