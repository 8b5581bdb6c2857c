"""Clients and access keys as the native API shows them. Never a secret."""

from __future__ import annotations

from typing import Any

from clients.domain.specs import CLIENT_ATTRIBUTES
from clients.models import AccessKey, ServiceClient


def client_shown(client: ServiceClient) -> dict[str, Any]:
    """A client read with `whole()`, with its active keys, oldest first."""
    return {
        "client_id": client.public_id,
        "tenant": client.tenant.public_id,
        **{name: getattr(client, name) for name in CLIENT_ATTRIBUTES},
        "verification_keys": [key_shown(client, key) for key in client.active_keys],
        "created_by": client.created_by,
        "created_at": client.created_at,
        "updated_at": client.updated_at,
    }


def key_shown(client: ServiceClient, key: AccessKey) -> dict[str, Any]:
    """An access key: its public half, and when it was made and last used."""
    return {
        "key_id": key.public_id,
        "client_id": client.public_id,
        "algorithm": key.algorithm,
        "public_key": key.public_key,
        "fingerprint": key.fingerprint,
        "generation_date": key.created_at,
        "last_used_at": key.last_used_at,
    }
