"""The audit trail in the admin: to be read, by nobody to be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apikeys.admin import facets
from apikeys.admin.pages import PagesMixin
from apikeys.admin.showing import NOTHING, Row, moment, pretty, stacked
from apikeys.admin.staff import allows, require
from apikeys.domain.text import is_storable
from apikeys.models import AuditEvent

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[AuditEvent]
else:
    _ModelAdmin = admin.ModelAdmin  # subscriptable for the type checker only

_PAGES = {"apikeys_auditevent_changelist", "apikeys_auditevent_change", None}


class AuditEventAdminMixin(PagesMixin):
    """A list with filters, and a page for each event."""

    list_display = ("when", "what", "who", "tenant", "reason")
    list_display_links = ("when",)
    list_filter = (
        facets.ActionFacet,
        facets.ActorFacet,
        facets.DateFacet,
        facets.TenantFacet,
    )
    list_select_related = ("tenant",)
    search_fields = ("object_id", "actor_id", "request_id")
    search_help = _("The id of an object, an actor, a request or an event, in full.")
    actions = None

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        text = search_term.strip()
        if not text or not is_storable(text):
            return queryset, False
        names = Q(object_id=text) | Q(actor_id=text) | Q(request_id=text) | Q(public_id=text)
        return queryset.filter(names), False

    def get_urls(self) -> list[URLPattern]:
        return [url for url in super().get_urls() if url.name in _PAGES]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        require(request, "view_auditevent")
        event = self.found(request, object_id)
        return self.page(request, "event", str(event), rows=_rows(event))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return allows(request, "view_auditevent")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description=_("at"))
    def when(self, event: AuditEvent) -> str:
        return moment(event.at)

    @admin.display(description=_("action"))
    def what(self, event: AuditEvent) -> SafeString:
        return stacked(event.action, event.object_id)

    @admin.display(description=_("actor"))
    def who(self, event: AuditEvent) -> SafeString:
        kind = event.actor_kind.replace("_", " ")
        return stacked(event.actor_id, f"{kind}, {event.ip}" if event.ip else kind)


class AuditEventAdmin(AuditEventAdminMixin, _ModelAdmin):
    """The audit trail, on Django's own `ModelAdmin`."""


def _rows(event: AuditEvent) -> list[Row]:
    shown = [
        (_("Event"), event.public_id),
        (_("Number in the tenant's chain"), event.sequence),
        (_("At"), event.at.isoformat(timespec="microseconds")),
        (_("Actor"), event.actor_id),
        (_("Kind of actor"), event.actor_kind.replace("_", " ")),
        (_("Tenant"), f"{event.tenant} ({event.tenant.public_id})"),
        (_("Object"), f"{event.object_type.replace('_', ' ')} {event.object_id}"),
        (_("Reason"), event.reason),
        (_("IP address"), event.ip),
        (_("Request"), event.request_id),
        (_("Changes"), pretty(event.changes) if event.changes else None),
        (_("MAC over this and all before"), event.mac),
    ]
    return [Row(str(label), str(value or NOTHING)) for label, value in shown]
