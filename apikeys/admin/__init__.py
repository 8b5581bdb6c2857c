"""The Django admin: staff issue, watch, rotate and revoke keys here.

A surface: it reads through querysets and calls one operation for each change, under the actor
that `staff` makes of the person. The classes are put on `django.contrib.admin.site` unless
`APIKEYS["REGISTER_ADMIN"]` is false; a project with a site or a `ModelAdmin` of its own calls
`register`, or combines the mixins.
"""

from __future__ import annotations

from django.contrib import admin

from apikeys.admin.attempts import RefusedAttemptAdmin, RefusedAttemptAdminMixin
from apikeys.admin.audit import AuditEventAdmin, AuditEventAdminMixin
from apikeys.admin.keys import ApiKeyAdmin, ApiKeyAdminMixin
from apikeys.admin.tenants import TenantAdmin, TenantAdminMixin
from apikeys.conf import settings
from apikeys.models import ApiKey, AuditEvent, RefusedAttempt, Tenant

__all__ = [
    "ApiKeyAdmin",
    "ApiKeyAdminMixin",
    "AuditEventAdmin",
    "AuditEventAdminMixin",
    "RefusedAttemptAdmin",
    "RefusedAttemptAdminMixin",
    "TenantAdmin",
    "TenantAdminMixin",
    "register",
]


def register(site: admin.AdminSite) -> None:
    """Put keys, tenants, refused attempts and the audit trail on an admin site."""
    site.register(ApiKey, ApiKeyAdmin)
    site.register(Tenant, TenantAdmin)
    site.register(AuditEvent, AuditEventAdmin)
    site.register(RefusedAttempt, RefusedAttemptAdmin)


if settings.REGISTER_ADMIN:
    register(admin.site)
