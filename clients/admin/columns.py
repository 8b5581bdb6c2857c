"""What the list of clients says of each."""

from __future__ import annotations

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from apikeys.admin.pages import PagesMixin
from apikeys.admin.showing import NOTHING, moment, stacked
from apikeys.operations.reaching import utc_now
from clients.admin.showing import age_of, counted, enabled_badge, words
from clients.models import ServiceClient
from clients.operations.access_keys import ACTIVE_MAX

_SCOPES_SHOWN = 3


class ColumnsMixin(PagesMixin):
    """The columns; of the access keys those that are prefetched are meant, all active."""

    list_display = ("identity", "state", "owner", "may", "keys", "oldest", "last_used")
    list_display_links = ("identity",)

    @admin.display(description=_("name"))
    def identity(self, client: ServiceClient) -> SafeString:
        return stacked(client.name or _t("without a name"), client.public_id)

    @admin.display(description=_("state"))
    def state(self, client: ServiceClient) -> SafeString:
        return enabled_badge(client)

    @admin.display(description=_("tenant"))
    def owner(self, client: ServiceClient) -> str:
        return str(client.tenant)

    @admin.display(description=_("scopes"))
    def may(self, client: ServiceClient) -> SafeString | str:
        more = len(client.scopes[_SCOPES_SHOWN:])
        shown = words(client.scopes[:_SCOPES_SHOWN])
        return stacked(shown, _t("and %d more") % more) if more else shown

    @admin.display(description=_("keys"))
    def keys(self, client: ServiceClient) -> str:
        told = {"count": len(client.active_keys), "most": ACTIVE_MAX}
        return _t("%(count)d of %(most)d") % told

    @admin.display(description=_("oldest key"))
    def oldest(self, client: ServiceClient) -> SafeString | str:
        keys = client.active_keys
        if not keys:
            return NOTHING
        age = age_of(min(key.created_at for key in keys), utc_now())
        return stacked(age, counted("old", keys))

    @admin.display(description=_("last used"))
    def last_used(self, client: ServiceClient) -> SafeString | str:
        keys = client.active_keys
        used = [key.last_used_at for key in keys if key.last_used_at]
        return stacked(moment(max(used, default=None)), counted("unused", keys))
