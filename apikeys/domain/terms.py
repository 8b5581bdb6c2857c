"""What is known of a key when a secret of it is presented: frozen, free of Django."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apikeys.domain.scopes import ResourceScope


@dataclass(frozen=True, slots=True)
class Policy:
    """From where and how a key may be used. None is no rule; an empty tuple allows nothing."""

    allowed_ips: tuple[str, ...] | None = None
    allowed_domains: tuple[str, ...] | None = None
    allowed_origins: tuple[str, ...] | None = None
    allowed_environments: tuple[str, ...] | None = None
    enforce_https: bool = False
    enforce_mutual_tls: bool = False
    client_certificate_hash: str | None = None
    requires_signature: bool = False
    allowed_signature_algorithms: tuple[str, ...] | None = None
    requires_client_secret: bool = False
    client_secret_digest: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a key as one presented secret meets them.

    `secret_retires_at` belongs to that secret: a rotated one ends there, the current one never.
    `reuse` is scratch space of surfaces, for what they make out of the same terms again and again.
    """

    key_id: str
    tenant_id: str
    tenant_active: bool
    name: str
    subject: str
    key_type: str = "standard"
    environment: str = "live"
    scopes: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    resource_scopes: tuple[ResourceScope, ...] | None = None
    claims: Any = None
    metadata: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    hold: str | None = None
    revoked_at: datetime | None = None
    deleted_at: datetime | None = None
    expires_at: datetime | None = None
    rotating_until: datetime | None = None
    secret_retires_at: datetime | None = None
    policy: Policy = Policy()
    is_root: bool = False
    api_version: str | None = None
    supported_features: tuple[str, ...] = ()
    documentation_url: str | None = None
    support_contact: str | None = None
    reuse: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)
