"""The real process: what it prints and what it leaves on the disk, at its most talkative."""

from __future__ import annotations

import hashlib
import secrets
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from apikeys.domain import minting
from tests.canary.canaries import Aviary, Canary
from tests.service import Service

#: The one file of the data directory that is there to hold a secret.
ALLOWED_FILES = {"keys"}


@pytest.fixture
def talkative(start_service: Callable[..., Service]) -> Iterator[Service]:
    service = start_service(KEYSERVICE_LOG_LEVEL="DEBUG", KEYSERVICE_DEBUG="on")
    yield service
    service.stop()


def drive(service: Service) -> list[Canary]:
    """Every way that a secret takes through the process; the secrets."""
    made: dict[str, Any] = {
        "name": "a key",
        "recoverable": True,
        "requires_client_secret": True,
    }
    key = service.call("POST", "/api/v1/api_keys", json=made).json()
    path = f"/api/v1/api_keys/{key['id']}"
    rotated = service.call("POST", f"{path}/rotate", json={"grace_seconds": 60}).json()
    foreign = f"elsewhere-{secrets.token_urlsafe(30)}"
    digest = hashlib.sha256(foreign.encode()).hexdigest()
    service.call("POST", "/api/v1/api_keys", json={"name": "x", "import_hash": digest})
    assert service.call("POST", f"{path}/secret").json() == {"secret": rotated["secret"]}
    for secret in (key["secret"], rotated["secret"], foreign):
        asked = {"secret": secret, "client_secret": key["client_secret"]}
        assert service.call("POST", "/api/v1/api_keys/verify", json=asked).json()["valid"]
    strays = [minting.mint("ks", "live").reveal() for _ in range(5)]
    service.call("GET", "/api/v1/api_keys", key=strays[0])
    service.call("GET", f"/api/v1/api_keys?key={strays[1]}")
    service.call("GET", f"/nowhere/{strays[2]}")
    service.call("POST", f"/admin/{strays[3]}", headers={"X-Request-ID": strays[3]})
    _break_off(service, strays[4])
    return [
        Canary.of("secret", key["secret"]),
        Canary.of("client secret", key["client_secret"]),
        Canary.of("rotated secret", rotated["secret"]),
        Canary.of("secret made elsewhere", foreign),
        Canary.of("import_hash", digest),
        *(Canary.of("stray secret", stray) for stray in strays),
    ]


def _break_off(service: Service, secret: str) -> None:
    """Requests that the server itself refuses or that end in the middle."""
    address = urlsplit(service.url)
    head = f"POST /api/v1/api_keys/verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n"
    for rest in (
        f"Content-Length: 500\r\n\r\n{secret}",
        f"{secret}\r\n\r\n",
        f"X-Bad: \0{secret}\r\n\r\n",
    ):
        with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
            connection.sendall((head + rest).encode())


def test_a_real_process_prints_and_keeps_no_secret(talkative: Service) -> None:
    canaries = drive(talkative)
    assert talkative.stop() == 0
    house = [
        Canary.of("root key", talkative.root_key),
        Canary.of("admin password", talkative.admin_password),
        *(Canary.of("ring", path.read_text().strip()) for path in talkative.data.glob("keys")),
    ]
    aviary = Aviary([*canaries, *house])
    files = [path for path in talkative.data.rglob("*") if _is_searched(path)]
    assert talkative.data / "service.log" in files
    hits = [
        str(hit)
        for path in files
        for hit in aviary.hits(str(path.relative_to(talkative.data)), path.read_bytes())
    ]
    assert hits == []


def _is_searched(path: Path) -> bool:
    # What is collected for browsers was there before the first request.
    return path.is_file() and path.name not in ALLOWED_FILES and "static" not in path.parts
