"""Make, change, enable, disable and delete service clients."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import F

from apikeys.domain.actors import Actor
from apikeys.domain.cleaning import clean_values
from apikeys.domain.errors import InvalidInput
from apikeys.domain.events import Action
from apikeys.domain.kinds import BadValue, Text
from apikeys.domain.secret import Undisclosed
from apikeys.operations import audit
from apikeys.operations.reaching import utc_now
from apikeys.operations.reasons import clean_reason
from apikeys.operations.tenants import tenant_for
from apikeys.operations.transactions import mutation
from clients.domain.specs import CLIENT_ATTRIBUTES
from clients.models import ServiceClient
from clients.operations.reaching import lock_client, require_equal, reread

_AUDITED = ("name", "scopes", "enabled")


@mutation
def create_client(
    actor: Actor,
    attributes: Mapping[str, object] | None = None,
    /,
    *,
    now: datetime | None = None,
    **named: object,
) -> ServiceClient:
    """Make a client (see `domain.specs`); also takes `tenant`, from an actor that holds `*`.

    Raises `InvalidInput`, `NotPermitted`, `GrantExceedsHolder`.
    """
    now = now or utc_now()
    given = Undisclosed({**(attributes or {}), **named})
    tenant = tenant_for(actor, _tenant_named(actor, given))
    values = _storable({**_defaults(), **clean_values(given, CLIENT_ATTRIBUTES)})
    require_equal(actor, values["scopes"])
    client: ServiceClient = ServiceClient.objects.create(
        tenant=tenant, created_by=actor.id[:255], created_at=now, updated_at=now, **values
    )
    told = {name: getattr(client, name) for name in _AUDITED}
    audit.record(actor, Action.CLIENT_CREATED, client, now=now, changes=told)
    return reread(client)


@mutation
def revise_client(
    actor: Actor,
    client_id: str,
    attributes: Mapping[str, object] | None = None,
    /,
    *,
    expected_version: int | None = None,
    reason: object = "",
    now: datetime | None = None,
    **named: object,
) -> ServiceClient:
    """Set the given attributes and leave all others. `enabled: false` holds from the next request.

    Raises `NotFound`, `VersionMismatch`, `InvalidInput`, `GrantExceedsHolder`.
    """
    now, reason = now or utc_now(), clean_reason(reason)
    client = lock_client(actor, client_id, expected_version=expected_version)
    values = _storable(clean_values({**(attributes or {}), **named}, CLIENT_ATTRIBUTES))
    changes = {name: value for name, value in values.items() if getattr(client, name) != value}
    if not changes.keys() - {"search_name"}:
        return reread(client)
    if "scopes" in changes or changes.get("enabled"):
        # What it holds now too: who narrows a client could ask for a key of it then, and wait until
        # it is widened.
        require_equal(actor, [*(client.scopes or ()), *(values.get("scopes") or ())])
    told = {
        name: [getattr(client, name), value]
        for name, value in changes.items()
        if name != "search_name"
    }
    ServiceClient.objects.filter(pk=client.pk).update(
        **changes, version=F("version") + 1, updated_at=now
    )
    audit.record(actor, _action(changes), client, now=now, reason=reason, changes=told)
    return reread(client)


@mutation
def delete_client(
    actor: Actor,
    client_id: str,
    *,
    expected_version: int | None = None,
    reason: object = "",
    now: datetime | None = None,
) -> None:
    """Remove the client and its access keys. None of its tokens is taken from now on.

    Raises `NotFound`, `VersionMismatch`, `InvalidInput`.
    """
    now, reason = now or utc_now(), clean_reason(reason)
    client = lock_client(actor, client_id, expected_version=expected_version)
    audit.record(actor, Action.CLIENT_DELETED, client, now=now, reason=reason)
    ServiceClient.objects.filter(pk=client.pk).delete()


def _tenant_named(actor: Actor, given: dict[str, Any]) -> str | None:
    if "tenant" not in given:
        return None
    actor.require("*")
    try:
        return Text(40, min_length=1).clean(given.pop("tenant"))
    except BadValue as error:
        raise InvalidInput.at("/tenant", error.code, error.detail) from error


def _defaults() -> dict[str, Any]:
    return {name: attribute.default for name, attribute in CLIENT_ATTRIBUTES.items()}


def _storable(values: Mapping[str, Any]) -> dict[str, Any]:
    """As the columns take them; the name is kept a second time, folded for searching."""
    columns: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items()
    }
    if "name" in columns:
        columns["search_name"] = (columns["name"] or "").casefold()
    return columns


def _action(changes: Mapping[str, Any]) -> Action:
    match changes.get("enabled"):
        case True:
            return Action.CLIENT_ENABLED
        case False:
            return Action.CLIENT_DISABLED
        case _:
            return Action.CLIENT_REVISED
