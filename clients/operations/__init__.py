"""The verbs about service clients: the only code of this app that writes."""

from __future__ import annotations

from clients.operations.access_keys import RequestedKey, delete_access_key, request_access_key
from clients.operations.bearers import Bearer, bearer_of
from clients.operations.clients import create_client, delete_client, revise_client
from clients.operations.m2m_checking import check_m2m_token
from clients.operations.m2m_jwts import IssuedM2M, issue_m2m_jwt
from clients.operations.m2m_tokens import issue_m2m_token, revoke_m2m_token
from clients.operations.machine_secrets import (
    machine_of,
    read_machine_secret,
    rotate_machine_secret,
)
from clients.operations.machines import (
    NewMachine,
    create_machine,
    create_machine_scope,
    delete_machine_scope,
)
from clients.operations.rates import count_use
from clients.operations.signing import published_keys, rotate_signing_key
from clients.operations.tokens import Grant, issue_token, revoke_token

__all__ = [
    "Bearer",
    "Grant",
    "IssuedM2M",
    "NewMachine",
    "RequestedKey",
    "bearer_of",
    "check_m2m_token",
    "count_use",
    "create_client",
    "create_machine",
    "create_machine_scope",
    "delete_access_key",
    "delete_client",
    "delete_machine_scope",
    "issue_m2m_jwt",
    "issue_m2m_token",
    "issue_token",
    "machine_of",
    "published_keys",
    "read_machine_secret",
    "request_access_key",
    "revise_client",
    "revoke_m2m_token",
    "revoke_token",
    "rotate_machine_secret",
    "rotate_signing_key",
]
