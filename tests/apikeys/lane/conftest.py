"""The people, the keys and the servers of these tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from apikeys.domain import minting
from apikeys.limiters.memory import MemoryLimiter
from apikeys.models import Tenant
from apikeys.operations import Actor, disable_key, limiting, revise_key, revoke_key, rotate_secret
from apikeys.operations.reaching import utc_now
from apikeys.operations.records import records
from apikeys.operations.root import ensure_root_key
from apikeys.operations.routines import Routines
from tests import bed
from tests.apikeys.lane.servers import Servers
from tests.factories import TenantFactory, minted

SYSTEM = Actor.system("tests")

# The servers ask the same operations, which are tried on both databases elsewhere.
collect_ignore = ["test_generated.py"] if os.environ.get(bed.PREPARED) == bed.POSTGRESQL else []


@pytest.fixture
def servers(db: None) -> Iterator[Servers]:
    """Without what would close the connection that the test's transaction is on."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield Servers()
    for signal in signals:
        signal.connect(close_old_connections)


class _Committed:
    """Stands for the connection where code asks whether what it reads may be undone."""

    in_atomic_block = False


@pytest.fixture
def remembering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Routines]:
    """The process keeps what it read and decided, as one that serves does; the routines of it."""
    kept = Routines()
    monkeypatch.setattr("apikeys.operations.records.connection", _Committed)
    monkeypatch.setattr(sys.modules["apikeys.operations.verify"], "routines", kept)
    records.clear()
    limiting.install(MemoryLimiter(tmp_path))
    yield kept
    limiting.install(None)
    records.clear()


@pytest.fixture
def tenant(db: None) -> Tenant:
    made: Tenant = TenantFactory.create(name="Alice")
    return made


@pytest.fixture
def callers(tenant: Tenant) -> Mapping[str, str]:
    """Credentials of the management API, by who holds them."""
    root = ensure_root_key()
    assert root is not None
    return {
        "root": root.reveal(),
        "alice": _manager(tenant, "*"),
        "verifier": _manager(tenant, "api_keys:verify"),
        "reader": _manager(tenant, "api_keys:read"),
        "charlie": _manager(TenantFactory.create(name="Charlie"), "*"),
        "at home": _manager(tenant, "*", allowed_ips=["127.0.0.0/8"]),
        "elsewhere": _manager(tenant, "*", allowed_ips=["192.0.2.0/24"]),
        "standard": minted(tenant=tenant.public_id, scopes=["*"])[1],
        "nobody": minting.mint("ks", "live").reveal(),
    }


@pytest.fixture
def keys(tenant: Tenant) -> Mapping[str, str]:
    """Secrets of keys of every kind, by what is the matter with them."""
    of = tenant.public_id
    past = (utc_now() - timedelta(seconds=1)).isoformat()
    revoked, disabled, expired, rotated = (minted(tenant=of) for _ in range(4))
    revoke_key(SYSTEM, revoked[0].public_id)
    disable_key(SYSTEM, disabled[0].public_id)
    revise_key(SYSTEM, expired[0].public_id, expires_at=past)
    rotate_secret(SYSTEM, rotated[0].public_id, grace_seconds=3600)
    grants = [{"resource_type": "order", "resource_id": "7*", "operations": ["read"]}]
    return {
        "plain": minted(tenant=of)[1],
        "rich": _rich(of),
        "scoped": minted(tenant=of, scopes=["a", "b:*"], permissions=["write"])[1],
        "tied": minted(tenant=of, allowed_ips=["10.0.0.0/8"], enforce_https=True)[1],
        "for one origin": minted(tenant=of, allowed_origins=["https://a.example"])[1],
        "for one domain": minted(tenant=of, allowed_domains=["a.example"])[1],
        "for resources": minted(tenant=of, resource_scopes=grants)[1],
        "with a client secret": minted(tenant=of, requires_client_secret=True)[1],
        "limited": minted(tenant=of, requests_per_minute=10_000, max_uses=100_000)[1],
        "test": minted(tenant=of, environment="test")[1],
        "deprecated": minted(tenant=of, hold="deprecated")[1],
        "revoked": revoked[1],
        "disabled": disabled[1],
        "expired": expired[1],
        "rotated": rotated[1],
        "of another tenant": minted(tenant=TenantFactory.create().public_id)[1],
        "unknown": minting.mint("ks", "live").reveal(),
        "mistyped": minting.mint("ks", "live").reveal()[:-1] + "!",
        "empty": "",
    }


def _manager(tenant: Tenant, *scopes: str, **more: object) -> str:
    attributes = {"key_type": "management", "scopes": list(scopes), **more}
    return minted(tenant=tenant.public_id, **attributes)[1]


def _rich(tenant_id: str) -> str:
    return minted(
        tenant=tenant_id,
        name='Zoë "Ω" \\u0041 \U0001f511 </script>',
        claims={"deep": [1, 2.5, None, {"ü": "\n"}]},
        metadata={"team": "rot", "n": 2**53 - 1},
        tags=["a", "ß"],
        expires_at="2090-01-01T00:00:00.123456+02:00",
        supported_features=["x"],
        documentation_url="https://docs.example.com/?a=b&c=d",
    )[1]
