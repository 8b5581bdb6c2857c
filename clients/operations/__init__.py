"""The verbs about service clients: the only code of this app that writes."""

from __future__ import annotations

from clients.operations.access_keys import RequestedKey, delete_access_key, request_access_key
from clients.operations.bearers import Bearer, bearer_of
from clients.operations.clients import create_client, delete_client, revise_client
from clients.operations.signing import published_keys, rotate_signing_key
from clients.operations.tokens import Grant, issue_token, revoke_token

__all__ = [
    "Bearer",
    "Grant",
    "RequestedKey",
    "bearer_of",
    "create_client",
    "delete_access_key",
    "delete_client",
    "issue_token",
    "published_keys",
    "request_access_key",
    "revise_client",
    "revoke_token",
    "rotate_signing_key",
]
