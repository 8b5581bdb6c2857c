"""Rows, constraints and querysets.

What shares a table has the same reason to change, the same writer and the same write rate:
counters never share a row with settings. Surfaces may read through the querysets; only
`apikeys.operations` writes.
"""

from __future__ import annotations

from apikeys.models.audit import AuditEvent, AuditHead
from apikeys.models.details import KeyDetails
from apikeys.models.idempotency import IdempotentRequest
from apikeys.models.key import ApiKey
from apikeys.models.keyring import RingEntry
from apikeys.models.label import KeyLabel
from apikeys.models.limits import UsageLimits
from apikeys.models.policy import AccessPolicy
from apikeys.models.sealed import SealedSecret
from apikeys.models.secret import KeySecret
from apikeys.models.tenant import Tenant
from apikeys.models.usage import UsageTotals

__all__ = [
    "AccessPolicy",
    "ApiKey",
    "AuditEvent",
    "AuditHead",
    "IdempotentRequest",
    "KeyDetails",
    "KeyLabel",
    "KeySecret",
    "RingEntry",
    "SealedSecret",
    "Tenant",
    "UsageLimits",
    "UsageTotals",
]
