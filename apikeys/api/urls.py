"""The native API's addresses, below wherever they are mounted. None ends in a slash."""

from __future__ import annotations

from django.urls import path

from apikeys.api.audit_events import AuditEventViewSet
from apikeys.api.documents import document_urls
from apikeys.api.forward_auth import ForwardAuthViewSet
from apikeys.api.keys import KeyViewSet
from apikeys.api.leases import LeaseViewSet
from apikeys.api.problems import refused
from apikeys.api.reservations import ReservationViewSet
from apikeys.api.tenants import TenantViewSet
from apikeys.api.usage import KeyUsageViewSet, RefusedAttemptViewSet, UsageViewSet
from apikeys.api.verifying import VerifyViewSet

__all__ = ["app_name", "documented", "refused", "title", "urlpatterns"]

app_name = "apikeys"
title = "keyservice"

_KEY = "api_keys/<str:key_id>"
_FORWARD_AUTH = "forward_auth"
_FURTHER = ("post", "put", "patch", "delete")  # proxies ask with the method of what they ask about
_RESERVATION = "reservations/<str:reservation_id>"

urlpatterns = [
    # First, since it is asked for most and addresses are tried in order.
    path("api_keys/verify", VerifyViewSet.as_view({"post": "verify"}), name="verify"),
    path("api_keys", KeyViewSet.as_view({"get": "list", "post": "create"}), name="keys"),
    path(
        _KEY,
        KeyViewSet.as_view({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="key",
    ),
    *(
        path(f"{_KEY}/{verb}", KeyViewSet.as_view({"post": verb}), name=f"key-{verb}")
        for verb in ("revoke", "disable", "enable", "rotate", "restore", "secret")
    ),
    path(
        "leases/<str:lease_id>/release",
        LeaseViewSet.as_view({"post": "release"}),
        name="lease-release",
    ),
    path(
        f"{_KEY}/reservations",
        ReservationViewSet.as_view({"post": "create"}),
        name="key-reservations",
    ),
    *(
        path(
            f"{_RESERVATION}/{verb}",
            ReservationViewSet.as_view({"post": verb}),
            name=f"reservation-{verb}",
        )
        for verb in ("settle", "release")
    ),
    path(f"{_KEY}/usage", KeyUsageViewSet.as_view({"get": "retrieve"}), name="key-usage"),
    path("usage", UsageViewSet.as_view({"post": "report"}), name="usage"),
    path("usage/attempts", RefusedAttemptViewSet.as_view({"get": "list"}), name="attempts"),
    path("tenants", TenantViewSet.as_view({"get": "list", "post": "create"}), name="tenants"),
    path(
        "tenants/<str:tenant_id>",
        TenantViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
        name="tenant",
    ),
    path(
        _FORWARD_AUTH,
        ForwardAuthViewSet.as_view(dict.fromkeys(("get", *_FURTHER), "judge")),
        name="forward-auth",
    ),
    path("audit_events", AuditEventViewSet.as_view({"get": "list"}), name="audit-events"),
    *document_urls(app_name),
]

# One method of five that say the same.
documented = [
    *(it for it in urlpatterns if str(it.pattern) != _FORWARD_AUTH),
    path(_FORWARD_AUTH, ForwardAuthViewSet.as_view({"get": "judge"})),
]
