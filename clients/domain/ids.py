"""Opaque ids. Letters, digits, `_` and `-` only: they stand in paths, claims and access keys."""

from __future__ import annotations

import secrets

from apikeys.domain import base62


def new_access_key_id() -> str:
    """`acc_` + 22 base62 characters: the `kid` of the tokens that a client signs."""
    return "acc_" + base62.random_text(22)


def new_signing_key_id() -> str:
    """`sig_` + 22 base62 characters: the `kid` of the tokens that the service signs."""
    return "sig_" + base62.random_text(22)


def new_token_id() -> str:
    """`tok_` + 22 base62 characters: the `jti` of an access token."""
    return "tok_" + base62.random_text(22)


def new_m2m_token_id() -> str:
    """`mt_` + 32 hex characters: a machine-to-machine token. Its secret has a longer text."""
    return "mt_" + secrets.token_hex(16)
