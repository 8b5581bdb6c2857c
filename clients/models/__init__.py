"""Rows, constraints and querysets of service clients. Only `clients.operations` writes."""

from __future__ import annotations

from clients.models.access_key import AccessKey
from clients.models.client import ServiceClient
from clients.models.m2m_token import M2MToken
from clients.models.machine_scope import MachineScope
from clients.models.machine_secret import MachineSecret
from clients.models.signing_key import SigningKey
from clients.models.spent import RevokedToken, UsedAssertion

__all__ = [
    "AccessKey",
    "M2MToken",
    "MachineScope",
    "MachineSecret",
    "RevokedToken",
    "ServiceClient",
    "SigningKey",
    "UsedAssertion",
]
