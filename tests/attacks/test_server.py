"""What reaches a request that the caller, or the proxy, did not put there."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.service import Service

ROOT_KEY = f"root-{secrets.token_urlsafe(40)}"
PROXY = "127.0.0.1"


@pytest.fixture(scope="module")
def service(start_service: Callable[..., Service]) -> Service:
    """It trusts a proxy, and has fields of a request in the environment of its process."""
    return start_service(
        KEYSERVICE_ROOT_KEY=ROOT_KEY,
        KEYSERVICE_TRUSTED_PROXIES=PROXY,
        HTTP_AUTHORIZATION=f"Bearer {ROOT_KEY}",
        HTTP_X_FORWARDED_FOR="203.0.113.9",
    )


def address_of_the_last_caller(service: Service) -> str:
    events = service.call("GET", "/api/v1/audit_events?limit=1", key=ROOT_KEY).json()
    return str(events["results"][0]["ip"])


def issue(service: Service, **headers: str) -> Any:
    return service.call(
        "POST",
        "/api/v1/api_keys",
        key=ROOT_KEY,
        json={"name": "x"},
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def test_the_environment_of_the_process_is_nobodys_credential(service: Service) -> None:
    assert service.call("GET", "/api/v1/api_keys", key="").status_code == 401


def test_the_environment_of_the_process_is_nobodys_address(service: Service) -> None:
    assert issue(service).status_code == 201
    assert address_of_the_last_caller(service) == PROXY


def test_the_address_is_the_last_one_that_the_proxy_did_not_make(service: Service) -> None:
    issue(service, X_Forwarded_For="10.9.9.9, 198.51.100.7")
    assert address_of_the_last_caller(service) == "198.51.100.7"


def test_fields_that_come_twice_are_one_list(service: Service) -> None:
    """Some proxies append a field of their own instead of adding to the caller's."""
    fields = ["X-Forwarded-For: 10.9.9.9", "X-Forwarded-For: 198.51.100.8"]
    assert send(service, json.dumps({"name": "x"}), fields) == 201
    assert address_of_the_last_caller(service) == "198.51.100.8"


def test_no_forwarded_host_gets_into_the_links_of_a_page(service: Service) -> None:
    issue(service)
    headers = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    page = service.call("GET", "/api/v1/api_keys?limit=1", key=ROOT_KEY, headers=headers).json()
    assert page["next"].startswith(service.url)


def test_a_foreign_host_is_refused(service: Service) -> None:
    headers = {"Host": "evil.example"}
    answer = service.call("GET", "/api/v1/api_keys", key=ROOT_KEY, headers=headers)
    assert answer.status_code == 400
    assert "evil.example" not in answer.text


def test_a_body_in_chunks_is_not_dropped(service: Service) -> None:
    chunks = '9\r\n{"name":"\r\n9\r\nchunked"}\r\n0\r\n\r\n'
    assert send(service, chunks, ["Transfer-Encoding: chunked"], length=False) == 201
    named = service.call("GET", "/api/v1/api_keys?name=chunked", key=ROOT_KEY).json()
    assert len(named["results"]) == 1


@pytest.mark.parametrize(
    "fields",
    [
        ["Transfer-Encoding: chunked", "Content-Length: 5"],
        ["Content-Length: 5", "Content-Length: 6"],
        ["Transfer-Encoding: xchunked"],
        ["Content-Length: +5"],
    ],
)
def test_a_body_of_two_lengths_is_no_second_request(service: Service, fields: list[str]) -> None:
    """What comes behind is not taken for a request: no proxy could have seen it as one."""
    smuggled = "0\r\n\r\nGET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = exchange(service, smuggled, fields, length=False)
    assert answer.count(b"HTTP/1.1") <= 1
    assert b"201 Created" not in answer


def send(service: Service, body: str, fields: list[str], *, length: bool = True) -> int:
    """The status of a POST written by hand."""
    answer = exchange(service, body, fields, length=length)
    return int(answer.split(b" ", 2)[1])


def exchange(service: Service, body: str, fields: list[str], *, length: bool = True) -> bytes:
    address = urlsplit(service.url)
    lines = [
        "POST /api/v1/api_keys HTTP/1.1",
        f"Host: {address.netloc}",
        f"Authorization: Bearer {ROOT_KEY}",
        "Content-Type: application/json",
        "Connection: close",
        *fields,
        *([f"Content-Length: {len(body)}"] if length else []),
    ]
    answer = b""
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "", body]).encode())
        while part := connection.recv(65_536):
            answer += part
    return answer
