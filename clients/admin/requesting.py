"""The form in which an access key is requested for a client."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from apikeys.admin.pages import PagesMixin
from apikeys.admin.staff import actor_of, require, staff_id
from apikeys.domain.errors import KeyServiceError
from clients.admin.forms import RequestKeyForm
from clients.admin.staff import REQUEST
from clients.models import ServiceClient
from clients.operations.access_keys import ACTIVE_MAX
from clients.operations.reveal import TicketedKey, request_key_for_page


class RequestingMixin(PagesMixin):
    """Adds the form to every client; what it makes waits on a page of `revealing`."""

    def request_urls(self) -> list[Any]:
        name = "service_clients_serviceclient_request"
        return [path("<int:pk>/request/", self.own(self.request_view), name=name)]

    # Who pastes a private key by mistake must not find it in an error report.
    @method_decorator(sensitive_post_parameters("public_key"))
    def request_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET asks where the pair comes from; POST makes the key, and its secrets wait."""
        require(request, REQUEST)
        client = self.found(request, pk)
        form = RequestKeyForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                made = request_key_for_page(
                    actor_of(request),
                    staff_id(request),
                    client.public_id,
                    public_key=form.brought(),
                )
            except KeyServiceError as error:
                form.absorb(error)
            else:
                self.log_change(request, client, f"Access key requested: {made.key}")
                return self._made(request, client, made)
        return self.page(
            request,
            "request",
            _("Request an access key"),
            original=client,
            form=form,
            active=len(client.active_keys),
            most=ACTIVE_MAX,
            back=self.url_of("change", client.pk),
        )

    def _made(self, request: HttpRequest, client: ServiceClient, made: TicketedKey) -> HttpResponse:
        if made.ticket is not None:
            name = "admin:service_clients_accesskey_reveal"
            args = (made.key.pk, made.ticket)
            return HttpResponseRedirect(reverse(name, args=args, current_app=self.admin_site.name))
        text = _(
            "The public key was taken as %(key)s. The client signs with its own private key, and "
            "names this id as kid."
        )
        self.message_user(request, text % {"key": made.key}, messages.SUCCESS)
        return HttpResponseRedirect(self.url_of("change", client.pk))
