"""The keys that sign the service's tokens: to be read, and rotated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apikeys.admin.forms import ReasonForm
from apikeys.admin.pages import PagesMixin
from apikeys.admin.showing import moment, stacked, status_badge
from apikeys.admin.staff import actor_of, allows, require
from apikeys.domain.errors import KeyServiceError
from clients.admin.facets import RoleFacet
from clients.admin.showing import signing_rows_of
from clients.admin.staff import ROTATE, VIEW_SIGNING
from clients.models import SigningKey
from clients.operations import rotate_signing_key

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[SigningKey]
else:
    _ModelAdmin = admin.ModelAdmin  # subscriptable for the type checker only

# The page without a name leads from an id alone to the page of the key.
_PAGES = {"service_clients_signingkey_changelist", "service_clients_signingkey_change", None}


class RotateForm(ReasonForm):
    """A reason, and the key that the person saw signing: a double click must not rotate twice."""

    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)


class SigningKeyAdminMixin(PagesMixin):
    """A list, and the page that rotates."""

    template_folders = ("clients/admin", "apikeys/admin")
    change_list_template = "clients/admin/signing_key_list.html"
    list_display = ("identity", "state", "made", "since", "until")
    list_display_links = ("identity",)
    list_filter = (RoleFacet,)
    actions = None

    def get_urls(self) -> list[URLPattern]:
        name = "service_clients_signingkey_rotate"
        rotates = path("rotate/", self.own(self.rotate_view), name=name)
        return [rotates, *(url for url in super().get_urls() if url.name in _PAGES)]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"can_rotate": allows(request, ROTATE), **(extra_context or {})}
        return super().changelist_view(request, context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The public half of one key."""
        require(request, VIEW_SIGNING)
        key = self.found(request, object_id)
        return self.page(request, "event", key.kid, rows=list(signing_rows_of(key)))

    def rotate_view(self, request: HttpRequest) -> HttpResponse:
        """GET asks, POST rotates."""
        require(request, ROTATE)
        signing = SigningKey.objects.filter(role=SigningKey.Role.CURRENT).first()
        posted = request.method == "POST"
        seen = signing.kid if signing else ""
        form = RotateForm(request.POST if posted else None, initial={"seen": seen})
        if posted and form.is_valid():
            try:
                key = rotate_signing_key(
                    actor_of(request),
                    expected_kid=form.cleaned_data["seen"] or None,
                    reason=form.cleaned_data["reason"],
                )
            except KeyServiceError as error:
                form.absorb(error)
            else:
                return self._rotated(request, key)
        back = self.url_of("changelist")
        title = _("Rotate the signing keys: are you sure?")
        return self.page(request, "rotate", title, form=form, signing=signing, back=back)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return allows(request, VIEW_SIGNING)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("key id"))
    def identity(self, key: SigningKey) -> SafeString:
        return stacked(key.kid, key.algorithm)

    @admin.display(description=gettext_lazy("role"))
    def state(self, key: SigningKey) -> SafeString:
        return status_badge(key.role)

    @admin.display(description=gettext_lazy("made"))
    def made(self, key: SigningKey) -> str:
        return moment(key.created_at)

    @admin.display(description=gettext_lazy("signs since"))
    def since(self, key: SigningKey) -> str:
        return moment(key.signs_since)

    @admin.display(description=gettext_lazy("published until"))
    def until(self, key: SigningKey) -> str:
        return moment(key.published_until)

    def _rotated(self, request: HttpRequest, key: SigningKey) -> HttpResponse:
        self.log_change(request, key, "Rotated")
        text = _("Rotated: %(key)s signs from now on.") % {"key": key}
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(self.url_of("changelist"))


class SigningKeyAdmin(SigningKeyAdminMixin, _ModelAdmin):
    """Signing keys, on Django's own `ModelAdmin`."""
