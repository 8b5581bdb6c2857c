"""Bodies of unannounced length, through the real server: Django alone would drop them unseen."""

from __future__ import annotations

from tests.service import Service

JSON = {"Content-Type": "application/json"}


def test_a_chunked_body_is_read_like_any_other(service: Service) -> None:
    chunks = iter([b'{"name": ', b'"Sent in chunks"}'])

    answer = service.call("POST", "/api/v1/api_keys", data=chunks, headers=JSON)

    assert answer.status_code == 201
    assert answer.json()["name"] == "Sent in chunks"


def test_a_chunked_body_beyond_every_limit_is_refused(service: Service) -> None:
    chunks = iter([b" " * 65_536] * 5)

    answer = service.call("POST", "/api/v1/api_keys", data=chunks, headers=JSON)

    assert answer.status_code == 413
    assert answer.json()["code"] == "body_too_large"
