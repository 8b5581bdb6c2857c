"""Clients in the admin: the list, and the page of one. Everything else is in its siblings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from apikeys.admin.action import StaffAction
from apikeys.admin.facets import TenantFacet
from apikeys.admin.showing import moment
from apikeys.admin.staff import allows, require
from apikeys.domain.text import is_storable
from apikeys.operations.reaching import utc_now
from clients.admin import facets
from clients.admin.columns import ColumnsMixin
from clients.admin.editing import EditingMixin
from clients.admin.requesting import RequestingMixin
from clients.admin.searching import GuardedSearchMixin
from clients.admin.showing import (
    age_of,
    badges,
    enabled_badge,
    rows_of,
    warnings_of,
)
from clients.admin.staff import EDIT, REQUEST, VIEW
from clients.conf import settings
from clients.models import AccessKey, ServiceClient
from clients.operations.access_keys import ACTIVE_MAX

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[ServiceClient]
else:
    _ModelAdmin = admin.ModelAdmin  # subscriptable for the type checker only


class ServiceClientAdminMixin(ColumnsMixin, GuardedSearchMixin, RequestingMixin, EditingMixin):
    """Everything about clients, to be put before whatever `ModelAdmin` a host project uses."""

    template_folders = ("clients/admin", "apikeys/admin")
    change_list_template = "clients/admin/client_list.html"
    list_filter = (facets.EnabledFacet, facets.ClientKeysFacet, TenantFacet)
    search_fields = ("search_name", "public_id", "access_keys__public_id")
    search_help = _("A part of the name; or the id of a client or of an access key.")

    def get_queryset(self, request: HttpRequest) -> Any:
        active = AccessKey.objects.filter(revoked_at=None)
        return ServiceClient.objects.select_related("tenant").prefetch_related(
            Prefetch("access_keys", active)
        )

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        text = search_term.strip()
        return (queryset.matching(text) if text and is_storable(text) else queryset), False

    def get_urls(self) -> list[URLPattern]:
        deletes = "service_clients_serviceclient_delete"
        inherited = [url for url in super().get_urls() if url.name != deletes]
        return [*self.request_urls(), *self.edit_urls(), *self.action_urls(), *inherited]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page of one client: all it is, its keys, and what can be done now."""
        require(request, VIEW)
        client = self.found(request, object_id)
        keys = client.active_keys
        return self.page(
            request,
            "client",
            client.name or client.public_id,
            client=client,
            badge=enabled_badge(client),
            rows=list(rows_of(client)),
            keys=[_key_shown(key) for key in keys],
            most=ACTIVE_MAX,
            days=settings.KEY_AGE_WARNING_DAYS,
            events=self.trail(request, client, *(key.public_id for key in keys)),
            offers=list(self.offers(request, client)),
            can_edit=allows(request, EDIT),
            can_request=allows(request, REQUEST),
            has_room=len(keys) < ACTIVE_MAX,
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """The audit trail of the client: Django's own log knows only what the admin did."""
        require(request, "view_auditevent")
        return HttpResponseRedirect(self.audit_url(self.found(request, object_id)))

    def landing_of(self, action: StaffAction, thing: ServiceClient) -> str:
        is_gone = action.name == "delete"
        return self.url_of("changelist") if is_gone else super().landing_of(action, thing)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return allows(request, VIEW)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return allows(request, EDIT)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return allows(request, EDIT)


class ServiceClientAdmin(ServiceClientAdminMixin, _ModelAdmin):
    """Service clients, on Django's own `ModelAdmin`."""


def _key_shown(key: AccessKey) -> dict[str, Any]:
    return {
        "key": key,
        "made": moment(key.created_at),
        "age": age_of(key.created_at, utc_now()),
        "last_used": moment(key.last_used_at),
        "warnings": badges(warnings_of([key])),
    }
