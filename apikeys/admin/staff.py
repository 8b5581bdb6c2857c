"""A staff member as the operations know them: an actor with the scopes of their permissions.

So nobody can hand out, through the admin, a management scope that they lack themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from apikeys.api.presenting import caller_address
from apikeys.api.requests import request_id_of
from apikeys.domain.actors import Actor
from apikeys.domain.scopes import EVERYTHING

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser

# Apps that stand on this one add theirs.
SCOPES = {
    "apikeys.view_apikey": "api_keys:read",
    "apikeys.issue_apikey": "api_keys:write",
    "apikeys.revoke_apikey": "api_keys:revoke",
    "apikeys.reveal_apikey": "api_keys:reveal",
    "apikeys.view_auditevent": "audit:read",
    "apikeys.view_tenant": "tenants:read",
    "apikeys.change_tenant": "tenants:write",
}

# Scopes that stand for several permissions, so that they are held only by who has all of these.
JOINT_SCOPES: dict[str, tuple[str, ...]] = {}


def actor_of(request: HttpRequest) -> Actor:
    """Who acts on this request, for the operations and the audit trail."""
    user = _user(request)
    return Actor(
        kind="staff",
        id=user.get_username(),
        scopes=_scopes(user),
        ip=caller_address(request),
        request_id=request_id_of(request),
    )


def staff_id(request: HttpRequest) -> int:
    """The primary key by which one-time pages are bound to their maker."""
    pk: int = _user(request).pk
    return pk


def allows(request: HttpRequest, permission: str) -> bool:
    """Whether the staff member may: `rotate_apikey`, or of another app `its_label.view_thing`."""
    return _user(request).has_perm(permission if "." in permission else f"apikeys.{permission}")


def require(request: HttpRequest, permission: str) -> None:
    """Raise `PermissionDenied` unless the staff member has the permission."""
    if not allows(request, permission):
        raise PermissionDenied


def _user(request: HttpRequest) -> AbstractUser:
    # `AdminSite.admin_view` has turned everybody else away.
    return request.user  # type: ignore[return-value]


def _scopes(user: AbstractUser) -> tuple[str, ...]:
    if user.is_superuser:
        return (EVERYTHING,)
    single = [scope for permission, scope in SCOPES.items() if user.has_perm(permission)]
    joint = [scope for scope, needed in JOINT_SCOPES.items() if user.has_perms(needed)]
    return (*single, *joint)
