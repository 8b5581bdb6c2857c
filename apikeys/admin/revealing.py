"""Pages that show a secret: once after it was made, or again where a copy is kept on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from apikeys.admin.acting import ActingMixin
from apikeys.admin.actions import ACTIONS
from apikeys.admin.pages import confidential
from apikeys.admin.showing import visible_part
from apikeys.admin.staff import actor_of, allows, require, staff_id
from apikeys.conf import settings
from apikeys.domain.errors import KeyServiceError
from apikeys.domain.minting import hint, visible_prefix
from apikeys.domain.secret import Secret
from apikeys.models import ApiKey
from apikeys.operations import read_secret
from apikeys.operations.one_time import waiting
from apikeys.operations.reaching import utc_now
from apikeys.operations.reveal import open_once, peek

SHOWN_SECONDS = 300
_TITLES = {"secret": gettext_lazy("Secret"), "client_secret": gettext_lazy("Client secret")}
_VARIABLES = {"secret": "API_KEY", "client_secret": "API_KEY_CLIENT_SECRET"}


class RevealingMixin(ActingMixin):
    """The one-time page, the list of pages that wait, and reading a recoverable secret again."""

    acts = ACTIONS

    def reveal_urls(self) -> list[Any]:
        return [
            path("waiting/", self.own(self.waiting_view), name="apikeys_apikey_waiting"),
            path("reveal/<str:ticket>/", self.own(self.reveal_view), name="apikeys_apikey_reveal"),
            path("<int:pk>/secret/", self.own(self.secret_view), name="apikeys_apikey_secret"),
        ]

    def waiting_view(self, request: HttpRequest) -> HttpResponse:
        """The secrets that wait to be seen by this person, each with its one-time page."""
        require(request, "reveal_apikey")
        pages = waiting(staff_id(request), utc_now())
        keys = pages.filter(key__isnull=False).select_related("key")
        return self.page(request, "waiting", _("Secrets that wait for you"), waiting=keys)

    def reveal_view(self, request: HttpRequest, ticket: str) -> HttpResponse:
        """GET says what will happen and consumes nothing; POST shows the secret, once."""
        require(request, "reveal_apikey")
        show = self._open if request.method == "POST" else self._closed
        return self.one_time(request, partial(show, request, ticket))

    def secret_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A recoverable secret: GET asks, POST shows."""
        require(request, "reveal_apikey")
        key = self.found(request, pk)
        if request.method == "POST":
            return self._read_again(request, key)
        page = self.page(request, "read_again", _("Show the secret of this key"), key=key)
        return confidential(page, referrer="same-origin")

    def answer_with_ticket(
        self, request: HttpRequest, key: ApiKey, ticket: str | None
    ) -> HttpResponse:
        """Where a person goes who has just made a secret: to its page, if they may see it."""
        if ticket and allows(request, "reveal_apikey"):
            return HttpResponseRedirect(self.url_of("reveal", ticket))
        if ticket:
            self.message_user(request, self.unseen_note(), messages.WARNING)
        return HttpResponseRedirect(self.url_of("change", key.pk))

    def _closed(self, request: HttpRequest, ticket: str) -> HttpResponse:
        waiting = peek(ticket, staff_id(request))
        page = self.page(
            request,
            "reveal",
            _("Show the secret once"),
            key=waiting.key,
            expires_at=waiting.expires_at,
            minutes=settings.REVEAL_SECONDS // 60,
        )
        return confidential(page, referrer="same-origin")

    @sensitive_variables()
    def _open(self, request: HttpRequest, ticket: str) -> HttpResponse:
        key, secrets = open_once(actor_of(request), ticket, staff_id(request))
        return self._show(request, key, secrets, once=True)

    @sensitive_variables()
    def _read_again(self, request: HttpRequest, key: ApiKey) -> HttpResponse:
        try:
            secret = read_secret(actor_of(request), key.public_id)
        except KeyServiceError as error:
            self.message_user(request, error.detail, messages.ERROR)
            return HttpResponseRedirect(self.url_of("change", key.pk))
        return self._show(request, key, {"secret": secret}, once=False)

    def _show(
        self, request: HttpRequest, key: ApiKey, secrets: Mapping[str, Secret], *, once: bool
    ) -> HttpResponse:
        # The template is given masked values and reveals them while it is rendered, so that no
        # context that ends up in an error report holds a plaintext.
        shown = [
            {"title": _TITLES[name], "variable": _VARIABLES[name], "value": secret}
            for name, secret in secrets.items()
        ]
        page = self.page(
            request,
            "secret",
            _("The secret of %(name)s") % {"name": key.name},
            key=key,
            secrets=shown,
            once=once,
            masked=_masked(secrets),
            shown_seconds=SHOWN_SECONDS,
            shown_minutes=SHOWN_SECONDS // 60,
            is_nav_sidebar_enabled=False,
        )
        # Here, where the frames of a failing template are as sensitive as this one.
        page.render()
        return confidential(page, referrer="no-referrer")


@sensitive_variables()
def _masked(secrets: Mapping[str, Secret]) -> str:
    if "secret" not in secrets:
        return ""
    plaintext = secrets["secret"].reveal()
    return visible_part(visible_prefix(plaintext), hint(plaintext))
