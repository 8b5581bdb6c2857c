"""Change attributes of a key: only those named, each in its own column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from apikeys.domain.actors import Actor
from apikeys.domain.attributes import ATTRIBUTES, Home
from apikeys.domain.cleaning import clean_revision
from apikeys.domain.errors import KeyRevoked
from apikeys.domain.events import Action
from apikeys.domain.limits import micros
from apikeys.domain.secret import Secret
from apikeys.limiters.base import KEY
from apikeys.models import ApiKey
from apikeys.operations import audit, changes, grants, homes, ledger, naming, secrets
from apikeys.operations.reaching import lock_key, reread, utc_now
from apikeys.operations.transactions import mutation

# Changing one of these can let a secret be used that was of no use before, and whoever asks may
# hold that secret: of a key that was held, or tied to an address, because it had leaked.
_OPENING = frozenset(
    {"scopes", "hold", "expires_at", "resource_scopes"}
    | {name for name, attribute in ATTRIBUTES.items() if attribute.home is Home.POLICY}
)


@dataclass(frozen=True, slots=True)
class Revised:
    """The key as it is now; `client_secret` if this change made it require one."""

    key: ApiKey
    client_secret: Secret | None = None


@mutation
def revise_key(
    actor: Actor,
    key_id: str,
    attributes: Mapping[str, object] | None = None,
    /,
    *,
    expected_version: int | None = None,
    unique_name: bool = False,
    now: datetime | None = None,
    **named: object,
) -> Revised:
    """Set the given attributes and leave all others as they are.

    With `unique_name` no other live key of the subject may have a name or subject that is new.

    Raises `NotFound`, `VersionMismatch`, `InvalidInput`, `KeyRevoked`, `GrantExceedsHolder`,
    `LastRootCredential`, `NameTaken`, `RevocationPending`.
    """
    now = now or utc_now()
    key = lock_key(actor, key_id, expected_version=expected_version)
    if key.revoked_at is not None:
        raise KeyRevoked
    before = homes.current(key)
    values = clean_revision({**(attributes or {}), **named}, before)
    if "scopes" in values:
        grants.require_grantable(actor, key.key_type, values["scopes"])
    changed = {
        name: value for name, value in values.items() if homes.storable(value) != before[name]
    }
    if not changed:
        changes.confirm(KEY, key.public_id)
        return Revised(key)
    _require_allowed(actor, key, before, changed)
    if unique_name and changed.keys() & {"name", "subject"}:
        whole = {**before, **changed}
        naming.require_free_name(key.tenant, whole["subject"], whole["name"], now, but=key)
    return Revised(*_apply(actor, key, before, changed, now))


def _require_allowed(
    actor: Actor, key: ApiKey, before: Mapping[str, Any], changed: Mapping[str, Any]
) -> None:
    grants.require_reach(actor, key)
    if changed.keys() & _OPENING:
        # What it holds now: who narrows a key could rotate it then, and wait until it is widened.
        grants.require_equal(actor, key)
    if "hold" in changed and "disabled" in (before["hold"], changed["hold"]):
        actor.require("api_keys:revoke")  # by this way too, `disabled` is not for mere writers


def _apply(
    actor: Actor,
    key: ApiKey,
    before: Mapping[str, Any],
    changed: Mapping[str, Any],
    now: datetime,
) -> tuple[ApiKey, Secret | None]:
    homes.write_changes(key, changed)
    ApiKey.objects.filter(pk=key.pk).update(version=F("version") + 1, updated_at=now)
    changes.key_changed(key)
    if "credits" in changed:
        ledger.set_credits(key.pk, changed["credits"], micros(now))
    client_secret = _client_secret(key, changed)
    if grants.is_root_credential(key):
        grants.require_root_remains(key.tenant, now)
    told = {name: [before[name], homes.storable(value)] for name, value in changed.items()}
    audit.record(actor, Action.KEY_REVISED, key, now=now, changes=told)
    return reread(key), client_secret


def _client_secret(key: ApiKey, changed: Mapping[str, Any]) -> Secret | None:
    match changed.get("requires_client_secret"):
        case True:
            return secrets.store_client_secret(key)
        case False:
            secrets.drop_client_secret(key)
    return None
