"""The page that shows the secrets of a new access key, once, to who asked for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from apikeys.admin.acting import ActingMixin
from apikeys.admin.pages import confidential
from apikeys.admin.revealing import SHOWN_SECONDS
from apikeys.admin.staff import actor_of, require, staff_id
from apikeys.conf import settings as key_settings
from apikeys.domain.secret import Secret
from clients.admin.staff import REQUEST
from clients.conf import settings
from clients.models import AccessKey
from clients.operations.reveal import open_key_once, peek_at_key, waiting_pages

_TITLES = {
    "access_key": gettext_lazy("Access key"),
    "client_secret": gettext_lazy("Client secret"),
}
_VARIABLES = {"access_key": "ACCESS_KEY", "client_secret": "CLIENT_SECRET"}


class RevealingMixin(ActingMixin):
    """The one-time page of an access key, and the list of those that wait."""

    sees_secrets = REQUEST

    def reveal_urls(self) -> list[Any]:
        return [
            path("waiting/", self.own(self.waiting_view), name="service_clients_accesskey_waiting"),
            path(
                "<int:pk>/reveal/<str:ticket>/",
                self.own(self.reveal_view),
                name="service_clients_accesskey_reveal",
            ),
        ]

    def waiting_view(self, request: HttpRequest) -> HttpResponse:
        """The keys that wait to be seen by this person, each with its one-time page."""
        require(request, REQUEST)
        waiting = waiting_pages(staff_id(request))
        return self.page(request, "waiting", _("Access keys that wait for you"), waiting=waiting)

    def reveal_view(self, request: HttpRequest, pk: int, ticket: str) -> HttpResponse:
        """GET says what will happen and consumes nothing; POST shows the secrets, once."""
        require(request, REQUEST)
        key = self.found(request, pk)
        show = self._open if request.method == "POST" else self._closed
        return self.one_time(request, partial(show, request, key, ticket))

    def client_url(self, key: AccessKey) -> str:
        """The page of the key's client."""
        name, args = "admin:service_clients_serviceclient_change", (key.client_id,)
        return reverse(name, args=args, current_app=self.admin_site.name)

    def _closed(self, request: HttpRequest, key: AccessKey, ticket: str) -> HttpResponse:
        waiting = peek_at_key(key, ticket, staff_id(request))
        page = self.page(
            request,
            "reveal",
            _("Show the access key once"),
            key=key,
            expires_at=waiting.expires_at,
            minutes=key_settings.REVEAL_SECONDS // 60,
            back=self.client_url(key),
        )
        return confidential(page, referrer="same-origin")

    @sensitive_variables()
    def _open(self, request: HttpRequest, key: AccessKey, ticket: str) -> HttpResponse:
        secrets = open_key_once(actor_of(request), key, ticket, staff_id(request))
        return self._show(request, key, secrets)

    def _show(
        self, request: HttpRequest, key: AccessKey, secrets: Mapping[str, Secret]
    ) -> HttpResponse:
        # Masked values, revealed while the template is rendered: see `apikeys.admin.revealing`.
        shown = [
            {"title": _TITLES[name], "variable": _VARIABLES[name], "value": secret}
            for name, secret in secrets.items()
        ]
        page = self.page(
            request,
            "secret",
            _("The access key of %(name)s") % {"name": key.client.name or key.client.public_id},
            key=key,
            secrets=shown,
            issuer=next(iter(settings.ISSUERS), ""),
            shown_seconds=SHOWN_SECONDS,
            shown_minutes=SHOWN_SECONDS // 60,
            back=self.client_url(key),
            is_nav_sidebar_enabled=False,
        )
        # Here, where the frames of a failing template are as sensitive as this one.
        page.render()
        return confidential(page, referrer="no-referrer")
