"""Whose keys a call is about: the vendor names organizations, tenants, workspaces and accounts.

The credential decides the tenant. Only a caller that reaches every tenant chooses one, by its
number; for all others organizationId and tenantId are numbers of their own, and are not compared.
A workspace or an account is the subject of a key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from apikeys.dialects.playbook.authentication import ANONYMOUS
from apikeys.dialects.playbook.numbers import Id
from apikeys.domain.actors import Actor
from apikeys.domain.errors import NotFound
from apikeys.domain.kinds import Kind
from apikeys.models import ApiKey, Tenant

TENANT: Mapping[str, Kind] = {"organizationId": Id(), "tenantId": Id()}
OWNERS: Mapping[str, Kind] = {**TENANT, "workspaceId": Id(), "accountId": Id()}

_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
_COLUMN_MAX = 2**63 - 1


def subject_of(named: Mapping[str, Any]) -> str | None:
    """The subject that stands for the workspace, else for the account; None for neither."""
    for name, word in (("workspaceId", "workspace"), ("accountId", "account")):
        if name in named:
            return f"{word}:{named[name]}"
    return None


def issuer(actor: Actor, named: Mapping[str, Any]) -> Actor:
    """The same caller, in the tenant that is to get the key. Raises `NotFound`."""
    tenant = _chosen(actor, named)
    if tenant is None:
        return actor
    if actor.kind == ANONYMOUS and not tenant.is_active:
        raise NotFound
    return replace(actor, tenant_id=tenant.public_id, home_tenant_id=tenant.public_id)


def reached(actor: Actor, named: Mapping[str, Any]) -> Any:
    """The keys that the caller reaches, deleted ones excepted. Raises `NotFound`."""
    tenant = _chosen(actor, named)
    tenant_id = tenant.public_id if tenant else actor.tenant_id
    return ApiKey.objects.of_tenant(tenant_id).whole().existing()


def find(actor: Actor, named: Mapping[str, Any], key_id: str) -> ApiKey:
    """The key with this number. Whatever else is asked for is missing: `NotFound`."""
    keys = reached(actor, named)
    key: ApiKey | None = keys.filter(number=_number(key_id)).first()
    if key is None:
        raise NotFound
    return key


def _chosen(actor: Actor, named: Mapping[str, Any]) -> Tenant | None:
    numbers = {named[name] for name in TENANT if name in named}
    if not numbers or not (actor.reaches_all_tenants or actor.kind == ANONYMOUS):
        return None
    found = Tenant.objects.filter(number=_stored(numbers.pop())).first()
    if found is None or numbers:  # two that differ: no tenant has both
        raise NotFound
    tenant: Tenant = found
    return tenant


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise NotFound
    return _stored(int(text))


def _stored(number: int) -> int:
    """The vendor's numbers are unsigned, ours are not: the upper half is nobody's."""
    if number > _COLUMN_MAX:
        raise NotFound
    return number
