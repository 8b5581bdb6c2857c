"""The verbs: the only code that writes.

Each is one transaction with one audit event. Surfaces translate, call one of these, and translate
back; host projects call them directly, with `Actor.system()` or an actor of their own.
"""

from __future__ import annotations

from apikeys.domain.actors import Actor
from apikeys.domain.presentation import Presentation
from apikeys.domain.secret import Secret
from apikeys.operations.issue import Issued, issue_key
from apikeys.operations.leases import release_lease
from apikeys.operations.recover import read_secret
from apikeys.operations.remove import delete_key, restore_key
from apikeys.operations.reservations import (
    Settled,
    release_reservation,
    reserve_credits,
    settle_reservation,
)
from apikeys.operations.revise import Revised, revise_key
from apikeys.operations.revoke import disable_key, enable_key, revoke_key
from apikeys.operations.rotate import Rotated, rotate_secret
from apikeys.operations.tenants import create_tenant, revise_tenant
from apikeys.operations.verify import verify

__all__ = [
    "Actor",
    "Issued",
    "Presentation",
    "Revised",
    "Rotated",
    "Secret",
    "Settled",
    "create_tenant",
    "delete_key",
    "disable_key",
    "enable_key",
    "issue_key",
    "read_secret",
    "release_lease",
    "release_reservation",
    "reserve_credits",
    "restore_key",
    "revise_key",
    "revise_tenant",
    "revoke_key",
    "rotate_secret",
    "settle_reservation",
    "verify",
]
