"""Refused attempts in the admin: who tries keys, and who has a wrong one. Only to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from apikeys.admin import facets
from apikeys.admin.pages import PagesMixin
from apikeys.admin.showing import moment
from apikeys.admin.staff import allows
from apikeys.domain.text import is_storable
from apikeys.models import RefusedAttempt

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[RefusedAttempt]
else:
    _ModelAdmin = admin.ModelAdmin  # subscriptable for the type checker only


class RefusedAttemptAdminMixin(PagesMixin):
    """A list with filters; an hour of one source has no page of its own."""

    list_display = ("began", "why", "source_told", "attempts")
    list_display_links = None
    list_filter = (facets.ReasonFacet, facets.HourFacet, facets.TenantFacet)
    search_fields = ("source",)
    search_help = _("An address in full, as it is written in the list.")
    actions = None

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        text = search_term.strip()
        return (queryset.filter(source=text) if text and is_storable(text) else queryset), False

    def get_urls(self) -> list[URLPattern]:
        only = "apikeys_refusedattempt_changelist"
        return [url for url in super().get_urls() if url.name == only]

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return allows(request, "view_refusedattempt")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description=_("hour from"))
    def began(self, attempt: RefusedAttempt) -> str:
        return moment(attempt.hour)

    @admin.display(description=_("reason"))
    def why(self, attempt: RefusedAttempt) -> str:
        return attempt.reason.replace("_", " ")

    @admin.display(description=_("source"))
    def source_told(self, attempt: RefusedAttempt) -> str:
        return attempt.source or _t("not told")


class RefusedAttemptAdmin(RefusedAttemptAdminMixin, _ModelAdmin):
    """Refused attempts, on Django's own `ModelAdmin`."""
