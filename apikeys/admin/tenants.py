"""Tenants in the admin: made, changed, suspended and resumed through the operations."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apikeys.admin.facets import TenantStatusFacet
from apikeys.admin.forms import RefusableForm
from apikeys.admin.pages import PagesMixin
from apikeys.admin.showing import moment, status_badge
from apikeys.admin.staff import actor_of, allows, require
from apikeys.admin.tenant_form import FIELDSETS, TenantForm, new_values, values_of
from apikeys.domain.errors import KeyServiceError
from apikeys.domain.text import is_storable
from apikeys.models import Tenant
from apikeys.operations import create_tenant, revise_tenant

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Tenant]
else:
    _ModelAdmin = admin.ModelAdmin  # subscriptable for the type checker only

_ACTIONS = {"suspend": Tenant.Status.SUSPENDED, "resume": Tenant.Status.ACTIVE}
_CONSEQUENCES = {
    "suspend": gettext_lazy("Every key of the tenant is refused from now on, until it is resumed."),
    "resume": gettext_lazy("The keys of the tenant are accepted again, as far as each allows."),
}
_TITLES = {"suspend": gettext_lazy("Suspend"), "resume": gettext_lazy("Resume")}


class TenantAdminMixin(PagesMixin):
    """Everything about tenants, to be put before whatever `ModelAdmin` a host project uses."""

    list_display = ("name", "state", "public_id", "secret_prefix", "is_default", "created")
    list_display_links = ("name",)
    list_filter = (TenantStatusFacet,)
    search_fields = ("name", "public_id")
    search_help = gettext_lazy("A part of the name, or an id in full.")
    actions = None

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        text = search_term.strip()
        return (queryset.matching(text) if text and is_storable(text) else queryset), False

    def get_urls(self) -> list[URLPattern]:
        return [
            *(
                path(
                    f"<int:pk>/{name}/",
                    self.own(partial(self.state_view, name=name)),
                    name=f"apikeys_tenant_{name}",
                )
                for name in _ACTIONS
            ),
            *(url for url in super().get_urls() if url.name != "apikeys_tenant_delete"),
        ]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        require(request, "add_tenant")
        form = _bound(request, new_values())
        if request.method == "POST" and form.is_valid():
            try:
                tenant = create_tenant(actor_of(request), form.given())
            except KeyServiceError as error:
                form.absorb(error)
            else:
                self.log_addition(request, tenant, "Created")
                return self._changed(request, tenant)
        return self._form_page(request, form, _("Add a tenant"), None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        tenant = self.found(request, object_id)
        if request.method == "POST" or allows(request, "change_tenant"):
            require(request, "change_tenant")
            return self._change(request, tenant)
        require(request, "view_tenant")
        return self._form_page(request, _bound(request, values_of(tenant)), tenant.name, tenant)

    def state_view(self, request: HttpRequest, *, pk: int, name: str) -> HttpResponse:
        """Suspend or resume: GET asks, POST does."""
        require(request, "suspend_tenant")
        tenant, form = self.found(request, pk), RefusableForm(request.POST)
        if request.method == "POST" and form.is_valid():
            try:
                revise_tenant(actor_of(request), tenant.public_id, {"status": _ACTIONS[name]})
            except KeyServiceError as error:
                form.absorb(error)
            else:
                self.log_change(request, tenant, str(_ACTIONS[name]))
                return self._changed(request, tenant)
        title = _("%(action)s %(name)s: are you sure?")
        return self.page(
            request,
            "tenant_state",
            title % {"action": _TITLES[name], "name": tenant.name},
            original=tenant,
            form=form,
            submit=_TITLES[name],
            consequence=_CONSEQUENCES[name],
            is_grave=name == "suspend",
            back=self.url_of("change", tenant.pk),
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """The audit trail of the tenant: Django's own log knows only what the admin did."""
        require(request, "view_auditevent")
        return HttpResponseRedirect(self.audit_url(self.found(request, object_id)))

    @admin.display(description=gettext_lazy("status"))
    def state(self, tenant: Tenant) -> SafeString:
        return status_badge(tenant.status)

    @admin.display(description=gettext_lazy("created"))
    def created(self, tenant: Tenant) -> str:
        return moment(tenant.created_at)

    def _change(self, request: HttpRequest, tenant: Tenant) -> HttpResponse:
        form = _bound(request, values_of(tenant))
        if request.method == "POST" and form.is_valid():
            try:
                version = form.cleaned_data["expected_version"]
                revise_tenant(
                    actor_of(request), tenant.public_id, form.given(), expected_version=version
                )
            except KeyServiceError as error:
                form.absorb(error)
            else:
                self.log_change(request, tenant, "Changed")
                return self._changed(request, tenant)
        return self._form_page(request, form, tenant.name, tenant)

    def _changed(self, request: HttpRequest, tenant: Tenant) -> HttpResponse:
        text = _("Done: %(tenant)s (%(id)s).")
        text %= {"tenant": tenant.name, "id": tenant.public_id}
        self.message_user(request, text, messages.SUCCESS)
        here = "change" if allows(request, "view_tenant") else "changelist"
        return HttpResponseRedirect(self.url_of(here, *([tenant.pk] if here == "change" else [])))

    def _form_page(
        self, request: HttpRequest, form: TenantForm, title: str, tenant: Tenant | None
    ) -> HttpResponse:
        may = "add_tenant" if tenant is None else "change_tenant"
        return self.form_page(
            request,
            form,
            FIELDSETS,
            title,
            tenant=tenant,
            badge=status_badge(tenant.status) if tenant else "",
            state_url=self._state_url(request, tenant),
            history_url=self._history_url(request, tenant),
            back=self.url_of("changelist"),
            submit=_("Save") if allows(request, may) else None,
        )

    def _state_url(self, request: HttpRequest, tenant: Tenant | None) -> str:
        if tenant is None or not allows(request, "suspend_tenant"):
            return ""
        return self.url_of("suspend" if tenant.is_active else "resume", tenant.pk)

    def _history_url(self, request: HttpRequest, tenant: Tenant | None) -> str:
        return self.audit_url(tenant) if tenant and allows(request, "view_auditevent") else ""


class TenantAdmin(TenantAdminMixin, _ModelAdmin):
    """Tenants, on Django's own `ModelAdmin`."""


def _bound(request: HttpRequest, initial: dict[str, Any]) -> TenantForm:
    return TenantForm(data=request.POST if request.method == "POST" else None, initial=initial)
