"""Make, change, suspend and resume tenants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from apikeys.domain.actors import Actor
from apikeys.domain.cleaning import clean_values
from apikeys.domain.errors import DefaultTenantStays, InvalidInput, NotPermitted
from apikeys.domain.events import Action
from apikeys.domain.tenancy import TENANT_ATTRIBUTES
from apikeys.limiters.base import TENANT
from apikeys.models import AuditHead, Tenant
from apikeys.operations import audit, changes
from apikeys.operations.reaching import lock_tenant, utc_now
from apikeys.operations.transactions import mutation

_ONLY_ROOT = "Only the root key can do this."


@mutation
def create_tenant(
    actor: Actor,
    attributes: Mapping[str, object] | None = None,
    /,
    *,
    is_default: bool = False,
    now: datetime | None = None,
    **named: object,
) -> Tenant:
    """Make a tenant; `name` is required. Raises `InvalidInput`, `NotPermitted`."""
    if not actor.reaches_all_tenants:
        raise NotPermitted(_ONLY_ROOT)
    values = clean_values({**(attributes or {}), **named}, TENANT_ATTRIBUTES)
    if "name" not in values:
        raise InvalidInput.at("/name", "required", "Give name.")
    now = now or utc_now()
    tenant: Tenant = Tenant.objects.create(
        created_at=now, updated_at=now, is_default=is_default, **_columns(values)
    )
    AuditHead.objects.create(tenant=tenant)
    audit.record(actor, Action.TENANT_CREATED, tenant, now=now, changes={"name": tenant.name})
    return tenant


@mutation
def ensure_default_tenant() -> Tenant:
    """The default tenant, made if it is not there yet: in a host project, by the first key."""
    found = Tenant.objects.filter(is_default=True).first()
    if found is not None:
        existing: Tenant = found
        return existing
    try:
        with transaction.atomic():
            return create_tenant(Actor.system("first start"), name="Default", is_default=True)
    except IntegrityError:  # another process was first
        made: Tenant = Tenant.objects.default()
        return made


@mutation
def revise_tenant(
    actor: Actor,
    tenant_id: str,
    attributes: Mapping[str, object] | None = None,
    /,
    *,
    expected_version: int | None = None,
    now: datetime | None = None,
    **named: object,
) -> Tenant:
    """Set the given attributes. `status` stops or resumes every key of the tenant at once.

    Raises `NotFound`, `VersionMismatch`, `InvalidInput`, `NotPermitted`, `DefaultTenantStays`,
    `RevocationPending`.
    """
    now = now or utc_now()
    tenant = lock_tenant(actor, tenant_id, expected_version=expected_version)
    values = clean_values({**(attributes or {}), **named}, TENANT_ATTRIBUTES)
    changed = {name: value for name, value in values.items() if getattr(tenant, name) != value}
    _require_allowed(actor, tenant, values)
    if not changed:
        changes.confirm(TENANT, tenant.public_id)
        return tenant
    told = {name: [getattr(tenant, name), value] for name, value in changed.items()}
    Tenant.objects.filter(pk=tenant.pk).update(
        **_columns(changed), version=F("version") + 1, updated_at=now
    )
    changes.tenant_changed(tenant)
    tenant.refresh_from_db()
    audit.record(actor, _action(changed), tenant, now=now, changes=told)
    return tenant


def tenant_for(actor: Actor, named: str | None) -> Tenant:
    """Where what the actor makes is to live; one that it cannot reach is a bad field."""
    wanted = named or actor.tenant_id or actor.home_tenant_id
    if wanted is None:
        return ensure_default_tenant()
    reachable = actor.reaches_all_tenants or wanted == actor.tenant_id
    tenant = Tenant.objects.filter(public_id=wanted).first() if reachable else None
    if tenant is None:
        raise InvalidInput.at("/tenant", "not_found", "There is no such tenant. Check its id.")
    return tenant


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """The name is kept a second time, folded for searching."""
    folded = {"search_name": values["name"].casefold()} if "name" in values else {}
    return {**values, **folded}


def _require_allowed(actor: Actor, tenant: Tenant, values: Mapping[str, Any]) -> None:
    if "status" not in values:
        return
    if not actor.reaches_all_tenants:
        raise NotPermitted(_ONLY_ROOT)
    if tenant.is_default and values["status"] == Tenant.Status.SUSPENDED:
        raise DefaultTenantStays


def _action(changed: Mapping[str, Any]) -> Action:
    match changed.get("status"):
        case Tenant.Status.SUSPENDED:
            return Action.TENANT_SUSPENDED
        case Tenant.Status.ACTIVE:
            return Action.TENANT_RESUMED
        case _:
            return Action.TENANT_REVISED
