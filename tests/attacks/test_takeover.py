"""Nobody ends up with more than they hold, by whichever way a key can be changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from apikeys.domain.errors import GrantExceedsHolder
from apikeys.domain.secret import Secret
from apikeys.models import ApiKey, AuditEvent
from apikeys.operations import (
    Actor,
    Presentation,
    delete_key,
    disable_key,
    enable_key,
    issue_key,
    restore_key,
    revise_key,
    rotate_secret,
    verify,
)
from apikeys.operations.reaching import utc_now
from apikeys.operations.root import ensure_root_key

pytestmark = pytest.mark.django_db

CERTIFICATE_HASH = "A" * 43

# What an attacker can do with the key whose old secret they hold, to make it usable (again).
WIDENINGS: list[dict[str, Any]] = [
    {"hold": None},
    {"expires_at": None},
    {"resource_scopes": None},
    {"allowed_ips": None},
    {"allowed_domains": None},
    {"allowed_origins": None},
    {"allowed_environments": None},
    {"enforce_https": False},
    {"enforce_mutual_tls": False, "client_certificate_hash": None},
    {"enforce_signing": False},
    {"requires_client_secret": False},
    {"allowed_signature_algorithms": None},
]


def guarded_key() -> ApiKey:
    """A key with everything, beside the root key, that is tied down in every way there is."""
    ensure_root_key()
    return issue_key(
        Actor.system(),
        name="tied down",
        key_type="management",
        scopes=["*"],
        hold="suspended",
        expires_at=utc_now() + timedelta(days=1),
        resource_scopes=[],
        allowed_ips=[],
        allowed_domains=[],
        allowed_origins=[],
        allowed_environments=[],
        enforce_https=True,
        enforce_mutual_tls=True,
        client_certificate_hash=CERTIFICATE_HASH,
        enforce_signing=True,
        requires_client_secret=True,
        allowed_signature_algorithms=[],
    ).key


def holder(*scopes: str, tenant_id: str | None = None) -> Actor:
    """A management key of the default tenant, as its operations see it."""
    key = issue_key(Actor.system(), name="caller", key_type="management", scopes=list(scopes)).key
    tenant_id = tenant_id or key.tenant.public_id
    return Actor("management_key", key.public_id, tuple(scopes), tenant_id, tenant_id)


@pytest.mark.parametrize("change", WIDENINGS, ids=lambda change: next(iter(change)))
def test_who_holds_less_cannot_untie_a_management_key(change: dict[str, Any]) -> None:
    key, caller = guarded_key(), holder("api_keys:write", "api_keys:revoke")
    with pytest.raises(GrantExceedsHolder):
        revise_key(caller, key.public_id, change)
    assert ApiKey.objects.get(pk=key.pk).version == key.version


@pytest.mark.parametrize("change", WIDENINGS, ids=lambda change: next(iter(change)))
def test_who_holds_as_much_can(change: dict[str, Any]) -> None:
    key = guarded_key()
    revise_key(holder("*"), key.public_id, change)
    assert ApiKey.objects.get(pk=key.pk).version == key.version + 1


def test_who_holds_less_can_still_rename_a_management_key() -> None:
    key = guarded_key()
    revise_key(holder("api_keys:write"), key.public_id, name="renamed", tags=["seen"])
    assert ApiKey.objects.get(pk=key.pk).name == "renamed"


def test_a_stronger_management_key_cannot_be_narrowed_to_be_rotated_and_widened_again() -> None:
    key = guarded_key()
    caller = holder("api_keys:write", "api_keys:read")
    with pytest.raises(GrantExceedsHolder):
        revise_key(caller, key.public_id, scopes=["api_keys:read"])
    assert ApiKey.objects.get(pk=key.pk).scopes == key.scopes


def test_who_holds_as_much_narrows_and_widens() -> None:
    key, caller = guarded_key(), holder("*")
    revise_key(caller, key.public_id, scopes=["api_keys:read"])
    assert ApiKey.objects.get(pk=key.pk).scopes == ["api_keys:read"]


@pytest.mark.parametrize("change", [{"name": "x"}, {"max_uses": 1}, {"subject": "x"}])
def test_the_root_key_is_changed_by_who_reaches_as_far(change: dict[str, object]) -> None:
    ensure_root_key()
    root = ApiKey.objects.get(is_root=True)
    with pytest.raises(GrantExceedsHolder):
        revise_key(holder("*"), root.public_id, change)
    revise_key(Actor.system(), root.public_id, change)
    assert ensure_root_key() is None, "the next start must not make another"


def test_the_root_key_is_deleted_by_who_reaches_as_far() -> None:
    ensure_root_key()
    root = ApiKey.objects.get(is_root=True)
    caller = holder("*")
    with pytest.raises(GrantExceedsHolder):
        delete_key(caller, root.public_id)
    assert ApiKey.objects.get(is_root=True).deleted_at is None


def test_who_may_only_stop_keys_cannot_enable_one_that_holds_more() -> None:
    key, caller = guarded_key(), holder("api_keys:revoke")
    disable_key(caller, key.public_id)
    with pytest.raises(GrantExceedsHolder):
        enable_key(caller, key.public_id)
    assert ApiKey.objects.get(pk=key.pk).hold == "disabled"


def test_keys_that_manage_nothing_are_untied_by_any_writer() -> None:
    key = issue_key(Actor.system(), name="x", scopes=["*"], hold="suspended", allowed_ips=[]).key
    revise_key(holder("api_keys:write"), key.public_id, hold=None, allowed_ips=None)
    assert ApiKey.objects.get(pk=key.pk).hold is None


def by_rotation(caller: Actor, key_id: str) -> object:
    return rotate_secret(caller, key_id)


def by_untying(caller: Actor, key_id: str) -> object:
    return revise_key(caller, key_id, allowed_ips=None)


def by_client_secret(caller: Actor, key_id: str) -> object:
    return revise_key(caller, key_id, requires_client_secret=True)


def by_enabling(caller: Actor, key_id: str) -> object:
    disable_key(Actor.system(), key_id)
    return enable_key(caller, key_id)


@pytest.mark.parametrize("way", [by_rotation, by_untying, by_client_secret, by_enabling])
def test_the_root_key_is_out_of_reach_of_others_that_hold_everything(
    way: Callable[[Actor, str], object],
) -> None:
    """Such a key is good for its own tenant; the root key is good for every tenant."""
    secret = ensure_root_key()
    assert secret is not None
    root = ApiKey.objects.get(is_root=True)
    caller = holder("*")
    revise_key(Actor.system(), root.public_id, allowed_ips=["192.0.2.1/32"])
    with pytest.raises(GrantExceedsHolder):
        way(caller, root.public_id)
    assert ApiKey.objects.get(pk=root.pk).is_root


def test_the_root_key_rotates_itself() -> None:
    old = ensure_root_key()
    assert old is not None
    root = ApiKey.objects.get(is_root=True)
    itself = Actor("management_key", root.public_id, ("*",), None, root.tenant.public_id)
    new = rotate_secret(itself, root.public_id).secret
    verdict = verify(Presentation(new))
    assert verdict.valid
    assert verdict.terms is not None
    assert verdict.terms.is_root


def test_a_root_key_that_was_deleted_comes_back_as_an_ordinary_one() -> None:
    secret = ensure_root_key()
    assert isinstance(secret, Secret)
    root = ApiKey.objects.get(is_root=True)
    holder("*")  # somebody must remain
    delete_key(Actor.system(), root.public_id)
    restore_key(Actor.system(), root.public_id)
    terms = verify(Presentation(secret)).terms
    assert terms is not None
    assert not terms.is_root


def test_an_attempt_that_is_refused_leaves_no_trace_in_the_chain() -> None:
    key, caller = guarded_key(), holder("api_keys:write")
    before = AuditEvent.objects.count()
    attempts: list[Callable[[str], object]] = [
        partial(rotate_secret, caller),
        partial(revise_key, caller, allowed_ips=None),
    ]
    for attempt in attempts:
        with pytest.raises(GrantExceedsHolder):
            attempt(key.public_id)
    assert AuditEvent.objects.count() == before
