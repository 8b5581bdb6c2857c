"""Finding what an actor may touch. Another tenant's object and a missing one are the same."""

from __future__ import annotations

from datetime import UTC, datetime

from apikeys.domain.actors import Actor
from apikeys.domain.errors import NotFound, VersionMismatch
from apikeys.models import ApiKey, Tenant


def utc_now() -> datetime:
    return datetime.now(UTC)


def lock_key(
    actor: Actor, key_id: str, *, expected_version: int | None = None, deleted: bool = False
) -> ApiKey:
    """The key, locked until the transaction ends. Raises `NotFound` or `VersionMismatch`."""
    keys = ApiKey.objects.of_tenant(actor.tenant_id).filter(deleted_at__isnull=not deleted)
    key = keys.select_for_update(of=("self",)).filter(public_id=key_id).first()
    if key is None:
        raise NotFound
    _check_version(key.version, expected_version)
    found: ApiKey = ApiKey.objects.whole().get(pk=key.pk)
    return found


def lock_tenant(actor: Actor, tenant_id: str, *, expected_version: int | None = None) -> Tenant:
    """The tenant, locked until the transaction ends. Raises `NotFound` or `VersionMismatch`."""
    if actor.tenant_id not in (None, tenant_id):
        raise NotFound
    tenant = Tenant.objects.select_for_update().filter(public_id=tenant_id).first()
    if tenant is None:
        raise NotFound
    _check_version(tenant.version, expected_version)
    found: Tenant = tenant
    return found


def reread(key: ApiKey) -> ApiKey:
    """The key with everything an answer shows, as it stands now."""
    found: ApiKey = ApiKey.objects.whole().get(pk=key.pk)
    return found


def _check_version(current: int, expected: int | None) -> None:
    if expected is not None and expected != current:
        raise VersionMismatch
