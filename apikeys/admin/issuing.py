"""The forms in which keys are made and changed."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from apikeys.admin.facets import suggested_tenants
from apikeys.admin.forms import AttributeForm
from apikeys.admin.revealing import RevealingMixin
from apikeys.admin.sections import editable, fieldsets, issuable
from apikeys.admin.staff import actor_of, allows, require, staff_id
from apikeys.domain.attributes import Attribute
from apikeys.domain.errors import KeyServiceError
from apikeys.models import ApiKey
from apikeys.models.shown import shown
from apikeys.operations.reaching import utc_now
from apikeys.operations.reveal import issue_for_page, revise_for_page


class IssuingMixin(RevealingMixin):
    """Issue and edit, through the operations; Django's own model form is never used."""

    def issue_urls(self) -> list[Any]:
        return [path("<int:pk>/edit/", self.own(self.edit_view), name="apikeys_apikey_edit")]

    @method_decorator(sensitive_post_parameters("import_hash"))
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Issue a key; its secret waits on a one-time page."""
        require(request, "issue_apikey")
        form = self._issue_form(request)
        if request.method == "POST" and form.is_valid():
            try:
                issued = issue_for_page(actor_of(request), staff_id(request), form.given())
            except KeyServiceError as error:
                form.absorb(error)
            else:
                self.log_addition(request, issued.key, "Issued")
                return self.answer_with_ticket(request, issued.key, issued.ticket)
        return self._form_page(request, form, _("Issue an API key"), key=None)

    def edit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change what may be changed; what is left untouched is not written."""
        require(request, "issue_apikey")
        key = self.found(request, pk)
        if key.revoked_at is not None or key.deleted_at is not None:
            raise PermissionDenied
        form = self._edit_form(request, key)
        if request.method == "POST" and form.is_valid():
            try:
                revised = revise_for_page(
                    actor_of(request),
                    staff_id(request),
                    key.public_id,
                    **form.given(),
                    expected_version=form.cleaned_data["expected_version"],
                )
            except KeyServiceError as error:
                form.absorb(error)
            else:
                self.log_change(request, key, "Changed")
                self.message_user(request, _("Changed: %(key)s.") % {"key": revised.key})
                return self.answer_with_ticket(request, revised.key, revised.ticket)
        return self._form_page(request, form, _("Edit an API key"), key=key)

    def _issue_form(self, request: HttpRequest) -> AttributeForm:
        fields = [it for it in issuable(actor_of(request).holds) if _may_set(request, it)]
        initial = {attribute.name: attribute.default for attribute in fields}
        return _bound(request, fields, initial)

    def _edit_form(self, request: HttpRequest, key: ApiKey) -> AttributeForm:
        fields = [it for it in editable() if _may_set(request, it)]
        return _bound(request, fields, shown(key, utc_now()) | {"expected_version": key.version})

    def _form_page(
        self, request: HttpRequest, form: AttributeForm, title: str, *, key: ApiKey | None
    ) -> HttpResponse:
        if "tenant" in form.fields:
            form.fields["tenant"].widget.attrs["list"] = "apikeys-tenants"
        return self.form_page(
            request,
            form,
            fieldsets(form.fields),
            title,
            original=key,
            tenants=suggested_tenants() if "tenant" in form.fields else (),
            back=self.url_of("change", key.pk) if key else self.url_of("changelist"),
            hides_secret=not allows(request, "reveal_apikey"),
            submit=_("Save") if key else _("Issue key"),
        )


def _may_set(request: HttpRequest, attribute: Attribute) -> bool:
    # A hold stops a key, so it is for those who may stop keys.
    return attribute.name != "hold" or allows(request, "revoke_apikey")


def _bound(request: HttpRequest, fields: list[Attribute], initial: dict[str, Any]) -> AttributeForm:
    data = request.POST if request.method == "POST" else None
    return AttributeForm(fields, data=data, initial=initial)
