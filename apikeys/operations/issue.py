"""Issue a key: mint a secret or import a hash, store what is known of it, audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from apikeys.conf import settings
from apikeys.domain import minting
from apikeys.domain.actors import Actor
from apikeys.domain.attributes import ATTRIBUTES
from apikeys.domain.cleaning import Values, clean_new
from apikeys.domain.errors import AlreadyImported, InvalidInput
from apikeys.domain.events import Action
from apikeys.domain.secret import Secret, Undisclosed
from apikeys.models import ApiKey, Tenant, UsageTotals
from apikeys.operations import audit, grants, homes, naming, secrets
from apikeys.operations.reaching import reread, utc_now
from apikeys.operations.tenants import tenant_for
from apikeys.operations.transactions import mutation

_AUDITED = ("name", "key_type", "environment", "subject", "scopes", "permissions", "expires_at")


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key, with its secrets in hand for the one answer that shows them.

    `secret` is None for an imported key; `client_secret` is set if the key requires one.
    """

    key: ApiKey
    secret: Secret | None
    client_secret: Secret | None = None


@mutation
def issue_key(
    actor: Actor,
    attributes: Mapping[str, object] | None = None,
    /,
    *,
    unique_name: bool = False,
    now: datetime | None = None,
    **named: object,
) -> Issued:
    """Make a key from attributes (see `domain.attributes`), by name or as one mapping.

    `name` is required. The mapping may come from outside: no member of it can pass for an argument.
    With `unique_name` no other live key of the subject may have the name.

    Raises `InvalidInput`, `NotPermitted`, `GrantExceedsHolder`, `AlreadyImported`, `NameTaken`.
    """
    now = now or utc_now()
    given = Undisclosed({**(attributes or {}), **named})
    _require_holders(actor, given)
    values = clean_new(given)
    grants.require_grantable(actor, values["key_type"], values["scopes"])
    tenant = tenant_for(actor, values["tenant"])
    if unique_name:
        subject = values["subject"] or tenant.public_id
        naming.require_free_name(tenant, subject, values["name"], now)
    key = create_rows(actor, tenant, values, now)
    secret = _store_secret(key, values, now)
    client_secret = secrets.store_client_secret(key) if values["requires_client_secret"] else None
    audit.record(
        actor,
        Action.KEY_ISSUED,
        key,
        now=now,
        changes={name: homes.storable(getattr(key, name)) for name in _AUDITED},
    )
    return Issued(reread(key), secret, client_secret)


def _require_holders(actor: Actor, attributes: Mapping[str, object]) -> None:
    for name in attributes:
        if name in ATTRIBUTES and ATTRIBUTES[name].holder:
            actor.require(ATTRIBUTES[name].holder)


def create_rows(actor: Actor, tenant: Tenant, values: Values, now: datetime) -> ApiKey:
    """The rows of a new key, its secret excepted."""
    columns = homes.key_columns(values)
    columns |= {
        "tenant": tenant,
        "subject": values["subject"] or tenant.public_id,
        "created_by": values["created_by"] or actor.id,
        "expires_at": _expiry(values, now),
        "secret_prefix": values["prefix"] or tenant.secret_prefix or settings.DEFAULT_PREFIX,
    }
    key: ApiKey = ApiKey.objects.create(created_at=now, updated_at=now, **columns)
    homes.create_companions(key, values)
    UsageTotals.objects.create(key=key)
    return key


def _expiry(values: Values, now: datetime) -> datetime | None:
    if values["seconds_until_expiration"]:
        return now + timedelta(seconds=values["seconds_until_expiration"])
    expires_at: datetime | None = values["expires_at"]
    if expires_at is not None and expires_at <= now:
        raise InvalidInput.at("/expires_at", "in_the_past", "Give a time that is still to come.")
    return expires_at


def _store_secret(key: ApiKey, values: Values, now: datetime) -> Secret | None:
    if values["import_hash"]:
        _import(key, values, now)
        return None
    secret = minting.mint(key.secret_prefix, key.environment)
    secrets.store_minted(key, secret, now)
    return secret


def _import(key: ApiKey, values: Values, now: datetime) -> None:
    sha256 = bytes.fromhex(values["import_hash"])
    if secrets.is_known(sha256):
        raise AlreadyImported
    try:
        with transaction.atomic():
            secrets.store_digest(
                key,
                sha256,
                prefix=values.get("key_prefix") or "",
                hint=values.get("key_hint") or "",
                now=now,
                imported=True,
            )
    except IntegrityError as error:
        raise AlreadyImported from error
