"""Access keys in the admin: a list to look after them, and the page of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apikeys.admin.action import StaffAction
from apikeys.admin.showing import moment, stacked, status_badge
from apikeys.admin.staff import allows, require
from apikeys.domain.text import is_storable
from apikeys.operations.reaching import utc_now
from clients.admin import facets
from clients.admin.actions import KEY_ACTIONS
from clients.admin.revealing import RevealingMixin
from clients.admin.searching import GuardedSearchMixin
from clients.admin.showing import age_of, badges, key_rows_of, warnings_of
from clients.admin.staff import VIEW, VIEW_KEYS
from clients.models import AccessKey

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[AccessKey]
else:
    _ModelAdmin = admin.ModelAdmin  # subscriptable for the type checker only

_NOT_HERE = ("_add", "_history")


class AccessKeyAdminMixin(GuardedSearchMixin, RevealingMixin):
    """Everything about access keys, to be put before whatever `ModelAdmin` a project uses."""

    template_folders = ("clients/admin", "apikeys/admin")
    acts = KEY_ACTIONS
    list_display = ("identity", "holder", "algorithm", "age", "last_used")
    list_display_links = ("identity",)
    list_filter = (facets.KeyStatusFacet, facets.AlgorithmFacet, facets.KeyTenantFacet)
    search_fields = ("public_id", "fingerprint", "client__public_id", "client__search_name")
    search_help = _("A part of the client's name; or an id of key or client, or a fingerprint.")

    def get_queryset(self, request: HttpRequest) -> Any:
        return AccessKey.objects.select_related("client__tenant")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        text = search_term.strip()
        if not text or not is_storable(text):
            return queryset, False
        ids = Q(public_id=text) | Q(client__public_id=text) | Q(fingerprint=text.casefold())
        return queryset.filter(ids | Q(client__search_name__contains=text.casefold())), False

    def get_urls(self) -> list[URLPattern]:
        own = [*self.reveal_urls(), *self.action_urls()]
        taken = {url.name for url in own}
        inherited = [url for url in super().get_urls() if url.name not in taken]
        return [*own, *(url for url in inherited if not str(url.name).endswith(_NOT_HERE))]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None in the list: whoever deletes a key should have looked at its client."""
        return {}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page of one key, deleted ones too."""
        require(request, VIEW_KEYS)
        key = self.found(request, object_id)
        stands = key.revoked_at is None
        return self.page(
            request,
            "access_key",
            key.public_id,
            key=key,
            badge=badges(warnings_of([key])) if stands else status_badge("deleted"),
            rows=list(key_rows_of(key)),
            events=self.trail(request, key),
            offers=list(self.offers(request, key)),
            client_url=self.client_url(key) if allows(request, VIEW) else "",
        )

    def home_of(self, thing: AccessKey) -> str:
        return self.client_url(thing)

    def landing_of(self, action: StaffAction, thing: AccessKey) -> str:
        return self.client_url(thing)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return allows(request, VIEW_KEYS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description=_("id"))
    def identity(self, key: AccessKey) -> SafeString:
        return stacked(key.public_id, f"{key.fingerprint[:16]}…")

    @admin.display(description=_("client"))
    def holder(self, key: AccessKey) -> SafeString:
        return stacked(key.client.name or key.client.public_id, str(key.tenant))

    @admin.display(description=_("age"))
    def age(self, key: AccessKey) -> SafeString:
        said = warnings_of([key]) if key.revoked_at is None else ["deleted"]
        return stacked(age_of(key.created_at, utc_now()), badges(said))

    @admin.display(description=_("last used"))
    def last_used(self, key: AccessKey) -> str:
        return moment(key.last_used_at)


class AccessKeyAdmin(AccessKeyAdminMixin, _ModelAdmin):
    """Access keys, on Django's own `ModelAdmin`."""
