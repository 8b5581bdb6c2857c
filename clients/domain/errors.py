"""Broken expectations about clients, keys and tokens."""

from __future__ import annotations

from apikeys.domain.errors import KeyServiceError
from clients.domain.machines import SCOPES_MAX


class TooManyAccessKeys(KeyServiceError):
    """A client has at most five active access keys."""

    code = "too_many_access_keys"
    detail = "The client has five active access keys already. Delete one of them first."


class AccessKeyExists(KeyServiceError):
    """A client has each public key once. Not across clients: that would tell of strangers' keys."""

    code = "access_key_exists"
    detail = "The client has this public key already. Make a new key pair."


class TooManyMachineScopes(KeyServiceError):
    """A machine is scoped to a limited number of others."""

    code = "too_many_machine_scopes"
    detail = f"The machine is scoped to {SCOPES_MAX} others already. Take one of them away first."


class BadToken(Exception):
    """A token that is not to be taken. `reason` is for the log; callers are told nothing of it."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
