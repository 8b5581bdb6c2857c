"""The forms in which clients are made and changed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext as _

from apikeys.admin.acting import ActingMixin
from apikeys.admin.facets import suggested_tenants
from apikeys.admin.staff import actor_of, allows, require
from apikeys.domain.errors import KeyServiceError
from clients.admin.actions import CLIENT_ACTIONS
from clients.admin.forms import ClientForm, attributes_of_form, fieldsets
from clients.admin.staff import EDIT, VIEW
from clients.models import ServiceClient
from clients.operations import create_client, revise_client


class EditingMixin(ActingMixin):
    """Make and edit, through the operations; Django's own model form is never used."""

    acts = CLIENT_ACTIONS

    def edit_urls(self) -> list[Any]:
        name = "service_clients_serviceclient_edit"
        return [path("<int:pk>/edit/", self.own(self.edit_view), name=name)]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Make a client; it has no access key yet."""
        require(request, EDIT)
        form = _form(request, None)
        if request.method == "POST" and form.is_valid():
            try:
                client = create_client(actor_of(request), form.given())
            except KeyServiceError as error:
                form.absorb(error)
            else:
                self.log_addition(request, client, "Made")
                text = _("Made: %(client)s. Request an access key for it next.")
                return self._answered(request, client, text)
        return self._form_page(request, form, _("Add a service client"), None)

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change what may be changed; what is left untouched is not written."""
        require(request, EDIT)
        client = self.found(request, pk)
        form = _form(request, client)
        if request.method == "POST" and form.is_valid():
            version = form.cleaned_data["expected_version"]
            try:
                revised = revise_client(
                    actor_of(request), client.public_id, form.given(), expected_version=version
                )
            except KeyServiceError as error:
                form.absorb(error)
            else:
                self.log_change(request, revised, "Changed")
                return self._answered(request, revised, _("Changed: %(client)s."))
        return self._form_page(request, form, _("Edit a service client"), client)

    def _answered(self, request: HttpRequest, client: ServiceClient, text: str) -> HttpResponse:
        self.message_user(request, text % {"client": client}, messages.SUCCESS)
        may_see = allows(request, VIEW)
        here = self.url_of("change", client.pk) if may_see else self.url_of("changelist")
        return HttpResponseRedirect(here)

    def _form_page(
        self, request: HttpRequest, form: ClientForm, title: str, client: ServiceClient | None
    ) -> HttpResponse:
        if "tenant" in form.fields:
            form.fields["tenant"].widget.attrs["list"] = "apikeys-tenants"
        return self.form_page(
            request,
            form,
            fieldsets(form.fields),
            title,
            original=client,
            tenants=suggested_tenants() if "tenant" in form.fields else (),
            back=self.url_of("change", client.pk) if client else self.url_of("changelist"),
            submit=_("Save") if client else _("Add client"),
        )


def _form(request: HttpRequest, client: ServiceClient | None) -> ClientForm:
    fields = attributes_of_form(actor_of(request).holds, creates=client is None)
    initial = {it.name: getattr(client, it.name) if client else it.default for it in fields}
    if client is not None:
        initial["expected_version"] = client.version
    data = request.POST if request.method == "POST" else None
    return ClientForm(fields, data=data, initial=initial)
