"""Rows, constraints and querysets.

What shares a table has the same reason to change, the same writer and the same write rate:
counters never share a row with settings. Surfaces may read through the querysets; only
`apikeys.operations` writes.
"""

from __future__ import annotations

from apikeys.models.audit import AuditEvent, AuditHead
from apikeys.models.changes import OutboxMessage
from apikeys.models.details import KeyDetails
from apikeys.models.idempotency import IdempotentRequest
from apikeys.models.key import ApiKey
from apikeys.models.keyring import RingEntry
from apikeys.models.label import KeyLabel
from apikeys.models.ledger import ClosingLot, LedgerEntry, Reservation
from apikeys.models.limits import UsageLimits
from apikeys.models.meter import MeterState
from apikeys.models.policy import AccessPolicy
from apikeys.models.reports import RecentError, RefusedAttempt, ReportedEvent
from apikeys.models.sealed import SealedSecret
from apikeys.models.secret import KeySecret
from apikeys.models.streams import Shard, Stream
from apikeys.models.tenant import Tenant
from apikeys.models.usage import EndpointTotals, UsageBucket, UsageTotals

__all__ = [
    "AccessPolicy",
    "ApiKey",
    "AuditEvent",
    "AuditHead",
    "ClosingLot",
    "EndpointTotals",
    "IdempotentRequest",
    "KeyDetails",
    "KeyLabel",
    "KeySecret",
    "LedgerEntry",
    "MeterState",
    "OutboxMessage",
    "RecentError",
    "RefusedAttempt",
    "ReportedEvent",
    "Reservation",
    "RingEntry",
    "SealedSecret",
    "Shard",
    "Stream",
    "Tenant",
    "UsageBucket",
    "UsageLimits",
    "UsageTotals",
]
