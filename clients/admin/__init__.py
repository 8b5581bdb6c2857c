"""The Django admin for service clients, their access keys and the service's signing keys.

Stands on `apikeys.admin`, and like it calls one operation for each change. The classes are put on
`django.contrib.admin.site` unless `APIKEYS["REGISTER_ADMIN"]` is false.
"""

from __future__ import annotations

from django.contrib import admin

from apikeys.conf import settings
from clients.admin.access_keys import AccessKeyAdmin, AccessKeyAdminMixin
from clients.admin.clients import ServiceClientAdmin, ServiceClientAdminMixin
from clients.admin.signing_keys import SigningKeyAdmin, SigningKeyAdminMixin
from clients.models import AccessKey, ServiceClient, SigningKey

__all__ = [
    "AccessKeyAdmin",
    "AccessKeyAdminMixin",
    "ServiceClientAdmin",
    "ServiceClientAdminMixin",
    "SigningKeyAdmin",
    "SigningKeyAdminMixin",
    "register",
]


def register(site: admin.AdminSite) -> None:
    """Put clients, access keys and signing keys on an admin site."""
    site.register(ServiceClient, ServiceClientAdmin)
    site.register(AccessKey, AccessKeyAdmin)
    site.register(SigningKey, SigningKeyAdmin)


if settings.REGISTER_ADMIN:
    register(admin.site)
