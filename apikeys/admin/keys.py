"""Keys in the admin: the list, and the page of one key. Everything else is in its siblings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from apikeys.admin import facets
from apikeys.admin.issuing import IssuingMixin
from apikeys.admin.seeking import SeekingMixin
from apikeys.admin.showing import moment, sections_of, stacked, status_badge, visible_part
from apikeys.admin.staff import allows, require
from apikeys.admin.usage import UsageMixin
from apikeys.domain.text import is_storable
from apikeys.models import ApiKey, KeySecret
from apikeys.operations.reaching import utc_now

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[ApiKey]
else:
    _ModelAdmin = admin.ModelAdmin  # subscriptable for the type checker only


class ApiKeyAdminMixin(SeekingMixin, IssuingMixin, UsageMixin):
    """Everything about keys, to be put before whatever `ModelAdmin` a host project uses."""

    change_list_template = "apikeys/admin/key_list.html"
    list_display = ("identity", "status", "visible", "owner", "life", "last_used")
    list_display_links = ("identity",)
    list_filter = (
        facets.StatusFacet,
        facets.EnvironmentFacet,
        facets.TypeFacet,
        facets.HoldFacet,
        facets.ExpiryFacet,
        facets.UnusedFacet,
        facets.TenantFacet,
    )
    list_select_related = ("tenant", "totals")
    search_fields = ("name", "public_id", "subject")
    search_help = _("An id, a visible prefix or a subject in full; or a part of the name.")
    sortable_by = ("identity", "life")

    def get_queryset(self, request: HttpRequest) -> Any:
        return ApiKey.objects.prefetch_related(_visible_secrets())

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """As the API matches it."""
        text = search_term.strip()
        return (queryset.matching(text) if text and is_storable(text) else queryset), False

    def get_urls(self) -> list[URLPattern]:
        inherited = [url for url in super().get_urls() if url.name != "apikeys_apikey_delete"]
        return [
            *self.seek_urls(),
            *self.reveal_urls(),
            *self.issue_urls(),
            *self.action_urls(),
            *self.usage_urls(),
            *inherited,
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page of one key: all it is, what was done to it, and what can be done now."""
        require(request, "view_apikey")
        found, now = self.found(request, object_id), utc_now()
        key = ApiKey.objects.whole().get(pk=found.pk)
        stands = key.revoked_at is None and key.deleted_at is None
        return self.page(
            request,
            "key",
            key.name,
            key=key,
            badge=status_badge(key.status(now)),
            sections=list(sections_of(key, now)),
            secrets=_secrets(key),
            events=self.trail(request, key),
            offers=list(self.offers(request, key)),
            can_edit=stands and allows(request, "issue_apikey"),
            can_read=stands and key.recoverable and allows(request, "reveal_apikey"),
        )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """The audit trail of the key: Django's own log knows only what the admin did."""
        require(request, "view_auditevent")
        return HttpResponseRedirect(self.audit_url(self.found(request, object_id)))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return allows(request, "view_apikey")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return allows(request, "issue_apikey")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return allows(request, "issue_apikey")

    @admin.display(description=_("name"), ordering="search_name")
    def identity(self, key: ApiKey) -> SafeString:
        return stacked(key.name, key.public_id)

    @admin.display(description=_("status"))
    def status(self, key: ApiKey) -> SafeString:
        return status_badge(key.status(utc_now()))

    @admin.display(description=_("secret"))
    def visible(self, key: Any) -> SafeString:
        secret = key.current_secret
        kind = f"{key.environment}, {key.key_type.replace('_', ' ')}"
        return stacked(visible_part(secret.prefix, secret.hint), kind)

    @admin.display(description=_("tenant"))
    def owner(self, key: ApiKey) -> SafeString | str:
        tenant = str(key.tenant)
        return tenant if key.subject == key.tenant.public_id else stacked(tenant, key.subject)

    @admin.display(description=_("expires"), ordering="expires_at")
    def life(self, key: ApiKey) -> SafeString:
        created = _t("created %s") % date_format(localtime(key.created_at), "Y-m-d")
        return stacked(moment(key.expires_at) if key.expires_at else _t("never"), created)

    @admin.display(description=_("last used"))
    def last_used(self, key: ApiKey) -> SafeString:
        return format_html(
            '{} <a class="apikeys-below" href="{}" aria-label="{}">{}</a>',
            moment(key.totals.last_used_at),
            self.url_of("usage", key.pk),
            _t("Usage of %s") % key.name,
            _t("Usage"),
        )


class ApiKeyAdmin(ApiKeyAdminMixin, _ModelAdmin):
    """Keys, on Django's own `ModelAdmin`."""


def _visible_secrets() -> Any:
    shown = KeySecret.objects.only("key", "prefix", "hint", "retires_at")
    return Prefetch("secrets", shown, to_attr="read_secrets")


def _secrets(key: ApiKey) -> list[dict[str, Any]]:
    newest_first = sorted(key.its("secrets"), key=lambda secret: secret.issued_at, reverse=True)
    return [
        {
            "visible": visible_part(it.prefix, it.hint),
            "imported": it.imported,
            "issued": moment(it.issued_at),
            "retires": moment(it.retires_at),
        }
        for it in newest_first
    ]
