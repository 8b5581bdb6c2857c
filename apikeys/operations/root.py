"""The default tenant and the root key: the first credential, and the way back in."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q

from apikeys.conf import ring
from apikeys.domain import digests, minting
from apikeys.domain.actors import Actor
from apikeys.domain.cleaning import clean_new
from apikeys.domain.errors import KeyServiceError
from apikeys.domain.events import Action
from apikeys.domain.scopes import EVERYTHING
from apikeys.domain.secret import Secret
from apikeys.models import ApiKey, AuditEvent, KeySecret, Tenant
from apikeys.operations import audit, changes, homes, secrets
from apikeys.operations.issue import create_rows
from apikeys.operations.reaching import utc_now
from apikeys.operations.tenants import ensure_default_tenant
from apikeys.operations.transactions import mutation


class RootKeyDiffers(KeyServiceError):
    """The root key given at start is not the one the database knows."""

    code = "root_key_differs"
    detail = (
        "this is not the database's root key. Leave it out, give the right one, or run: "
        "manage.py apikeys_root --new"
    )


class BadRootKey(KeyServiceError):
    """A root key that cannot be used."""

    code = "bad_root_key"
    detail = "The root key cannot be used."


@mutation
def ensure_root_key(given: Secret | None = None) -> Secret | None:
    """Make the root key if there never was one, and return it then; otherwise None.

    `given` is used instead of a minted one. Raises `RootKeyDiffers` when it is not the root key
    that exists, `BadRootKey` when it cannot be one.
    """
    tenant = ensure_default_tenant()
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    if given is not None and (flaw := minting.chosen_flaw(given.reveal())):
        raise BadRootKey(f"The root key {flaw}")
    if not _was_made(tenant):
        return _make(tenant, given, utc_now())
    if given is not None and not _is_current(given):
        raise RootKeyDiffers
    return None


@mutation
def renew_root_key(*, now: datetime | None = None) -> Secret:
    """Mint a new root key and revoke the old one: the way back in for whoever runs the service."""
    now = now or utc_now()
    tenant = ensure_default_tenant()
    Tenant.objects.select_for_update().get(pk=tenant.pk)
    for old in ApiKey.objects.filter(is_root=True, revoked_at=None, deleted_at=None):
        ApiKey.objects.filter(pk=old.pk).update(
            revoked_at=now,
            revoked_by=_MAKER,
            revocation_reason="replaced by a new root key",
            version=F("version") + 1,
            updated_at=now,
        )
        changes.key_changed(old)
        audit.record(Actor.system(_MAKER), Action.KEY_REVOKED, old, now=now)
    return _make(tenant, None, now)


def _was_made(tenant: Tenant) -> bool:
    """Whether there ever was a root key; not by its name, which can be changed."""
    made = Q(is_root=True) | Q(created_by=_MAKER)
    if ApiKey.objects.filter(made, tenant=tenant).exists():
        return True
    # Purged for good: the trail is what remembers it.
    return AuditEvent.objects.filter(
        tenant=tenant, action=Action.KEY_ISSUED, actor_id=_MAKER
    ).exists()


_NAME, _MAKER = "root", "apikeys_root"


def _make(tenant: Tenant, given: Secret | None, now: datetime) -> Secret:
    values = clean_new({"name": _NAME, "key_type": "management", "scopes": [EVERYTHING]})
    values["created_by"] = _MAKER
    actor = Actor.system(_MAKER)
    key = create_rows(actor, tenant, values, now)
    ApiKey.objects.filter(pk=key.pk).update(is_root=True)
    secret = given or minting.mint(key.secret_prefix, key.environment)
    secrets.store_minted(key, secret, now)
    audit.record(
        actor, Action.KEY_ISSUED, key, now=now, changes={"scopes": homes.storable(key.scopes)}
    )
    return secret


def _is_current(given: Secret) -> bool:
    known = [digest for _, digest in digests.candidates(ring(), given)]
    return KeySecret.objects.filter(
        digest__in=known, key__is_root=True, key__revoked_at=None, key__deleted_at=None
    ).exists()
