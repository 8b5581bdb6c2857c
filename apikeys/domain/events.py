"""What the audit trail calls things: `object.past participle`."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """Everything that is audited."""

    KEY_ISSUED = "key.issued"
    KEY_REVISED = "key.revised"
    KEY_REVOKED = "key.revoked"
    KEY_DISABLED = "key.disabled"
    KEY_ENABLED = "key.enabled"
    KEY_ROTATED = "key.rotated"
    KEY_DELETED = "key.deleted"
    KEY_RESTORED = "key.restored"
    KEY_PURGED = "key.purged"
    SECRET_READ = "secret.read"  # noqa: S105  (the name of an event)
    SECRET_REVEALED = "secret.revealed"  # noqa: S105  (the name of an event)
    REVEAL_REFUSED = "reveal.refused"
    SECRET_SOUGHT = "secret.sought"  # noqa: S105  (the name of an event)
    TENANT_CREATED = "tenant.created"
    TENANT_REVISED = "tenant.revised"
    TENANT_SUSPENDED = "tenant.suspended"
    TENANT_RESUMED = "tenant.resumed"
    STORAGE_REWRAPPED = "storage.rewrapped"
    # Of the app `clients`, which stands on this one.
    CLIENT_CREATED = "client.created"
    CLIENT_REVISED = "client.revised"
    CLIENT_DISABLED = "client.disabled"
    CLIENT_ENABLED = "client.enabled"
    CLIENT_DELETED = "client.deleted"
    ACCESS_KEY_CREATED = "access_key.created"
    ACCESS_KEY_DELETED = "access_key.deleted"
    MACHINE_SECRET_ROTATED = "machine_secret.rotated"  # noqa: S105  (the name of an event)
    MACHINE_SCOPE_CREATED = "machine_scope.created"
    MACHINE_SCOPE_DELETED = "machine_scope.deleted"
    TOKEN_ISSUED = "token.issued"  # noqa: S105  (the name of an event)
    TOKEN_REVOKED = "token.revoked"  # noqa: S105  (the name of an event)
    SIGNING_KEY_ROTATED = "signing_key.rotated"


OBJECT_TYPES = ("api_key", "tenant", "service_client", "access_key")
