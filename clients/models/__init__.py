"""Rows, constraints and querysets of service clients. Only `clients.operations` writes."""

from __future__ import annotations

from clients.models.access_key import AccessKey
from clients.models.client import ServiceClient
from clients.models.signing_key import SigningKey
from clients.models.spent import RevokedToken, UsedAssertion

__all__ = ["AccessKey", "RevokedToken", "ServiceClient", "SigningKey", "UsedAssertion"]
